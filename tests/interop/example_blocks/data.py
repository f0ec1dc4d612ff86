"""TOML, which the program reads, and Python, which verifies its requests."""

import re

from .blocks import Failure
from .sandbox import sandbox


def run_toml(block, program):
    """The configuration is valid, and a dry run makes requests with it."""
    with sandbox(program) as box:
        text = box.text_of(block)
        names = re.findall(r"\$\{(\w+)\}", text)
        values = {name: box.url if name.endswith("URL") else box.secret for name in names}
        environment = box.environment(BUILDHOOK_CONFIG=text, **values)
        for command in (["settings"], ["finished", "--status", "failed", "--branch", "main", "--dry-run"]):
            output = box.run([program, *command], environment)
        if "POST " not in output:
            raise Failure(f"no request is made:\n{output}")


def run_python(block, program):
    """`is_authentic` accepts a request of the program, and refuses it with another body, or without or with invalid headers."""
    with sandbox(program) as box:
        box.run([program, "triggered"], box.environment(BUILDHOOK_URL=box.url, BUILDHOOK_SECRET=box.secret))
        [request] = box.requests()
        names = {}
        exec(block.text, names)
        body = request["body"].encode()
        if not names["is_authentic"](body, request["headers"], box.secret):
            raise Failure("a request of the program is refused")
        if names["is_authentic"](body + b" ", request["headers"], box.secret):
            raise Failure("a changed body is accepted")
        for name in [name for name in request["headers"] if "signature" in name or name.startswith("webhook-")]:
            others = {key: value for key, value in request["headers"].items() if key != name}
            for headers in ({}, others | {name: ""}, others | {name: "\xfc"}):
                if names["is_authentic"](body, headers, box.secret) and not names["is_authentic"](body, others, box.secret):
                    raise Failure(f"a request with a wrong {name} is accepted")

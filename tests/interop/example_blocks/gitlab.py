"""GitLab pipelines, under gitlab-ci-local with the components of this checkout."""

import os
import pathlib
import re
import shutil
import subprocess

from .blocks import ROOT, Failure
from .sandbox import sandbox


def with_local_components(text):
    """Components are included from this checkout, and take the program from the PATH."""
    local = r"""local: templates/\1.yml
    inputs: { install: 'test -z "${BUILDHOOK_FOLDER-}" || cp "$(command -v buildhook)" "$BUILDHOOK_FOLDER"' }"""
    return re.sub(r"component: \$CI_SERVER_FQDN/buildhook/buildhook/(\w+)@v[\d.]+", local, text)


def run(block, program):
    tools = pathlib.Path(os.environ["TOOLS_DIR"]).resolve()
    with sandbox(program) as box:
        shutil.copytree(ROOT / "templates", box.work / "templates")
        (box.work / ".gitlab-ci.yml").write_text(with_local_components(box.text_of(block)))
        (box.folder / "stubs" / "buildhook").symlink_to(program)
        environment = box.environment()
        for arguments in (["init", "-qb", "main"], ["remote", "add", "origin", "git@gitlab.com:example/app.git"], ["add", "-A"],
                          ["-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qm", "A commit"]):
            subprocess.run(["git", *arguments], cwd=box.work, env=environment, check=True)
        command = [f"{tools}/node/node_modules/.bin/gitlab-ci-local", "--force-shell-executor", "--no-color"]
        variables = {"GITLAB_CI": "true", "BUILDHOOK_URL": box.url, "BUILDHOOK_SECRET": box.secret,
                     "BUILDHOOK_STATE_DIR": str(box.folder / "state")}
        for name, value in variables.items():
            command += ["--variable", f"{name}={value}"]
        output = box.run(command, environment)
        events = box.events()
        expected = {"build/triggered", "build/finished"} | ({"build.created"} if "created" in block.text else set())
        if not expected <= set(events):
            raise Failure(f"received {events}, expected {sorted(expected)}:\n{output}")

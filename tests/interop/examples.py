#!/usr/bin/env python3
"""Runs every code block of the documents unchanged, except for those in NOT_RUN.

    examples.py PROGRAM [FILE…]        default: README.md, CONTRIBUTING.md, SECURITY.md and docs/*.md

Shell runs in a shell, GitHub workflows under act, GitLab pipelines under gitlab-ci-local, Groovy with stubbed steps, TOML is read by the
program, Python verifies requests of the program, JSON is parsed. A block that nothing runs is an error. TOOLS_DIR is the folder where
.ci/run installs act, actionlint and gitlab-ci-local. Words that readers replace are replaced here too: see `sandbox.py`.
"""

import json
import pathlib
import sys

# No compiled files in the checkout.
sys.dont_write_bytecode = True

from example_blocks import data, github, gitlab, jenkins, shell
from example_blocks.blocks import Failure, blocks_of, documents

# File → a line of the block → why it is not run.
NOT_RUN = {
    "README.md": {"cargo run --release -- demo": ".ci/run runs both commands"},
    "CONTRIBUTING.md": {"//! Cirrus CI, which builds GitHub repositories.": "a shortened file of the program"},
    "docs/commands.md": {
        "buildhook listen\n": "it ends when someone ends it; listen.py runs it",
        "http://localhost:8787": "needs the receiver of the block before it",
        "17:15:46Z": "output, which tests/suite/listen.rs compares",
    },
    "docs/migrating.md": {"uses: distributhor/workflow-webhook@v3": "the other action needs the network"},
    "docs/runners.md": {"sudo chown root:GROUP": "changes files of the system"},
    "docs/security.md": {
        "git ls-remote": "needs the network",
        "CHECKSUM  install.sh": "the reader inserts a checksum; install.sh has a separate check",
        "gh attestation verify": "needs a published release",
    },
}


def reason_not_to_run(block):
    reasons = NOT_RUN.get(block.file, {})
    return next((line for line in reasons if line in block.text), None)


def runner_of(block):
    """The function that runs a block, or None."""
    if block.language == "yaml":
        if "runs-on:" in block.text:
            return github.run
        # snippets.py runs these in the environments of their CIs.
        return {"docs/gitlab.md": gitlab.run, "docs/ci.md": lambda *_: None}.get(block.file)
    if block.file == "docs/ci.md" and block.language == "sh":
        return lambda *_: None
    return {"sh": shell.run, "toml": data.run_toml, "json": lambda block, _: json.loads(block.text), "python": data.run_python,
            "groovy": jenkins.run}.get(block.language)


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    chosen = sys.argv[2:]
    counts, used, failures = {}, set(), []
    for file in documents():
        if chosen and file not in chosen:
            continue
        for block in blocks_of(file):
            reason = reason_not_to_run(block)
            if reason:
                used.add((file, reason))
                continue
            run = runner_of(block)
            try:
                if run is None:
                    raise Failure(f"nothing runs `{block.language}`: add a runner, or the block to NOT_RUN with a reason")
                run(block, program)
            except Failure as failure:
                failures.append(f"{file}:{block.line}: {failure}")
            except ValueError as error:
                failures.append(f"{file}:{block.line}: invalid {block.language}: {error}")
            counts[block.language] = counts.get(block.language, 0) + 1
    unused = [(file, line) for file, lines in NOT_RUN.items() for line in lines if (file, line) not in used]
    if not chosen and unused:
        failures.append(f"NOT_RUN has blocks that no document has: {unused}")
    if failures:
        sys.exit("examples.py: FAILED\n" + "\n".join(failures))
    print("examples: " + ", ".join(f"{count} {language}" for language, count in sorted(counts.items())) +
          f"; {len(used)} are not run, each with a reason")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Runs every snippet of docs/ci.md, and the files that are copied to runners, in an environment of the CI that it is for.

    snippets.py PROGRAM

The download is replaced by a copy of the program, and what a project builds by a command that succeeds or fails. Each must
announce the build and report its result.
"""

import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = pathlib.Path(sys.argv[1]).resolve()

# The heading of a snippet, the file of its environment, and the case in it that a job ends with when it fails.
CIS = {
    "Any shell": (None, None),
    "Azure Pipelines": ("azure-devops", "end of a job that failed"),
    "CircleCI": ("circleci", None),
    "Bitbucket Pipelines": ("bitbucket-pipelines", "end of a step that failed"),
    "Buildkite": ("buildkite", None),
    "TeamCity": ("teamcity", None),
    "Codemagic": ("codemagic", None),
    "Xcode Cloud": ("xcode-cloud", "behind an action that failed"),
    "Drone and Woodpecker": ("drone", "behind a step that failed"),
}
SUCCESS = {"bitbucket-pipelines": {"BITBUCKET_EXIT_CODE": "0"}, "xcode-cloud": {"CI_XCODEBUILD_EXIT_CODE": "0"}}


def environment(name, wanted):
    """The variables of a case of tests/environments; of the first one without a name."""
    if name is None:
        return {}
    cases = {}
    for block in (ROOT / "tests" / "environments" / f"{name}.txt").read_text().split("# ")[1:]:
        head, body = block.split("\n", 1)
        title, _, base = head.partition(" < ")
        variables = dict(cases.get(base, {}))
        for line in body.split("--\n")[0].splitlines():
            key, separator, value = line.partition("=")
            if re.fullmatch(r"\w+", key):
                variables.pop(key, None)
                if separator:
                    variables[key] = value.replace("\\n", " ")
        cases[title] = variables
        if wanted in (None, title):
            return variables
    sys.exit(f"{name} has no case {wanted}")


def commands(node, failing):
    """The shell commands in YAML, in their order."""
    if isinstance(node, dict):
        if node.get("when") == ("on_success" if failing else "on_fail"):
            return
        for key, value in node.items():
            if key in ("script", "scripts", "run", "command", "commands", "after-script"):
                if isinstance(value, str):
                    yield value
                    continue
                if isinstance(value, list) and all(isinstance(item, str) for item in value):
                    yield from value
                    continue
            yield from commands(value, failing)
    elif isinstance(node, list):
        for value in node:
            yield from commands(value, failing)


def tools(folder, failing):
    """Programs that stand in for what is downloaded and built."""
    install = f'folder=; while [ $# -gt 0 ]; do [ "$1" = --to ] && folder=$2; shift; done\nmkdir -p "$folder" && cp "{PROGRAM}" "$folder/buildhook"\n'
    fetch = f"#!/bin/sh\ncat <<'INSTALL'\n{install}INSTALL\n"
    build = f"#!/bin/sh\nexit {1 if failing else 0}\n"
    for name, text in {"curl": fetch, "wget": fetch, "make": build, "flutter": build}.items():
        path = folder / name
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)


def run(title, scripts, variables, failing, received, expected):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for part in ("tools", "home", "work"):
            (folder / part).mkdir()
        tools(folder / "tools", failing)
        before = len(list(received.glob("*.json")))
        for script, more in scripts:
            env = {**variables, **more, "PATH": f"{folder / 'tools'}:{os.environ['PATH']}", "HOME": str(folder / "home"),
                   "CM_BUILD_DIR": str(folder / "work"), "BUILDHOOK_STATE_DIR": str(folder / "state"),
                   "RUNNER_TEMP": str(folder), "GIT_CEILING_DIRECTORIES": name}
            subprocess.run(["sh", "-c", script], cwd=folder / "work", env=env, capture_output=True)
        paths = [received / f"{number}.json" for number in range(before, len(list(received.glob("*.json"))))]
        bodies = [json.loads(json.loads(path.read_text())["body"]) for path in paths]
        found = [body["build_status"] for body in bodies if "build_status" in body]
        if found != expected or len({body["build_slug"] for body in bodies}) > 1:
            sys.exit(f"{title}: statuses {found}, expected {expected}, of builds {[body['build_slug'] for body in bodies]}")


def main():
    with tempfile.TemporaryDirectory() as name:
        received = pathlib.Path(name)
        receiver = subprocess.Popen([sys.executable, ROOT / "tests" / "interop" / "receiver.py", received])
        try:
            while not (received / "port").exists():
                time.sleep(0.02)
            hook = {"BUILDHOOK_URL": f"http://127.0.0.1:{(received / 'port').read_text()}/", "BUILDHOOK_SECRET": "a secret"}
            sections = re.split(r"^## ", (ROOT / "docs" / "ci.md").read_text(), flags=re.M)[1:]
            titles = [section.split("\n", 1)[0] for section in sections]
            assert titles == list(CIS), titles
            for section, title in zip(sections, titles):
                ci, failed = CIS[title]
                for failing in (False, True):
                    start = environment(ci, None)
                    end = environment(ci, failed) if failing and failed else {**start, **SUCCESS.get(ci, {})}
                    scripts = []
                    for language, block in re.findall(r"```(\w+)\n(.*?)```", section, flags=re.S):
                        # In Buildkite `$$` is a dollar sign for the shell.
                        found = [block] if language == "sh" else list(commands(yaml.safe_load(block), failing))
                        scripts += [text.replace("$$", "$") for text in found]
                    pairs = [(text, {**hook, **(end if "finished" in text else start)}) for text in scripts]
                    run(title, pairs, {}, failing, received, [0, 2 if failing else 1])
            config = received / "buildhook.toml"
            config.write_text(f'[[endpoint]]\nurl = "{hook["BUILDHOOK_URL"]}"\n')
            integrations, more = ROOT / "integrations", {"BUILDHOOK_CONFIG": str(config)}
            (received / "bin").mkdir()
            shutil.copy(PROGRAM, received / "bin" / "buildhook")
            os.environ["PATH"] = f"{received / 'bin'}:{os.environ['PATH']}"
            github, buildkite = environment("ghactions", None), environment("buildkite", None)
            github.pop("RUNNER_TEMP")
            for failing in (False, True):
                status = "failed" if failing else "success"
                hooks = [f"sh {integrations}/github-runner/job-started.sh", f'echo {status} >"$RUNNER_TEMP/buildhook-status"',
                         f"sh {integrations}/github-runner/job-completed.sh"]
                run("github-runner", [(script, {**github, **more}) for script in hooks], {}, failing, received, [0, 2 if failing else 1])
                ended = {**buildkite, **more, "BUILDKITE_COMMAND_EXIT_STATUS": "1" if failing else "0"}
                hooks = [(f". {integrations}/buildkite/hooks/pre-command", {**buildkite, **more}),
                         (f". {integrations}/buildkite/hooks/pre-exit", ended)]
                run("buildkite hooks", hooks, {}, failing, received, [0, 2 if failing else 1])
            print(f"snippets: {len(titles)} of docs/ci.md and the hooks of runners, each of a build that succeeds and one that fails")
        finally:
            receiver.kill()


if __name__ == "__main__":
    main()

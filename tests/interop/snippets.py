#!/usr/bin/env python3
"""Runs every snippet of docs/ci.md and the runner hooks of integrations/, each in its CI's environment. (examples.py runs the blocks of
all other documents.)

    snippets.py PROGRAM

Each must send build/triggered and build/finished of one build with the right result, for a build that succeeds and one that fails, and
of another build in another job of the same run. Stubs replace the download (they copy PROGRAM) and the build (it exits with 0 or 1).
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

# Heading in docs/ci.md → file in tests/environments, and the case in it for the end of a failed job.
# None as the case: the environment does not contain the result.
CIS = {
    "Any shell": (None, None),
    "Azure Pipelines": ("azure-devops", "end of a job that failed"),
    "CircleCI": ("circleci", None),
    "Bitbucket Pipelines": ("bitbucket-pipelines", "end of a step that failed"),
    "Buildkite": ("buildkite", None),
    "TeamCity": ("teamcity", None),
    "Codemagic": ("codemagic", None),
    "Xcode Cloud": ("xcode-cloud", "after a failed action"),
    "Drone and Woodpecker": ("drone", "after a failed step"),
}
SUCCESS_VARIABLES = {"bitbucket-pipelines": {"BITBUCKET_EXIT_CODE": "0"}, "xcode-cloud": {"CI_XCODEBUILD_EXIT_CODE": "0"}}
# The variables that differ in another job of the same run. CIs that are not listed have one job per run, or their snippet is the whole
# pipeline.
OTHER_JOB = {
    "azure-devops": {"SYSTEM_JOBID": "0badc0de-0000-5000-8000-000000000000", "SYSTEM_JOBDISPLAYNAME": "Other"},
    "circleci": {"CIRCLE_BUILD_NUM": "9999", "CIRCLE_JOB": "other", "CIRCLE_WORKFLOW_JOB_ID": "0badc0de-0000-4000-8000-000000000000"},
    "bitbucket-pipelines": {"BITBUCKET_STEP_UUID": "{0badc0de-0000-4000-8000-000000000000}"},
    "buildkite": {"BUILDKITE_JOB_ID": "0badc0de-0000-4000-8000-000000000000", "BUILDKITE_LABEL": "Other"},
    "xcode-cloud": {"CI_XCODEBUILD_ACTION": "analyze"},
    "ghactions": {"GITHUB_JOB": "other", "ACTIONS_ORCHESTRATION_ID": "0c5e1a9e-4c8f-4d0a-9f5e-1f2a3b4c5d6e.other.__default"},
}
# The steps of a snippet that are jobs to the CI: the variables of the first and the last one.
STEPS = {"drone": ({"DRONE_STEP_NUMBER": "2", "DRONE_STEP_NAME": "triggered"}, {"DRONE_STEP_NUMBER": "4", "DRONE_STEP_NAME": "finished"})}


def environment(name, wanted_case=None):
    """The variables of a case in tests/environments/NAME.txt; without a case, of the first one."""
    if name is None:
        return {}
    cases = {}
    for block in (ROOT / "tests" / "environments" / f"{name}.txt").read_text().split("# ")[1:]:
        heading, body = block.split("\n", 1)
        case, _, base = heading.partition(" < ")
        variables = dict(cases.get(base, {}))
        for line in body.split("--\n")[0].splitlines():
            variable, separator, value = line.partition("=")
            if re.fullmatch(r"\w+", variable):
                variables.pop(variable, None)
                if separator:
                    variables[variable] = value.replace("\\n", " ")
        cases[case] = variables
        if wanted_case in (None, case):
            return variables
    sys.exit(f"tests/environments/{name}.txt has no case {wanted_case!r}")


def shell_commands(node, build_fails):
    """The shell commands in parsed YAML, in order."""
    if isinstance(node, dict):
        if node.get("when") == ("on_success" if build_fails else "on_fail"):
            return
        for key, value in node.items():
            if key in ("script", "scripts", "run", "command", "commands", "after-script"):
                if isinstance(value, str):
                    yield value
                    continue
                if isinstance(value, list) and all(isinstance(item, str) for item in value):
                    yield from value
                    continue
            yield from shell_commands(value, build_fails)
    elif isinstance(node, list):
        for value in node:
            yield from shell_commands(value, build_fails)


def snippet_blocks(section):
    """The language and text of each code block of a section of docs/ci.md."""
    return re.findall(r"```(\w+)\n(.*?)```", section, flags=re.S)


def snippet_scope(section):
    """The scope that the YAML of a section sets, as a variable."""
    found = re.findall(r"^ *BUILDHOOK_SCOPE: (\w+)", "\n".join(block for _, block in snippet_blocks(section)), flags=re.M)
    return {"BUILDHOOK_SCOPE": found[0]} if found else {}


def snippet_commands(section, build_fails):
    """The shell commands of a section of docs/ci.md."""
    commands = []
    for language, block in snippet_blocks(section):
        commands += [block] if language == "sh" else shell_commands(yaml.safe_load(block), build_fails)
    # Buildkite expands `$$` to a dollar sign before the shell runs.
    return [command.replace("$$", "$") for command in commands]


def write_stubs(folder, build_fails):
    """Writes curl and wget, which print an install script, and make and flutter, which succeed or fail."""
    install = f"""folder=
while [ $# -gt 0 ]; do [ "$1" = --to ] && folder=$2; shift; done
mkdir -p "$folder" && cp "{PROGRAM}" "$folder/buildhook"
"""
    download = f"#!/bin/sh\ncat <<'INSTALL'\n{install}INSTALL\n"
    build = f"#!/bin/sh\nexit {1 if build_fails else 0}\n"
    for name, script in {"curl": download, "wget": download, "make": build, "flutter": build}.items():
        path = folder / name
        path.write_text(script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)


def check(title, commands, build_fails, received):
    """Runs pairs of a command and its variables, checks the events that they send, and returns the build that they belong to."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for child in ("stubs", "home", "work"):
            (folder / child).mkdir()
        write_stubs(folder / "stubs", build_fails)
        first = len(list(received.glob("*.json")))
        for command, variables in commands:
            env = {**variables, "PATH": f"{folder / 'stubs'}:{os.environ['PATH']}", "HOME": str(folder / "home"),
                   "CM_BUILD_DIR": str(folder / "work"), "BUILDHOOK_STATE_DIR": str(folder / "state"),
                   "RUNNER_TEMP": str(folder), "GIT_CEILING_DIRECTORIES": name}
            subprocess.run(["sh", "-c", command], cwd=folder / "work", env=env, capture_output=True)
    paths = [received / f"{number}.json" for number in range(first, len(list(received.glob("*.json"))))]
    bodies = [json.loads(json.loads(path.read_text())["body"]) for path in paths]
    statuses = [body["build_status"] for body in bodies if "build_status" in body]
    expected = [0, 2 if build_fails else 1]
    builds = {body["build_slug"] for body in bodies}
    if statuses != expected or len(builds) > 1:
        sys.exit(f"{title}: build_status {statuses}, expected {expected}; build_slug {sorted(builds)}, expected one")
    return builds.pop()


def check_jobs(title, ci, commands, build_fails, received):
    """Checks the commands in one job, and again in another job of the same run, which is another build."""
    build = check(title, commands, build_fails, received)
    if ci in OTHER_JOB:
        other = [(command, {**variables, **OTHER_JOB[ci]}) for command, variables in commands]
        if check(title, other, build_fails, received) == build:
            sys.exit(f"{title}: two jobs of a run announce the build {build}")


def check_snippets(url, received):
    """Checks docs/ci.md. Returns the number of snippets."""
    endpoint = {"BUILDHOOK_URL": url, "BUILDHOOK_SECRET": "a secret"}
    sections = re.split(r"^## ", (ROOT / "docs" / "ci.md").read_text(), flags=re.M)[1:]
    sections = [section for section in sections if snippet_blocks(section)]
    titles = [section.split("\n", 1)[0] for section in sections]
    assert titles == list(CIS), f"docs/ci.md has {titles}; expected {list(CIS)}"
    for section, title in zip(sections, titles):
        ci, failed_case = CIS[title]
        for build_fails in (False, True):
            start = environment(ci)
            if build_fails and failed_case:
                end = environment(ci, failed_case)
            else:
                end = {**start, **SUCCESS_VARIABLES.get(ci, {})}
            first_step, last_step = STEPS.get(ci, ({}, {}))
            start, end = {**start, **first_step}, {**end, **last_step}
            commands = [(command, {**(end if "finished" in command else start), **endpoint, **snippet_scope(section)})
                        for command in snippet_commands(section, build_fails)]
            check_jobs(title, ci, commands, build_fails, received)
    return len(titles)


def check_runner_hooks(url, received):
    """Checks the hooks of GitHub's self-hosted runner and of Buildkite's agent."""
    config = received / "buildhook.toml"
    config.write_text(f'[[endpoint]]\nurl = "{url}"\n')
    (received / "bin").mkdir()
    shutil.copy(PROGRAM, received / "bin" / "buildhook")
    os.environ["PATH"] = f"{received / 'bin'}:{os.environ['PATH']}"
    github_hooks = ROOT / "integrations" / "github-runner"
    buildkite_hooks = ROOT / "integrations" / "buildkite" / "hooks"
    github = {**environment("ghactions"), "BUILDHOOK_CONFIG": str(config)}
    buildkite = {**environment("buildkite"), "BUILDHOOK_CONFIG": str(config)}
    for build_fails in (False, True):
        status, exit_status = ("failed", "1") if build_fails else ("success", "0")
        check_jobs("integrations/github-runner", "ghactions", [
            (f"sh {github_hooks}/job-started.sh", github),
            (f'echo {status} >"$RUNNER_TEMP/buildhook-status"', github),
            (f"sh {github_hooks}/job-completed.sh", github),
        ], build_fails, received)
        check_jobs("integrations/buildkite", "buildkite", [
            (f". {buildkite_hooks}/pre-command", buildkite),
            (f". {buildkite_hooks}/pre-exit", {**buildkite, "BUILDKITE_COMMAND_EXIT_STATUS": exit_status}),
        ], build_fails, received)


def main():
    with tempfile.TemporaryDirectory() as name:
        received = pathlib.Path(name)
        receiver = subprocess.Popen([sys.executable, ROOT / "tests" / "interop" / "receiver.py", received])
        try:
            while not (received / "port").exists():
                time.sleep(0.02)
            url = f"http://127.0.0.1:{(received / 'port').read_text()}/"
            count = check_snippets(url, received)
            check_runner_hooks(url, received)
            print(f"snippets: {count} snippets of docs/ci.md and the runner hooks, each with a passing and a failing build")
        finally:
            receiver.kill()


if __name__ == "__main__":
    main()

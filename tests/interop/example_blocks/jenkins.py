"""Jenkinsfiles, by groovy with stubbed steps."""

import re

from .blocks import ROOT, Failure
from .sandbox import sandbox


def run(block, program):
    with sandbox(program) as box:
        # An annotation that only Jenkins knows.
        (box.work / "Jenkinsfile").write_text(re.sub(r"^@Library\(.*\) _$", "", box.text_of(block), flags=re.M))
        (box.folder / "stubs" / "buildhook").symlink_to(program)
        environment = box.environment(CREDENTIAL_URL=box.url, CREDENTIAL_SECRET=box.secret, JENKINS_URL="https://jenkins.example/",
                                      BUILD_TAG="jenkins-app-18", BUILD_NUMBER="18", BUILD_ID="18", JOB_NAME="app")
        stub = ROOT / "tests" / "interop" / "example_blocks" / "jenkinsfile.groovy"
        output = box.run(["groovy", stub, ROOT / "integrations/jenkins/vars/buildhook.groovy", "Jenkinsfile"], environment)
        files = {"build.created"} if "out/" in block.text else set()
        expected = {"build/triggered", "build/finished"} | files
        if set(box.events()) != expected:
            raise Failure(f"received {box.events()}, expected {sorted(expected)}:\n{output}")

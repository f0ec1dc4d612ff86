"""Shell blocks."""

import re
import shutil

from .blocks import Failure
from .sandbox import sandbox

# The variables of a GitLab job.
VARIABLES = {
    "GITLAB_CI": "true", "CI_PROJECT_PATH": "example/app", "CI_PIPELINE_ID": "900", "CI_JOB_ID": "4711",
    "CI_COMMIT_REF_NAME": "main", "CI_COMMIT_SHA": "ffac537e6cbbf934b08745a378932722df287a53", "CI_PIPELINE_IID": "42",
}
SENDS = re.compile(r'buildhook"? (run|triggered|finished|created|moved|labeled|release)\b|curl .*-X POST')


def run(block, program):
    """Each block must succeed. One that sends events must reach the receiver."""
    with sandbox(program) as box:
        (box.work / "CHANGELOG.md").write_text("# 1.4.0\n")
        (box.work / "job.log").write_text("nothing was left\n")
        if "make" not in block.text:
            (box.work / "out").mkdir()
            shutil.copy(box.folder / "app.apk", box.work / "out")
        installed = box.folder / "stubs" / "buildhook"
        installed.symlink_to(program)
        environment = box.environment(**VARIABLES, WEBHOOK_URL=box.url, WEBHOOK_SECRET=box.secret)
        if "export BUILDHOOK_URL" not in block.text:
            environment |= {"BUILDHOOK_URL": box.url, "BUILDHOOK_SECRET": box.secret}
        output = box.run(["sh", "-eu", "-c", box.text_of(block)], environment)
        if SENDS.search(block.text) and "--dry-run" not in block.text and not box.events():
            raise Failure(f"no event arrived:\n{output}")
        if "warning" in output.replace("uses unencrypted", ""):
            raise Failure(f"a warning:\n{output}")

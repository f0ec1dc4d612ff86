"""A folder, a receiver and stubs of the programs that examples call, for one block."""

import contextlib
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

from .blocks import ROOT, Failure

# Stub of the install script. It installs the program only below the home folder.
INSTALL = """folder=
while [ $# -gt 0 ]; do [ "$1" = --to ] && folder=$2; shift; done
case $folder in "$HOME"/*) mkdir -p "$folder" && cp "{program}" "$folder/buildhook" ;; esac
"""
# Stub of curl: it prints the install script instead of downloading it.
CURL = """#!/bin/sh
case $* in *install.sh*) cat "{install}" ;; *) exec {curl} "$@" ;; esac
"""
MAKE = '#!/bin/sh\nmkdir -p out && cp "{apk}" out/app.apk\n'


class Sandbox:
    def __init__(self, folder, url, program):
        self.folder, self.url, self.program = folder, url, program
        self.work, self.received = folder / "work", folder / "received"
        self.secret = subprocess.run([program, "secret"], capture_output=True, text=True, check=True).stdout.strip()

    def text_of(self, block):
        """The block with the words replaced that a reader replaces."""
        text = block.text.replace("https://your-service.example/hooks", self.url).replace("https://lab.example/hooks", self.url)
        return text.replace("whsec_…", self.secret).replace("@COMMIT", "@v1")

    def environment(self, **variables):
        """The environment of a developer's shell, with the variables that examples use."""
        return {"PATH": f"{self.folder / 'stubs'}:{os.environ['PATH']}", "HOME": str(self.folder / "home"), "LANG": "C.UTF-8",
                "GIT_CEILING_DIRECTORIES": str(self.folder), **variables}

    def requests(self):
        paths = sorted(self.received.glob("*.json"), key=lambda path: int(path.stem))
        return [json.loads(path.read_text()) for path in paths]

    def events(self):
        """The names of the events that were received. Their signatures must be right."""
        for request in self.requests():
            expected = hmac.new(self.secret.encode(), request["body"].encode(), hashlib.sha256).hexdigest()
            signature = request["headers"].get("x-hub-signature-256")
            if signature is not None and signature != f"sha256={expected}":
                raise Failure(f"wrong signature: {request}")
        return [request["headers"].get("x-webhook-event") for request in self.requests()]

    def run(self, command, environment, timeout=300):
        """Runs a command in the working folder, and returns its output."""
        done = subprocess.run(command, cwd=self.work, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=timeout)
        if done.returncode != 0:
            raise Failure(f"exit code {done.returncode}:\n{done.stdout}")
        return done.stdout


def write_apk(path):
    """Writes a small apk, so that reading its details gives no warning."""
    data = ROOT / "tests" / "data" / "android"
    with zipfile.ZipFile(path, "w") as apk:
        apk.write(data / "manifest.bin", "AndroidManifest.xml")
        apk.write(data / "resources.arsc", "resources.arsc")


@contextlib.contextmanager
def sandbox(program):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for child in ("work", "home", "stubs", "received"):
            (folder / child).mkdir()
        (folder / "install.sh").write_text(INSTALL.format(program=program))
        curl = CURL.format(install=folder / "install.sh", curl=shutil.which("curl"))
        write_apk(folder / "app.apk")
        for stub, script in {"curl": curl, "make": MAKE.format(apk=folder / "app.apk")}.items():
            (folder / "stubs" / stub).write_text(script)
            (folder / "stubs" / stub).chmod(0o755)
        receiver = subprocess.Popen([sys.executable, ROOT / "tests" / "interop" / "receiver.py", folder / "received"])
        try:
            while not (folder / "received" / "port").exists():
                time.sleep(0.02)
            url = f"http://127.0.0.1:{(folder / 'received' / 'port').read_text()}/hooks"
            yield Sandbox(folder, url, program)
        finally:
            receiver.kill()
            receiver.wait()

"""Starts the receivers of docs/receiving.md, each in its own folder."""

import os
import pathlib
import shutil
import socket
import subprocess
import time

TOOLS = pathlib.Path(os.environ["TOOLS_DIR"]).resolve()
PYTHON = TOOLS / "python" / "bin" / "python"
CARGO_PROJECT = pathlib.Path(__file__).parent / "rust"


class Server:
    """A receiver. `output` is the file with what it handled: one line with the event and the payload for each delivery."""

    def __init__(self, name, folder, command, path="/", output="output.log", env=None):
        self.name, self.folder, self.command, self.path = name, folder, command, path
        self.output, self.env = folder / output, env or {}
        self.process = None

    def start(self, secret):
        """Starts it with a secret. Returns whether it listens, which it need not do without a secret."""
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.port = unused.getsockname()[1]
        env = {**os.environ, **self.env, "PORT": str(self.port)}
        env.pop("WEBHOOK_SECRET", None)
        if secret is not None:
            env["WEBHOOK_SECRET"] = secret
        command = [str(part).replace("$PORT", str(self.port)) for part in self.command]
        with open(self.folder / "output.log", "ab") as output, open(self.folder / "errors.log", "ab") as errors:
            self.process = subprocess.Popen(command, cwd=self.folder, env=env, stdout=output, stderr=errors)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return True
            except ConnectionRefusedError:
                time.sleep(0.02)
        return False

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def handled(self, build):
        """How often it handled the event of a build."""
        lines = self.output.read_text(errors="replace").splitlines() if self.output.exists() else []
        return sum(1 for line in lines if build in line)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{self.path}"


def write(folder, files):
    folder.mkdir(parents=True)
    for name, code in files.items():
        (folder / name).write_text(code)
    return folder


def python(name, folder, code):
    if "FastAPI" in code:
        command = [PYTHON, "-m", "uvicorn", "--log-level", "warning", "--port", "$PORT", "app:app"]
    else:
        command = [PYTHON, "app.py"]
    return Server(name, write(folder, {"app.py": code}), command)


def node(name, folder, code):
    write(folder, {"app.mjs": code})
    # Node looks for the packages of a module in the folders above it.
    (folder / "node_modules").symlink_to(TOOLS / "node" / "node_modules")
    return Server(name, folder, ["node", "app.mjs"])


def go(name, folder, main, verify):
    write(folder, {"main.go": main, "verify.go": verify, "go.mod": "module receiver\n\ngo 1.19\n"})
    # Standard library only. Its compiled packages are kept between runs.
    env = {**os.environ, "GOCACHE": str(TOOLS / "go-cache"), "GOPROXY": "off", "GOFLAGS": "-mod=mod"}
    subprocess.run(["go", "build", "-o", "receiver", "."], cwd=folder, env=env, check=True)
    return Server(name, folder, ["./receiver", "-listen", "127.0.0.1:$PORT"])


def rust(folder, programs):
    """Compiles all programs at once: name → main.rs and verify.rs. Their dependencies are kept between runs."""
    shutil.copytree(CARGO_PROJECT, folder)
    for name, (main, verify) in programs.items():
        write(folder / "src" / "bin" / name, {"main.rs": main, "verify.rs": verify})
    target = TOOLS / "receiving-target"
    subprocess.run(["cargo", "build", "--quiet", "--locked", "--target-dir", target], cwd=folder, check=True)
    return {name: Server(f"rust/{name}", write(folder / name, {}), [target / "debug" / name]) for name in programs}


def check_format(files):
    """gofmt and rustfmt would change nothing."""
    for name, code in files.items():
        if name.endswith(".go"):
            command = ["gofmt"]
        elif name.endswith(".rs"):
            command = ["rustfmt", "--edition", "2024", "--config-path", pathlib.Path(__file__).parents[3] / "rustfmt.toml"]
            code = code.replace("mod verify;\n\n", "")  # rustfmt would look for the file
        else:
            continue
        formatted = subprocess.run(command, input=code, capture_output=True, text=True, check=True).stdout
        assert formatted == code, f"{command[0]} changes {name}:\n{formatted}"


def shell(name, folder, hooks, script):
    write(folder, {"hooks.json": hooks, "on-build.sh": script})
    (folder / "on-build.sh").chmod(0o755)
    command = ["webhook", "-template", "-hooks", "hooks.json", "-ip", "127.0.0.1", "-port", "$PORT", "-verbose"]
    return Server(name, folder, command, path="/hooks/build", output="events.log")

#!/usr/bin/env python3
"""Benchmarks a signed POST: buildhook against `openssl dgst -hmac` and `curl`.

    benches/post.py [RUNS]        default: 50

Every command posts to a receiver on 127.0.0.1. Reports the median process time (user and system, including children) and
the median elapsed time. Compare ratios, not times: all commands slow down equally on a busy machine.
"""

import http.server
import json
import os
import pathlib
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILDHOOK = pathlib.Path(os.environ.get("BUILDHOOK_BIN", ROOT / "target" / "release" / "buildhook")).resolve()
SECRET = "a secret for the benchmark"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Responds to every POST with 200."""

    received = 0

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        Receiver.received += 1
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


def environment(url, folder):
    """A push on GitHub Actions, with an event file so that buildhook does not run git."""
    sha = "ffac537e6cbbf934b08745a378932722df287a53"
    author = {"name": "A user", "email": "user@example.com"}
    event = {"head_commit": {"id": sha, "message": "Make it faster", "author": author}}
    event_file = pathlib.Path(folder, "event.json")
    event_file.write_text(json.dumps(event))
    return {
        "PATH": os.environ["PATH"],
        "ACTIONS_ORCHESTRATION_ID": "0c5e1a9e-4c8f-4d0a-9f5e-1f2a3b4c5d6e.build.__default",
        "CI": "true",
        "GITHUB_ACTION": "__run",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "user",
        "GITHUB_ACTOR_ID": "583231",
        "GITHUB_API_URL": "https://api.github.com",
        "GITHUB_BASE_REF": "",
        "GITHUB_ENV": f"{folder}/set_env",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_GRAPHQL_URL": "https://api.github.com/graphql",
        "GITHUB_HEAD_REF": "",
        "GITHUB_OUTPUT": f"{folder}/set_output",
        "GITHUB_REF_NAME": "main",
        "GITHUB_REF_PROTECTED": "true",
        "GITHUB_REF_TYPE": "branch",
        "GITHUB_REPOSITORY_ID": "1296269",
        "GITHUB_REPOSITORY_OWNER": "example",
        "GITHUB_RETENTION_DAYS": "90",
        "GITHUB_TRIGGERING_ACTOR": "user",
        "RUNNER_ARCH": "X64",
        "RUNNER_ENVIRONMENT": "github-hosted",
        "RUNNER_OS": "Linux",
        "GITHUB_EVENT_PATH": str(event_file),
        "GITHUB_JOB": "build",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REPOSITORY": "example/app",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "1658821493",
        "GITHUB_RUN_NUMBER": "3",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": sha,
        "GITHUB_WORKFLOW": "Build",
        "GITHUB_WORKFLOW_REF": "example/app/.github/workflows/build.yml@refs/heads/main",
        "GITHUB_WORKSPACE": folder,
        "RUNNER_TEMP": folder,
        "BUILDHOOK_URL": url,
        "BUILDHOOK_SECRET": SECRET,
    }


def curl_script(url, body_file):
    """A signed POST as people write it in pipelines."""
    return f"""
        body={shlex.quote(str(body_file))}
        signature=$(openssl dgst -sha256 -hmac {shlex.quote(SECRET)} "$body" | sed 's/^.* //')
        curl --silent --show-error --fail --output /dev/null --data-binary @"$body" \\
            --header 'content-type: application/json' --header "x-webhook-signature: $signature" {url}
    """


def measure(command, env, folder):
    """Runs a command. Returns its process time and elapsed time in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, env=env, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    elapsed = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return process * 1000, elapsed * 1000


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    if not BUILDHOOK.exists():
        sys.exit(f"{BUILDHOOK} not found; build it with: cargo build --release")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/hooks"
    with tempfile.TemporaryDirectory() as folder:
        env = environment(url, folder)
        body_file = pathlib.Path(folder, "body.json")
        body_file.write_text(json.dumps({"build_slug": "1234abcd", "build_number": 3, "git": {"src_branch": "main"}}))
        commands = {
            "buildhook triggered": [str(BUILDHOOK), "triggered"],
            "openssl + curl": ["sh", "-c", curl_script(url, body_file)],
            "buildhook context": [str(BUILDHOOK), "context"],
            "buildhook --version": [str(BUILDHOOK), "--version"],
        }
        times = {name: [] for name in commands}
        # The first run is a warm-up and not counted.
        for _ in range(runs + 1):
            for name, command in commands.items():
                times[name].append(measure(command, env, folder))
    if Receiver.received != 2 * (runs + 1):
        sys.exit(f"received {Receiver.received} requests, expected {2 * (runs + 1)}")
    print(f"median of {runs} runs, program size: {BUILDHOOK.stat().st_size} bytes")
    print(f"{'':24}{'process time':>14}{'elapsed':>12}")
    medians = {}
    for name, values in times.items():
        process, elapsed = (statistics.median(column) for column in zip(*values[1:]))
        medians[name] = process
        print(f"{name:24}{process:>11.2f} ms{elapsed:>9.2f} ms")
    ratio = medians["openssl + curl"] / medians["buildhook triggered"]
    print(f"openssl + curl need {ratio:.1f} times the process time of buildhook")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Benchmarks deliveries: buildhook against curl, openssl, and the smallest program that can post.

    benches/delivery.py [RUNS]        default: 50

Everything is posted to nginx on 127.0.0.1. Prints the tables of docs/benchmarks.md. Compare ratios, not times: all commands slow down
equally on a busy machine. `BUILDHOOK_BIN` and `MINIMAL_POST_BIN` name the programs, both static and built with `cargo build --release`
(the second one is the example `minimal_post`).
"""

import contextlib
import http.server
import json
import os
import pathlib
import resource
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
BUILDHOOK = pathlib.Path(os.environ.get("BUILDHOOK_BIN", TARGET / "buildhook")).resolve()
MINIMAL_POST = pathlib.Path(os.environ.get("MINIMAL_POST_BIN", TARGET / "examples" / "minimal_post")).resolve()
SECRET = "a secret for the benchmark"
SHA = "ffac537e6cbbf934b08745a378932722df287a53"
CORES = os.cpu_count() or 1


# Receivers


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


class Nginx:
    """Answers every request with 200, over HTTP and over TLS 1.3."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.http, self.https = free_port(), free_port()
        self.log = self.folder / "access.log"
        self.ca = self.folder / "ca.pem"
        authority(self.folder)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(f"""
            daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
            events {{ worker_connections 4096; }}
            http {{
                access_log {self.log} combined;
                log_format connections '$connection $ssl_session_reused';
                client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
                uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
                keepalive_requests 100000;
                server {{
                    listen 127.0.0.1:{self.http}; listen 127.0.0.1:{self.https} ssl;
                    access_log {self.log} connections;
                    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key; ssl_protocols TLSv1.3;
                    location / {{ return 200 ""; }}
                }}
            }}
        """)
        nginx = next(path for path in ("/usr/sbin/nginx", "/usr/bin/nginx") if os.path.exists(path))
        self.process = subprocess.Popen([nginx, "-c", configuration, "-p", folder], stderr=subprocess.DEVNULL)
        for port in (self.http, self.https):
            wait_for_port(port)

    def url(self, path="hooks"):
        return f"http://127.0.0.1:{self.http}/{path}"

    def tls_url(self, path="hooks"):
        return f"https://localhost:{self.https}/{path}"

    def reset(self):
        """Forgets the requests so far."""
        time.sleep(0.1)
        self.log.write_text("")
        # nginx appends at the position it knows.
        self.process.send_signal(signal.SIGUSR1)
        time.sleep(0.1)

    def requests(self):
        """Every request as its connection's number and whether a TLS session was resumed (`r`, `.` or `-`)."""
        time.sleep(0.1)
        return [tuple(line.split()) for line in self.log.read_text().splitlines()]

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Slow(http.server.BaseHTTPRequestHandler):
    """Answers after 100 ms."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        time.sleep(0.1)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


class SlowServer(http.server.ThreadingHTTPServer):
    request_queue_size = 128


def wait_for_port(port):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


def authority(folder):
    """A certificate authority, and a server's certificate by it."""
    run = lambda *command: subprocess.run(command, check=True, cwd=folder, stderr=subprocess.DEVNULL)
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    run("openssl", "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=benchmark", "-days", "2")
    run("openssl", "req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    pathlib.Path(folder, "names").write_text("subjectAltName=DNS:localhost")
    run(
        "openssl", "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "server.pem",
        "-days", "2", "-extfile", "names",
    )


# Environments and commands


def environment(folder, state, message=True, **variables):
    """A push on GitHub Actions. With the message, buildhook need not run git."""
    event_file = pathlib.Path(folder, "event.json")
    author = {"name": "A user", "email": "user@example.com"}
    event_file.write_text(json.dumps({"head_commit": {"id": SHA, "message": "Make it faster", "author": author}}))
    known = {
        "PATH": os.environ["PATH"],
        "CI": "true",
        "GITHUB_ACTION": "__run",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "user",
        "GITHUB_ACTOR_ID": "583231",
        "GITHUB_API_URL": "https://api.github.com",
        "GITHUB_BASE_REF": "",
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_HEAD_REF": "",
        "GITHUB_REF_NAME": "main",
        "GITHUB_REF_PROTECTED": "true",
        "GITHUB_REF_TYPE": "branch",
        "GITHUB_REPOSITORY_ID": "1296269",
        "GITHUB_REPOSITORY_OWNER": "example",
        "GITHUB_TRIGGERING_ACTOR": "user",
        "RUNNER_ARCH": "X64",
        "RUNNER_ENVIRONMENT": "github-hosted",
        "RUNNER_OS": "Linux",
        "GITHUB_JOB": "build",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REPOSITORY": "example/app",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_RUN_ID": "1658821493",
        "GITHUB_RUN_NUMBER": "3",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": SHA,
        "GITHUB_WORKFLOW": "Build",
        "GITHUB_WORKFLOW_REF": "example/app/.github/workflows/build.yml@refs/heads/main",
        "GITHUB_WORKSPACE": str(folder),
        "BUILDHOOK_STATE_DIR": str(state),
        "BUILDHOOK_SECRET": SECRET,
    }
    if message:
        known["GITHUB_EVENT_PATH"] = str(event_file)
    return known | variables


def curl(url, body, *options):
    headers = ("--header", "content-type: application/json")
    return ["curl", "--silent", "--show-error", "--fail", "--output", "/dev/null", *options, "--data-binary", f"@{body}", *headers, url]


def openssl_and_curl(url, body):
    """A signed POST as people write it in pipelines."""
    return ["sh", "-c", f"""
        signature=$(openssl dgst -sha256 -hmac {shlex.quote(SECRET)} {shlex.quote(str(body))} | sed 's/^.* //')
        {shlex.join(curl(url, body))} --header "x-webhook-signature: $signature"
    """]


# Measuring


def elapsed(command, env, folder):
    """Runs a command. Returns the milliseconds that it takes."""
    start = time.perf_counter()
    result = subprocess.run(command, env=env, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"{shlex.join(command)} failed:\n{result.stderr}")
    return (time.perf_counter() - start) * 1000


def medians(runs, commands):
    """The median time of each command, all in turn. The first run is not counted."""
    times = {name: [] for name in commands}
    for _ in range(runs + 1):
        for name, (command, env, folder) in commands.items():
            times[name].append(elapsed(command, env, folder))
    return {name: statistics.median(values[1:]) for name, values in times.items()}


def fsync_time(folder, runs):
    """The median time in milliseconds that the disk takes to sync a new file of the size of a record."""
    times = []
    for number in range(runs):
        path = pathlib.Path(folder, f"sync-{number}")
        with open(path, "wb") as file:
            file.write(b"x" * 4000)
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - start) * 1000)
        path.unlink()
    return statistics.median(times)


class Watched:
    """A command with its peaks of memory and threads."""

    def __init__(self, command, env, folder):
        start = time.perf_counter()
        process = subprocess.Popen(command, env=env, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.megabytes = self.threads = 0
        while process.poll() is None:
            with contextlib.suppress(OSError):
                status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines())
                self.threads = max(self.threads, int(status.get("Threads", "0")))
                self.megabytes = max(self.megabytes, int(status.get("VmHWM", "0 kB").split()[0]) / 1024)
            time.sleep(0.002)
        self.milliseconds = (time.perf_counter() - start) * 1000
        if process.returncode != 0:
            sys.exit(f"{command[0]} failed with {process.returncode}")


class Table:
    def __init__(self):
        self.rows = []

    def add(self, work, measured, target, is_reached):
        self.rows.append((work, measured, target, "yes" if is_reached else "**no**"))

    def print(self):
        print("| work | measured | to reach | reached |\n| --- | --- | --- | --- |")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")


# The benchmarks


def single_events(table, nginx, folder, memory, runs):
    disk = pathlib.Path(folder, "state")
    checkout = repository(folder)
    body = pathlib.Path(folder, "body.json")
    body.write_text(json.dumps({"build_slug": "1234abcd", "build_number": 3, "text": "x" * 1200}))
    url, tls_url, plain = nginx.url(), nginx.tls_url(), {"PATH": os.environ["PATH"]}
    triggered = [str(BUILDHOOK), "triggered"]
    sending = lambda state, **variables: environment(folder, state, BUILDHOOK_URL=url, **variables)
    in_checkout = environment(folder, memory, message=False, BUILDHOOK_URL=url) | checkout
    with_tls = environment(folder, memory, BUILDHOOK_URL=tls_url, BUILDHOOK_CA_FILE=str(nginx.ca))
    fsync_before = fsync_time(folder, runs)
    times = medians(runs, {
        "memory": (triggered, sending(memory), folder),
        "disk": (triggered, sending(disk), folder),
        "checkout": (triggered, in_checkout, checkout["GITHUB_WORKSPACE"]),
        "tls": (triggered, with_tls, folder),
        "minimal": ([str(MINIMAL_POST), url, str(body)], plain, folder),
        "minimal_tls": ([str(MINIMAL_POST), tls_url, str(body), str(nginx.ca)], plain, folder),
        "curl": (curl(url, body), plain, folder),
        "curl_tls": (curl(tls_url, body, "--cacert", str(nginx.ca)), plain, folder),
        "openssl": (openssl_and_curl(url, body), plain, folder),
    })
    fsync = (fsync_before + fsync_time(folder, runs)) / 2
    ratio = lambda one, other: times[one] / times[other]
    table.add(
        "signed event over HTTP, state folder in memory, no checkout",
        f"{times['memory']:.2f} ms: {ratio('memory', 'minimal'):.2f} × a minimal POST; curl takes {ratio('curl', 'memory'):.1f} × as long",
        "≤ 2 ×; ≥ 3 ×",
        ratio("memory", "minimal") <= 2 and ratio("curl", "memory") >= 3,
    )
    allowed = times["memory"] + 1.2 * fsync
    table.add(
        "the same, state folder on the disk",
        f"{times['disk']:.2f} ms, one `fsync` is {fsync:.2f} ms; curl takes {ratio('curl', 'disk'):.1f} ×, openssl and curl "
        f"{ratio('openssl', 'disk'):.1f} × as long",
        f"≤ {allowed:.2f} ms (that and 1.2 `fsync`s); ≥ 2 ×; ≥ 3.5 ×",
        times["disk"] <= allowed and ratio("curl", "disk") >= 2 and ratio("openssl", "disk") >= 3.5,
    )
    table.add(
        "the same in memory, with a checkout that is asked for the commit's message",
        f"{times['checkout']:.2f} ms; curl takes {ratio('curl', 'checkout'):.1f} × as long",
        "≥ 1.5 ×",
        ratio("curl", "checkout") >= 1.5,
    )
    table.add(
        "signed event over TLS 1.3, the system's certificates and one more",
        f"{times['tls']:.2f} ms: {ratio('tls', 'minimal_tls'):.2f} × a minimal POST with one certificate; curl with one takes "
        f"{ratio('curl_tls', 'tls'):.1f} × as long",
        "≤ 1.4 ×; ≥ 1.8 ×",
        ratio("tls", "minimal_tls") <= 1.4 and ratio("curl_tls", "tls") >= 1.8,
    )
    return times["memory"]


def repository(folder):
    """A checkout with one commit."""
    checkout = pathlib.Path(folder, "checkout")
    checkout.mkdir()
    identity = ("-c", "user.name=A user", "-c", "user.email=user@example.com")
    git = lambda *arguments: subprocess.run(["git", *identity, *arguments], cwd=checkout, check=True, capture_output=True, text=True)
    git("init", "--quiet")
    git("commit", "--allow-empty", "--quiet", "--message", "Make it faster")
    sha = git("rev-parse", "HEAD").stdout.strip()
    return {"GITHUB_SHA": sha, "GITHUB_WORKSPACE": str(checkout)}


def many_endpoints(table, folder, memory, runs):
    server = SlowServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    urls = [f"http://127.0.0.1:{server.server_port}/{number}" for number in range(1, 11)]
    variables = {"BUILDHOOK_URL" + (f"_{number}" if number > 1 else ""): url for number, url in enumerate(urls, 1)}
    variables |= {f"BUILDHOOK_SECRET_{number}": SECRET for number in range(2, 11)}
    body = pathlib.Path(folder, "body.json")
    parallel = ["curl", "--silent", "--fail", "--parallel", "--parallel-immediate", "--data-binary", f"@{body}", *urls]
    times = medians(max(runs // 3, 3), {
        "buildhook": ([str(BUILDHOOK), "triggered"], environment(folder, memory, **variables), folder),
        "curl": (parallel, {"PATH": os.environ["PATH"]}, folder),
    })
    server.shutdown()
    table.add(
        "one event to 10 endpoints that take 100 ms each",
        f"{times['buildhook']:.0f} ms; `curl --parallel` takes {times['curl'] / times['buildhook']:.2f} × as long",
        "≥ 1 ×",
        times["curl"] >= times["buildhook"],
    )


def many_files(table, nginx, folder, memory):
    files, endpoints = 1000, 5
    artifacts = pathlib.Path(folder, "artifacts")
    artifacts.mkdir()
    for number in range(files):
        (artifacts / f"{number}.bin").write_bytes(os.urandom(1000))
    body = pathlib.Path(folder, "created.json")
    body.write_text("x" * 3000)
    for name, url, ca in (("HTTP", nginx.url, None), ("TLS", nginx.tls_url, str(nginx.ca))):
        urls = [url(f"{number}") for number in range(1, endpoints + 1)]
        variables = {"BUILDHOOK_URL" + (f"_{number}" if number > 1 else ""): url for number, url in enumerate(urls, 1)}
        variables |= {f"BUILDHOOK_SECRET_{number}": SECRET for number in range(2, endpoints + 1)}
        if ca:
            variables["BUILDHOOK_CA_FILE"] = ca
        nginx.reset()
        env = environment(folder, pathlib.Path(memory, name), **variables)
        ours = Watched([str(BUILDHOOK), "created", "artifacts/*.bin"], env, folder)
        requests = nginx.requests()
        connections = len({connection for connection, _ in requests})
        config = pathlib.Path(folder, "curl.txt")
        transfer = "".join(
            f'next\nurl = "{url}"\ndata-binary = "@{body}"\noutput = "/dev/null"\nsilent\nfail\n' + (f'cacert = "{ca}"\n' if ca else "")
            for url in urls
        )
        config.write_text((transfer * files).removeprefix("next\n"))
        theirs = Watched(["curl", "--parallel", "--parallel-max", "20", "--config", str(config)], {"PATH": os.environ["PATH"]}, folder)
        lost = files * endpoints - len(requests)
        table.add(
            f"{files} files of 1 KB to {endpoints} endpoints over {name}",
            f"{ours.milliseconds / 1000:.2f} s, {ours.megabytes:.1f} MB, {ours.threads} threads, {connections} connections, {lost} lost; "
            f"`curl --parallel` with as many transfers, nothing read, signed or recorded: {theirs.milliseconds / 1000:.2f} s, "
            f"{theirs.megabytes:.1f} MB",
            "≤ 20 MB; ≤ 40 threads; ≤ 20 connections; 0 lost",
            ours.megabytes <= 20 and ours.threads <= 40 and connections <= 20 and lost == 0,
        )


def held_back(table, nginx, folder, memory, runs):
    env = environment(folder, memory, BUILDHOOK_URL=nginx.url())

    def start_of_command(prefix):
        begin = time.time_ns()
        output = subprocess.run([*prefix, "date", "+%s%N"], env=env, cwd=folder, check=True, capture_output=True).stdout
        return (int(output) - begin) / 1e6

    times = {"alone": [], "run": []}
    for _ in range(runs + 1):
        times["alone"].append(start_of_command([]))
        times["run"].append(start_of_command([str(BUILDHOOK), "run", "--"]))
    alone, run = (statistics.median(values[1:]) for values in times.values())
    table.add("`run`: the command starts later by", f"{run - alone:.2f} ms", "< 3 ms", run - alone < 3)


def many_processes(table, nginx, folder, memory, one):
    count = 200
    state = pathlib.Path(memory, "shared")
    env = environment(folder, state, BUILDHOOK_URL=nginx.url())
    nginx.reset()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    processes = [
        subprocess.Popen([str(BUILDHOOK), "triggered"], env=env, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(count)
    ]
    failed = sum(process.wait() != 0 for process in processes)
    seconds = time.perf_counter() - start
    lost = count - len(nginx.requests())
    allowed = 3 * count * one / 1000 / CORES
    table.add(
        f"{count} processes at once on one state folder",
        f"{seconds:.2f} s, {failed} failed, {lost} lost",
        f"≤ {allowed:.2f} s (3 × the sum of their work on {CORES} cores); 0 lost",
        seconds <= allowed and failed == lost == 0,
    )


def large_state_folder(table, nginx, folder, memory, runs):
    count = 100_000
    state, empty = pathlib.Path(memory, "large"), pathlib.Path(memory, "empty")
    urls = {"BUILDHOOK_URL": nginx.url()}
    for place in (state, empty):
        elapsed([str(BUILDHOOK), "triggered"], environment(folder, place, **urls), folder)
    records = state / "deliveries"
    content = next(records.glob("*.jsonl")).read_bytes()
    for number in range(count):
        (records / f"019a0000-{number >> 16:04x}-7000-8000-{number:012x}.jsonl").write_bytes(content)
    commands = lambda command: {
        name: ([str(BUILDHOOK), *command], environment(folder, place, **urls), folder) for name, place in (("large", state), ("empty", empty))
    }
    sending = medians(runs, commands(["triggered"]))
    listing = medians(3, {"large": commands(["deliveries"])["large"]})["large"]
    table.add(
        f"the first event with a state folder of {count} records",
        f"{sending['large']:.2f} ms: {sending['large'] / sending['empty']:.2f} × as with an empty one; listing the newest 20 takes "
        f"{listing:.0f} ms",
        "≤ 1.2 ×",
        sending["large"] <= 1.2 * sending["empty"],
    )


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    for program in (BUILDHOOK, MINIMAL_POST):
        if not program.exists():
            sys.exit(f"{program} not found; build it with: cargo build --release --bins --examples")
    table = Table()
    with tempfile.TemporaryDirectory() as trusted, tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        # Certificates in the workspace would not be trusted.
        nginx, folder = Nginx(trusted), pathlib.Path(trusted, "workspace")
        folder.mkdir()
        try:
            one = single_events(table, nginx, folder, pathlib.Path(memory, "single"), runs)
            many_endpoints(table, folder, pathlib.Path(memory, "endpoints"), runs)
            many_files(table, nginx, folder, memory)
            held_back(table, nginx, folder, pathlib.Path(memory, "run"), runs)
            many_processes(table, nginx, folder, memory, one)
            large_state_folder(table, nginx, folder, memory, runs)
        finally:
            nginx.stop()
    print(f"Median of {runs} runs on {CORES} cores; {BUILDHOOK.stat().st_size} bytes of program.\n")
    table.print()


if __name__ == "__main__":
    main()

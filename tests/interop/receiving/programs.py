"""The SQL of docs/receiving.md, and its programs for SQLite and GitHub."""

import http.server
import json
import os
import sqlite3
import subprocess
import threading
import time

import checks
import servers
from requests import Delivery

COMMIT = "ffac537e6cbbf934b08745a378932722df287a53"


class GitHub(http.server.BaseHTTPRequestHandler):
    """A stub of GitHub's API. The first answer is not HTTP, and the second one is an error."""

    requests, statuses = [], [None, 503]

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status = self.statuses.pop(0) if self.statuses else 404 if "/unknown/" in self.path else 201
        self.requests.append((status, self.path, self.headers["authorization"], body))
        if status is None:
            self.wfile.write(b"nonsense\r\n")
            return
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def check(files, program, folder):
    check_deliveries(files["deliveries.sql"])
    database = check_events(files, program, folder)
    check_statuses(files, program, folder, database)


def check_deliveries(sql):
    """The second insert changes no row."""
    db = sqlite3.connect(":memory:")
    table, insert = sql.splitlines()
    db.execute(table)
    assert [db.execute(insert).rowcount for _ in range(2)] == [1, 0], "deliveries.sql"


def check_events(files, program, folder):
    """The receiver that stores events in SQLite."""
    sender = folder / "sqlite-sender"
    sender.mkdir()
    (sender / "app.bin").write_bytes(b"app")
    server = servers.python("python/events.py", folder / "events", files["python/events.py"])
    assert not server.start(""), "events.py starts without a secret"
    assert server.start(checks.SECRET), "events.py does not start"
    try:
        delivery, other = Delivery(checks.SECRET), Delivery(checks.OTHER)
        statuses = [delivery.send(server)]
        with sqlite3.connect(server.folder / "events.db") as database:
            database.execute("UPDATE events SET done = 1")
        statuses += [delivery.send(server), delivery.send(server, body=b"{}"), other.send(server), other.send(server, without=list(other.headers))]
        assert statuses == [204, 204, 401, 401, 401], f"events.py: statuses {statuses}"
        for arguments in (["triggered"], ["finished", "--status", "failed"], ["created", "app.bin"]):
            result = checks.run(program, sender, *arguments, URL=server.url, SECRET=checks.SECRET, RUN_ID="1")
            assert result.returncode == 0, result.stderr
    finally:
        server.stop()
    database = sqlite3.connect(server.folder / "events.db")
    rows = database.execute("SELECT event, time, build, done FROM events ORDER BY rowid").fetchall()
    assert [row[0] for row in rows] == ["build/triggered", "build/triggered", "build/finished", "build.created"], rows
    assert rows[0][1:] == (1_700_000_000, delivery.build, 1) and rows[1][2] == rows[2][2], rows
    failures = database.execute(files["failures.sql"]).fetchall()
    assert [count for _, count in failures] == [1], failures
    return database


def check_statuses(files, program, folder, database):
    """The program that posts the stored events to GitHub."""
    database.execute("DELETE FROM events")
    database.commit()
    server = servers.python("python/events.py", folder / "github-events", files["python/events.py"])
    assert server.start(checks.SECRET), "events.py does not start"
    sender = folder / "github-sender"
    sender.mkdir()

    def send(*arguments, run, project="example/app", **settings):
        result = checks.run(program, sender, *arguments, URL=server.url, SECRET=checks.SECRET, RUN_ID=run, COMMIT_SHA=COMMIT,
                            REPOSITORY_URL=f"https://github.com/{project}", RUN_URL=f"https://ci.example/{run}", PIPELINE_NAME="Build app",
                            **settings)
        assert result.returncode == 0, result.stderr

    github = http.server.ThreadingHTTPServer(("127.0.0.1", 0), GitHub)
    threading.Thread(target=github.serve_forever, daemon=True).start()
    code = files["python/commit_status.py"].replace("time.sleep(5)", "time.sleep(0.1)")
    servers.write(folder / "github", {"commit_status.py": code})
    env = {**os.environ, "GITHUB_API_URL": f"http://127.0.0.1:{github.server_port}", "GITHUB_TOKEN": "a token"}
    log = open(folder / "github" / "log", "wb")
    worker = subprocess.Popen([servers.PYTHON, folder / "github" / "commit_status.py"], cwd=server.folder, env=env, stdout=log, stderr=log)

    def wait_for(count, what):
        deadline = time.monotonic() + 20
        while len(GitHub.requests) < count:
            assert worker.poll() is None and time.monotonic() < deadline, f"{what}: {(folder / 'github' / 'log').read_text()}"
            time.sleep(0.05)

    try:
        send("triggered", run="1")
        wait_for(3, "attempts that fail and their repetition")
        for run, (status, _) in enumerate([("success", 0), ("failed", 0), ("aborted", 0), ("aborted-with-success", 0)], 1):
            send("finished", "--status", status, run=str(run))
            wait_for(3 + run, status)
        send("triggered", run="1")  # late: nothing to post
        send("finished", "--status", "success", run="6", STRICT="true")  # without a commit: skipped
        send("triggered", run="7", project="unknown/app")  # 404: not repeated
        wait_for(8, "an unknown repository")
        send("triggered", run="8")
        wait_for(9, "the event after it")
        with sqlite3.connect(server.folder / "events.db") as events:
            for number, url in enumerate(["https://[", "https://github.com/unknown/a b"]):
                payload = {"git": {"repository_url": url}, "commit_hash": COMMIT, "build_status": 1, "status_text": ""}
                events.execute("INSERT INTO events VALUES (?, 'build/finished', ?, ?, ?, 0)", [url, number, json.dumps(payload), url])
        wait_for(10, "an invalid URL, and one with a space")
        time.sleep(0.5)  # more rounds of the program
    finally:
        worker.kill()
        server.stop()
        github.shutdown()
    states = [(status, body["state"]) for status, _, _, body in GitHub.requests]
    expected = [(None, "pending"), (503, "pending"), (201, "pending"), (201, "success"), (201, "failure"), (201, "error"), (201, "success"), (404, "pending"),
                (201, "pending"), (404, "success")]
    assert states == expected, states
    _, path, authorization, body = GitHub.requests[3]
    assert path == f"/repos/example/app/statuses/{COMMIT}" and authorization == "Bearer a token", (path, authorization)
    assert body["target_url"] == "https://ci.example/1" and body["context"].startswith("Build app"), body
    assert GitHub.requests[-1][1] == f"/repos/unknown/a%20b/statuses/{COMMIT}", GitHub.requests[-1]

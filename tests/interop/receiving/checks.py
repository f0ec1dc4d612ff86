"""What every receiver of docs/receiving.md must do."""

import concurrent.futures
import json
import os
import socket
import subprocess

from requests import Delivery

SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSByZWNlaXZlciE="
OTHER = "whsec_" + "YW5vdGhlciBzZWNyZXQgb2YgdGhlIHNlbmRlcg=="
OK = (200, 204)
BODY_LIMIT = 5_000_000


def check(server, failing, is_standard, program, sender):
    """Runs all checks against one receiver, and against the same receiver with code that fails."""
    step = check_empty_secrets
    try:
        check_empty_secrets(server, is_standard)
        assert server.start(SECRET), "it does not start"
        for step in (valid, wrong, standard if is_standard else by_hand, garbage, simultaneous, valid):
            step(server)
        step = events
        events(server, is_standard, program, sender)
        server.stop()
        step = failure
        failure(failing)
    except AssertionError as error:
        logs = [each.folder / "errors.log" for each in (server, failing)]
        raise SystemExit("\n".join(log.read_text()[-3000:] for log in logs if log.exists()) +
                         f"\n{server.name}: FAILED: {step.__name__}: {error}")
    finally:
        server.stop()
        failing.stop()


def check_empty_secrets(server, is_standard):
    """Without a secret, a receiver ends or refuses, because anyone can sign with an empty one."""
    for secret in (None, "", "whsec_") if is_standard else (None, ""):
        if server.start(secret):
            expect(server, Delivery(""), f"secret {secret!r}", (401, 500, None), 0)
            server.stop()


def expect(server, delivery, what, statuses, handled, **changes):
    status = delivery.send(server, **changes)
    assert status in statuses, f"{what}: status {status}, expected one of {statuses}"
    count = server.handled(delivery.build)
    assert count == handled, f"{what}: handled {count} times, expected {handled}"


def valid(server):
    delivery = Delivery(SECRET)
    expect(server, delivery, "valid", OK, 1)
    expect(server, delivery, "repeat", OK, 1)
    for rename in (str.title, str.upper, str.lower):
        expect(server, Delivery(SECRET), f"{rename.__name__}-case names", OK, 1, rename=rename)
    large = json.dumps({"build_slug": "", "notes": "ü" * (BODY_LIMIT // 3)}, ensure_ascii=False).encode()
    delivery = Delivery(SECRET, body=large)
    assert delivery.send(server) in OK, "a body below the limit is refused"


def wrong(server):
    expect(server, Delivery(OTHER), "wrong secret", (401,), 0)
    delivery = Delivery(SECRET)
    expect(server, delivery, "changed body", (401,), 0, body=delivery.body.replace(b"0}", b"1}"))
    expect(server, delivery, "body with spaces", (401,), 0, body=delivery.body + b" ")
    signatures = [name for name in delivery.headers if name.endswith("-signature")]
    expect(server, delivery, "no signature", (401,), 0, without=signatures)
    expect(server, delivery, "no headers", (401,), 0, without=list(delivery.headers))
    for value in ("zz", "0", "v1", "v1,", ",", "v1,zz", "v1,a,b", "ü", "ü" * 64, "ff" * 32, "0" * 2_000):
        values = {name: value.encode() for name in signatures}
        # webhook answers 500 to an empty signature.
        expect(server, delivery, f"signature {value[:80]!r}", (401,), 0, headers=values)
    expect(server, delivery, "empty signature", (401, 500), 0, headers=dict.fromkeys(signatures, ""))
    expect(server, delivery, "valid after refusals", OK, 1)


def by_hand(server):
    delivery = Delivery(SECRET)
    expect(server, delivery, "no id", (401, 500), 0, without=["x-webhook-id"])
    if server.name == "shell":  # where ids are names of folders
        for value in ("../outside", "a/b", ".", ""):
            expect(server, delivery, f"id {value!r}", (500,), 0, headers={"x-webhook-id": value})
        assert not (server.folder / "outside").exists(), "an id leads out of the folder"
    delivery = Delivery(SECRET, age=86_400)
    expect(server, delivery, "an old event", OK, 1)
    expect(server, Delivery(OTHER, previous=SECRET), "the previous secret", (401,), 0)


def standard(server):
    expect(server, Delivery(SECRET, age=600), "old timestamp", (401,), 0)
    expect(server, Delivery(SECRET, age=-600), "future timestamp", (401,), 0)
    expect(server, Delivery(SECRET, age=200), "timestamp of 200 seconds ago", OK, 1)
    delivery = Delivery(SECRET)
    expect(server, delivery, "changed id", (401,), 0, headers={"webhook-id": "another"})
    expect(server, delivery, "changed timestamp", (401,), 0,
           headers={"webhook-timestamp": str(int(delivery.headers["webhook-timestamp"]) + 1)})
    for value in ("", "now", "nan", "-1", "1e400", "9" * 30):
        expect(server, delivery, f"timestamp {value!r}", (401,), 0, headers={"webhook-timestamp": value})
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        expect(server, delivery, f"no {name}", (401,), 0, without=[name])
    expect(server, Delivery(SECRET, previous=OTHER), "new secret during a rotation", OK, 1)
    expect(server, Delivery(OTHER, previous=SECRET), "old secret during a rotation", OK, 1)
    # The repeat has another signature, but the same id.
    again = Delivery(SECRET)
    expect(server, again, "valid", OK, 1)
    expect(server, again, "another x-webhook-id", OK, 1, headers={"x-webhook-id": "another"})


def garbage(server):
    for body in (b"", b"{", b"\xff\xfe", b"null", b"payload=%7B%7D"):
        expect(server, Delivery(OTHER, body=body), f"unsigned body {body!r}", (401, 413), 0)
    for body in (b"{", b"\xff\xfe", b"payload=%7B%7D"):
        expect(server, Delivery(SECRET, body=body), f"signed body {body!r}", (400, 401, 500), 0)
    if server.name != "shell":  # the proxy in front of webhook limits its bodies
        huge = Delivery(SECRET, body=b'{"build_slug":"' + b"a" * BODY_LIMIT + b'"}')
        status = huge.send(server)
        assert status in (401, 413, None), f"a body over the limit: status {status}"
        assert server.handled("aaaaaaaa") == 0, "a body over the limit is handled"
    for request in (b"", b"GARBAGE\r\n\r\n", b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n{",
                    b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -5\r\n\r\n{", b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n",
                    b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", b"GET / HTTP/1.0\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
    expect(server, Delivery(SECRET), "valid after garbage", OK, 1)


def simultaneous(server):
    """Repeats at the same time (five, the queue of http.server). webhook's script fails for those that overtake the first one."""
    delivery = Delivery(SECRET)
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        statuses = list(pool.map(lambda _: delivery.send(server), range(5)))
    allowed = (*OK, 500) if server.name == "shell" else OK
    assert set(statuses) <= set(allowed) and set(statuses) & set(OK), f"statuses {statuses}"
    assert server.handled(delivery.build) == 1, f"handled {server.handled(delivery.build)} times"


def run(program, sender, *arguments, **settings):
    env = {"PATH": os.environ["PATH"], "HOME": str(sender), "GITLAB_CI": "true", "CI_PROJECT_PATH": "example/app", "CI_PIPELINE_ID": "900",
           "CI_PIPELINE_IID": "42", "CI_COMMIT_REF_NAME": 'feature/"quotes"&ünïcode', "BUILDHOOK_STATE_DIR": str(sender / "state"),
           "BUILDHOOK_RETRIES": "0", **{f"BUILDHOOK_{name}": value for name, value in settings.items()}}
    return subprocess.run([program, *arguments], cwd=sender, env=env, capture_output=True, text=True)


def events(server, is_standard, program, sender):
    """Events of the real program: delivered, refused, redelivered, and signed with two secrets."""
    sender.mkdir(exist_ok=True)
    (sender / "app.bin").write_bytes(os.urandom(64))
    attempts = 0

    def send(what, *arguments, code=0, handled=1, **settings):
        nonlocal attempts
        attempts += 1
        build = f"{server.name}-{attempts}".replace("/", "-").replace(" ", "-")
        result = run(program, sender, *arguments, URL=server.url, **{"FIELDS": f"marker={build}.", **settings})
        assert result.returncode == code, f"{what}: exit code {result.returncode}, expected {code}\n{result.stderr}"
        count = server.handled(f"{build}.")
        assert count == handled, f"{what}: handled {count} times, expected {handled}"
        return result

    send("triggered", "triggered", SECRET=SECRET)
    send("finished", "finished", "--status", "failed", SECRET=SECRET)
    result = send("created", "created", "app.bin", "--json", SECRET=SECRET)
    send("wrong secret", "triggered", code=3, handled=0, SECRET=OTHER)
    send("no secret", "triggered", code=3, handled=0)
    send("new secret", "triggered", SECRET=SECRET, PREVIOUS_SECRET=OTHER)
    expected = {"code": 0, "handled": 1} if is_standard else {"code": 3, "handled": 0}
    send("previous secret", "triggered", SECRET=OTHER, PREVIOUS_SECRET=SECRET, **expected)
    delivery = json.loads(result.stdout.splitlines()[0])["deliveries"][0]["delivery"]
    before = len(server.output.read_text().splitlines())
    result = run(program, sender, "redeliver", delivery, URL=server.url, SECRET=SECRET)
    assert result.returncode == 0, f"redeliver: exit code {result.returncode}\n{result.stderr}"
    assert len(server.output.read_text().splitlines()) == before, "a redelivered event is handled again"


def failure(server):
    """If the code that handles an event fails, the answer is not 2xx, and the next attempt is handled."""
    assert server.start(SECRET), "it does not start"
    delivery, other = Delivery(SECRET), Delivery(SECRET)
    expect(server, delivery, "code that fails", (500, None), 0)
    (server.folder / "ok").touch()
    expect(server, other, "another delivery", OK, 1)
    expect(server, delivery, "the next attempt", OK, 1)
    expect(server, delivery, "repeat", OK, 1)

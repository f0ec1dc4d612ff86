#!/usr/bin/env python3
"""`listen` under load: 10,000 events, 200 connections at once, slow, broken and large requests. None is missed, and memory stays flat.

Usage: tests/interop/listen.py PROGRAM
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading

PROGRAM = os.path.abspath(sys.argv[1])
EVENTS = 10_000
CONNECTIONS = 200
# Two bodies of 25 MiB at once, and 200 small ones.
MAX_MEMORY_KB = 96 * 1024


def request(event, body):
    return (
        f"POST / HTTP/1.1\r\nHost: localhost\r\nX-Webhook-Event: {event}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    )


def exchange(port, data):
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(data)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


def send_many(port, numbers, failures):
    for number in numbers:
        answer = exchange(port, request(f"event-{number}", b'{"git":{"src_branch":"main"}}'))
        if not answer.startswith(b"HTTP/1.1 200 "):
            failures.append((number, answer))


def in_threads(count, target, *arguments):
    threads = [threading.Thread(target=target, args=(index, *arguments)) for index in range(count)]
    for thread in threads:
        thread.start()
    return threads


def memory_kb(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1])


def hang(port):
    """Connections that send the start of a request, and no more."""
    hanging = []
    for start in [b"", b"POST / HT", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 26214400\r\n\r\n{"] * 33:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(start)
        hanging.append(connection)
    return hanging


def main():
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([PROGRAM, "listen", "--port", "0", "--json"], stdout=output, stderr=subprocess.PIPE, text=True)
        port = int(re.search(r"localhost:(\d+)", process.stderr.readline())[1])
        failures = []
        hanging = hang(port)
        share = EVENTS // CONNECTIONS
        senders = in_threads(
            CONNECTIONS, lambda index: send_many(port, range(index * share, (index + 1) * share), failures)
        )
        for sender in senders:
            sender.join()
        small = memory_kb(process)
        for connection in hanging:
            connection.close()
        large = request("large", b'{"x":"' + b"y" * (25 * 1024 * 1024 - 8) + b'"}')
        senders = in_threads(8, lambda _: failures.extend([] if exchange(port, large).startswith(b"HTTP/1.1 200 ") else ["large"]))
        for sender in senders:
            sender.join()
        peak = memory_kb(process)
        process.send_signal(signal.SIGINT)
        messages = process.communicate(timeout=60)[1]
        output.seek(0)
        seen = [line["event"] for line in map(json.loads, output) if "refused" not in line]
    assert not failures, failures[:3]
    assert process.returncode == 0, messages
    expected = [f"event-{number}" for number in range(EVENTS)] + ["large"] * 8
    assert sorted(seen) == sorted(expected), f"{len(seen)} lines for {len(expected)} requests"
    assert f"{len(expected)} requests: {len(expected)} unsigned" in messages, messages
    assert peak <= MAX_MEMORY_KB, f"{peak} KB of memory; the limit is {MAX_MEMORY_KB} KB"
    print(f"listen: {EVENTS} events on {CONNECTIONS} connections in {small} KB, 8 bodies of 25 MiB in {peak} KB; none missed")


main()

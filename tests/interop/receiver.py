#!/usr/bin/env python3
"""Listens on a free port of 127.0.0.1 and saves every POST request to a folder.

    receiver.py FOLDER [STATUS BODY [LOCATION]]        default: 204 without a body

FOLDER/port contains the port. FOLDER/0.json, 1.json and so on contain the headers (lower-case names) and the body.
"""

import http.server
import itertools
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
status, response = (int(sys.argv[2]), sys.argv[3].encode()) if len(sys.argv) > 2 else (204, b"")
location = sys.argv[4] if len(sys.argv) > 4 else None
numbers = itertools.count()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = folder / f"{next(numbers)}.json"
        path.write_text(json.dumps({"headers": headers, "body": body}))
        self.send_response(status)
        if location:
            self.send_header("location", location)
        if response:
            self.send_header("content-length", str(len(response)))
        self.end_headers()
        self.wfile.write(response)

    def log_message(self, *_):
        pass


class Server(http.server.HTTPServer):
    request_queue_size = 128


server = Server(("127.0.0.1", 0), Handler)
# Rename, so that a reader never sees an empty file.
(folder / "port.new").write_text(str(server.server_port))
(folder / "port.new").rename(folder / "port")
server.serve_forever()

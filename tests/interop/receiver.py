#!/usr/bin/env python3
"""Takes every request at a free port of the loopback and writes each to a file of its own.

    receiver.py FOLDER [STATUS BODY]        default: 204 and no body

`port` in the folder has the port; `0.json`, `1.json` … have headers, in lower case, and bodies.
"""

import http.server
import itertools
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
status, answer = (int(sys.argv[2]), sys.argv[3].encode()) if len(sys.argv) > 2 else (204, b"")
numbers = itertools.count()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = folder / f"{next(numbers)}.json"
        path.write_text(json.dumps({"headers": headers, "body": body}))
        self.send_response(status)
        if answer:
            self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
(folder / "port.new").write_text(str(server.server_port))
(folder / "port.new").rename(folder / "port")
server.serve_forever()

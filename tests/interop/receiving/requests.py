"""Requests as buildhook sends them, and with mistakes."""

import base64
import hashlib
import hmac
import http.client
import json
import time
import uuid


def standard_signature(secret, delivery, timestamp, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{delivery}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class Delivery:
    """One delivery of an event about a new build. It may be sent repeatedly."""

    def __init__(self, secret, previous=None, age=0, body=None):
        self.build = uuid.uuid4().hex[:16]
        self.body = json.dumps({"build_slug": self.build, "build_status": 0}).encode() if body is None else body
        delivery, timestamp = str(uuid.uuid4()), str(int(time.time()) - age)
        secrets = [secret] if previous is None else [secret, previous]
        self.headers = {
            "content-type": "application/json",
            "x-webhook-event": "build/triggered",
            "x-webhook-id": delivery,
            # The event's time, which may be long ago.
            "x-webhook-timestamp": "1700000000",
            "x-webhook-signature": hmac.new(secret.encode(), self.body, hashlib.sha256).hexdigest(),
            "webhook-id": delivery,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(standard_signature(each, delivery, timestamp, self.body) for each in secrets),
        }

    def send(self, server, headers=None, without=(), body=None, rename=str):
        """Returns the status, or None if the server closed the connection without a response."""
        headers = {rename(name): value for name, value in {**self.headers, **(headers or {})}.items() if name not in without}
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        try:
            connection.request("POST", server.path, self.body if body is None else body, headers)
            response = connection.getresponse()
            response.read()
            return response.status
        except (ConnectionError, http.client.HTTPException):
            return None
        finally:
            connection.close()

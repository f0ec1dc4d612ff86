#!/usr/bin/env python3
"""Reads received CDEvents with CloudEvents' SDK for Python and checks them against each other.

    cdevents.py EXPECTED FOLDER…

EXPECTED is a JSON object from the names of folders to the expected type of their only event. A FOLDER is one that receiver.py wrote.
"""

import json
import pathlib
import sys
import uuid

from cloudevents.core.bindings.http import HTTPMessage, from_binary
from cloudevents.core.formats.json import JSONFormat


def read(folder):
    requests = sorted(folder.glob("[0-9]*.json"))
    assert len(requests) == 1, f"{folder.name}: {len(requests)} requests"
    request = json.loads(requests[0].read_text())
    return from_binary(HTTPMessage(headers=request["headers"], body=request["body"].encode()), JSONFormat())


expected = json.loads(sys.argv[1])
events = {folder.name: read(folder) for folder in map(pathlib.Path, sys.argv[2:])}
assert events.keys() == expected.keys(), events.keys()
for name, event in events.items():
    data = event.get_data()
    context, subject = data["context"], data["subject"]
    assert event.get_type() == context["type"] == expected[name], f"{name}: {event.get_type()}"
    assert event.get_id() == context["id"], name
    assert event.get_source() == context["source"], name
    assert event.get_subject() == subject["id"], f"{name}: {event.get_subject()}"
    assert event.get_time().strftime("%Y-%m-%dT%H:%M:%S.%fZ") == context["timestamp"], name
    assert event.get_datacontenttype() == data["customDataContentType"] == "application/json", name
    assert uuid.UUID(context["chainId"]).version == 8, name

chains = {event.get_data()["context"]["chainId"] for event in events.values()}
assert len(chains) == 1, f"several chains: {chains}"
runs = {events[name].get_subject() for name in ("triggered", "finished")}
assert len(runs) == 1, f"several runs: {runs}"
artifacts = {events[name].get_subject() for name in ("created", "moved", "labeled", "release-of-one")}
assert len(artifacts) == 1, f"several artifacts: {artifacts}"
artifact = artifacts.pop()
assert artifact.startswith("pkg:generic/M%C3%B6n%20App%20%281%29.apk@1.2.3%2B4?checksum="), artifact
release = events["release-of-two"]
assert release.get_subject() == "pkg:generic/example/app@2.0.0", release.get_subject()
assert artifact in release.get_data()["customData"]["artifacts"], release.get_data()["customData"]["artifacts"]

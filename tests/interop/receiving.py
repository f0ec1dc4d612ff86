#!/usr/bin/env python3
"""Runs every code block of docs/receiving.md as it is in the document.

    receiving.py PROGRAM

Each receiver gets valid, wrong, changed, old, repeated and broken requests, and events of the real program. TOOLS_DIR is the folder
where .ci/run installs FastAPI, Express and the libraries of Standard Webhooks.
"""

import pathlib
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "receiving"))

import checks  # noqa: E402
import document  # noqa: E402
import programs  # noqa: E402
import servers  # noqa: E402


def receivers(files, folder):
    """Yields each receiver, the same one with code that fails, and whether it verifies Standard Webhooks."""
    for language, start, suffix, (by_hand, standard) in [
        ("python", servers.python, ".py", ("stdlib.py", "fastapi_app.py")),
        ("node", servers.node, ".mjs", ("http.mjs", "express.mjs")),
    ]:
        by_hand_code, standard_code = files[f"{language}/{by_hand}"], files[f"{language}/{standard}"]
        for name, code, is_standard in [
            (by_hand, by_hand_code, False),
            (standard, standard_code, True),
            # As the document explains, `verify` can be exchanged.
            (f"{by_hand} with the library", document.with_verify_of(by_hand_code, standard_code, suffix), True),
            (f"{standard} by hand", document.with_verify_of(standard_code, by_hand_code, suffix), False),
        ]:
            name = f"{language}/{name}"
            yield start(name, folder / name, code), start(name, folder / f"{name} failing", document.failing(code, suffix)), is_standard

    main, failing = files["go/main.go"], document.failing(files["go/main.go"], ".go")
    for verify in ("by_hand", "standard"):
        name, code = f"go/{verify}", files[f"go/{verify}/verify.go"]
        yield servers.go(name, folder / name, main, code), servers.go(name, folder / f"{name} failing", failing, code), verify == "standard"

    main, failing = files["rust/main.rs"], document.failing(files["rust/main.rs"], ".rs")
    by_hand, standard = (files[f"rust/{verify}/verify.rs"] for verify in ("by_hand", "standard"))
    rust = servers.rust(folder / "rust", {"by_hand": (main, by_hand), "by_hand_failing": (failing, by_hand),
                                          "standard": (main, standard), "standard_failing": (failing, standard)})
    for verify in ("by_hand", "standard"):
        yield rust[verify], rust[f"{verify}_failing"], verify == "standard"

    hooks, script = files["shell/hooks.json"], files["shell/on-build.sh"]
    failing = servers.shell("shell", folder / "shell failing", hooks, document.failing(script, ".sh"))
    yield servers.shell("shell", folder / "shell", hooks, script), failing, False


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    files, reasons = document.blocks()
    servers.check_format(files)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        started = time.monotonic()
        count = 0
        for server, failing, is_standard in receivers(files, folder):
            built = time.monotonic()
            checks.check(server, failing, is_standard, program, folder / "sender")
            print(f"receiving: {server.name}: built in {built - started:.1f} s, checked in {time.monotonic() - built:.1f} s", flush=True)
            started, count = time.monotonic(), count + 1
        programs.check(files, program, folder)
    print(f"receiving: {count} receivers, the SQL, and the programs for SQLite and GitHub; not run: {'; '.join(reasons)}")


if __name__ == "__main__":
    main()

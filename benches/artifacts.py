#!/usr/bin/env python3
"""Benchmarks reading artifacts: buildhook against `openssl dgst` and `aapt dump badging`.

    benches/artifacts.py [RUNS]        default: 5

Prints the median elapsed time and the peak memory, as tables of docs/benchmarks.md. Compare ratios, not times: all commands slow
down equally on a busy machine. Skips `aapt` if it is not installed.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILDHOOK = pathlib.Path(os.environ.get("BUILDHOOK_BIN", ROOT / "target" / "release" / "buildhook")).resolve()
GIBIBYTE = 1 << 30


def cost(command):
    """Elapsed milliseconds and peak memory in MB of one run.

    GNU time starts the command: a direct child would inherit the peak of this process.
    """
    with tempfile.NamedTemporaryFile() as report:
        timed = ["/usr/bin/time", "--format=%M", f"--output={report.name}", *command]
        start = time.perf_counter()
        subprocess.run(timed, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        elapsed = time.perf_counter() - start
        return elapsed * 1000, int(report.read()) / 1024


def compare(title, runs, commands):
    """Prints a table. The last command is ours; the others are compared with it."""
    costs = {name: [] for name in commands}
    for _ in range(runs + 1):
        for name, command in commands.items():
            costs[name].append(cost(command))
    times = {name: statistics.median(time for time, _ in values[1:]) for name, values in costs.items()}
    ours = list(commands)[-1]
    print(f"\n{title}, median of {runs} runs:\n\n| command | time | memory | time in buildhook's |\n| --- | --- | --- | --- |")
    for name, values in costs.items():
        memory = max(memory for _, memory in values)
        print(f"| {name} | {times[name]:.1f} ms | {memory:.1f} MB | {times[name] / times[ours]:.2f} × |")


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    if not shutil.which("/usr/bin/time"):
        sys.exit("/usr/bin/time not found: install Debian's package time")
    if not BUILDHOOK.exists():
        sys.exit(f"{BUILDHOOK} not found: run cargo build --release")
    with tempfile.TemporaryDirectory() as folder:
        big = pathlib.Path(folder, "big.bin")
        with big.open("wb") as file:
            block = os.urandom(1 << 20)
            for _ in range(GIBIBYTE >> 20):
                file.write(block)
        copy = pathlib.Path(folder, "copy.bin")
        shutil.copyfile(big, copy)
        compare("MD5 and SHA-256 of 1 GiB, and of two such files", runs, {
            "`openssl dgst -md5`": ["openssl", "dgst", "-md5", big],
            "`openssl dgst -sha256`": ["openssl", "dgst", "-sha256", big],
            "both at the same time": ["sh", "-c", 'openssl dgst -md5 "$1" & openssl dgst -sha256 "$1"; wait', "sh", big],
            "`buildhook inspect` of both files": [BUILDHOOK, "inspect", big, copy],
            "`buildhook inspect`": [BUILDHOOK, "inspect", big],
        })
        big.unlink()
        copy.unlink()
        if not shutil.which("aapt"):
            print("\naapt is not installed: skipping apks")
            return
        apk = pathlib.Path(folder, "app.apk")
        data = ROOT / "tests" / "data" / "android"
        with zipfile.ZipFile(apk, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(data / "resources.arsc", "resources.arsc")
            archive.write(data / "simple.bin", "AndroidManifest.xml")
            for number in range(2000):
                archive.writestr(f"res/drawable/picture-{number}.png", os.urandom(100))
        compare("An apk of 2,000 files", runs * 10, {
            "`aapt dump badging`": ["aapt", "dump", "badging", apk],
            "`buildhook inspect`": [BUILDHOOK, "inspect", apk],
        })


if __name__ == "__main__":
    main()

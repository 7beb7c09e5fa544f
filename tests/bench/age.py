#!/usr/bin/env python3
"""Making and opening age files beside the age program: one core, both in turn in both orders, medians.

    tests/bench/age.py [--runs N] [--megabytes N]

Reads a file in memory (/dev/shm) and writes to /dev/null. CPU is user and system time of the process.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / "build/release"
OURS = str(BUILD / "tests/bench/bench_age_file")


def measure(words: list[str], source: Path, target: Path) -> dict:
    """Seconds of one run on core 0."""
    with open(source, "rb") as stdin, open(target, "wb") as stdout:
        started = time.monotonic()
        child = subprocess.Popen(["taskset", "-c", "0", *words], stdin=stdin, stdout=stdout)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - started
        child.returncode = status
    if status != 0:
        sys.exit(f"{words[0]} failed")
    return {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime}


def compare(title: str, ours: list[str], age: list[str], source: Path, runs: int, megabytes: float) -> None:
    results: dict[str, list[dict]] = {"ours": [], "age": []}
    for run in range(runs):
        order = (("ours", ours), ("age", age))
        for name, words in order if run % 2 == 0 else reversed(order):
            results[name].append(measure(words, source, Path("/dev/null")))
    median = {name: {key: statistics.median(run[key] for run in all_runs) for key in all_runs[0]}
              for name, all_runs in results.items()}
    for name, figures in median.items():
        print(f"{title:28} {name:5} {megabytes / figures['seconds']:8.0f} MB/s {figures['cpu'] / megabytes * 1000:7.3f} s/GB CPU")
    print(f"{title:28} ratio {median['age']['seconds'] / median['ours']['seconds']:8.2f}"
          f" {median['ours']['cpu'] / median['age']['cpu']:15.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--megabytes", type=int, default=512)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as scratch:
        folder = Path(scratch)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "ssh"], check=True)
        subprocess.run(["age-keygen", "-o", folder / "key"], check=True, stderr=subprocess.DEVNULL)
        ssh = " ".join((folder / "ssh.pub").read_text().split()[:2])
        secret = (folder / "key").read_text().split()[-1]
        recipient = subprocess.run(["age-keygen", "-y", folder / "key"], check=True, capture_output=True,
                                   text=True).stdout.strip()
        plain = folder / "plain"
        with open(plain, "wb") as out:
            for _ in range(options.megabytes):
                out.write(os.urandom(1 << 20))
        megabytes = options.megabytes * (1 << 20) / 1e6
        compare("encrypt to ssh-ed25519", [OURS, ssh], ["age", "-r", ssh], plain, options.runs, megabytes)
        sealed = folder / "sealed"
        measure([OURS, recipient], plain, sealed)
        plain.unlink()
        compare("decrypt", [OURS, "-d", secret], ["age", "-d", "-i", str(folder / "key")], sealed, options.runs, megabytes)


if __name__ == "__main__":
    main()

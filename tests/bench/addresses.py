#!/usr/bin/env python3
"""What a sender meets at the addresses of present and absent users, in a namespace with AnyIP. Needs root.

    tests/bench/addresses.py [--users N] [--present N] [--rounds N] [--build DIR]

All sessions are in one process, the sender is one Python program that connects to one address after the other: its own
share of each time is some 10 us. "Refused after the end": from the order to end a session until a sender is refused.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/interop"))

# Connects again and again until it is refused, and prints the time of the system's monotonic clock then.
UNTIL_REFUSED = """
import socket, sys, time
print("go", flush=True)
while True:
    with socket.socket(socket.AF_INET6) as connection:
        try:
            connection.connect((sys.argv[1], 25))
        except ConnectionRefusedError:
            print(time.monotonic())
            break
        except ConnectionResetError:
            pass  # the listener closed while this connection waited in its queue
    time.sleep(0.0005)  # faster than it can accept, its queue would fill up, and the kernel answer a second later
"""


def row(name: str, seconds: list[float]) -> None:
    microseconds = sorted(one * 1e6 for one in seconds)
    p99 = microseconds[int(len(microseconds) * 0.99)]
    print(f"| {name} | {statistics.median(microseconds):,.0f} | {p99:,.0f} | {len(microseconds):,} |", flush=True)


def time_to_close(machine, crowd, name: str) -> float:
    argv = machine.inside(["python3", "-c", UNTIL_REFUSED, crowd.addresses[name]])
    sender = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    sender.stdout.readline()
    time.sleep(0.02)
    began = time.monotonic()
    crowd.leave(name)
    refused = float(sender.communicate(timeout=30)[0])
    return refused - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=str(ROOT / "build/release"))
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--present", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.environ["SISUMAIL_BUILD"] = options.build
    from harness.scratch import Scratch
    from harness.zone import Crowd, Machine, ZoneRelay

    limits = ("unauthenticated-per-source=100000", "early-drop-start=100%", "arrivals-per-address=1000000")
    limits += ("arrivals-per-prefix=1000000",)
    with Scratch("addresses") as scratch:
        machine = Machine(scratch)
        crowd = Crowd(scratch, machine, options.users)
        ZoneRelay(scratch, machine, tuple(f"--limit={limit}" for limit in limits))
        took = crowd.present(options.present)
        print(f"{options.present} of {options.users} users became present in {took:.2f} s, 16 at a time\n")
        print("| what a sender waits for | median, us | 99 %, us | times |\n|---|---|---|---|")
        names = list(crowd.addresses)
        present, absent = names[: options.present], names[options.present :]
        greeted, connected, refused = [], [], []
        for _ in range(options.rounds):
            for answer in machine.probe([crowd.addresses[name] for name in present]):
                assert answer.error is None, answer
                connected.append(answer.connected)
                greeted.append(answer.greeted)
            for answer in machine.probe([crowd.addresses[name] for name in absent]):
                assert answer.error == "Connection refused", answer
                refused.append(answer.connected)
        row("connected to a present user", connected)
        row("greeted by that user's own client", greeted)
        row("refused at an absent user's address", refused)
        row("refused after the end of the session", [time_to_close(machine, crowd, name) for name in present[:20]])


if __name__ == "__main__":
    main()

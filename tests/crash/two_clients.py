#!/usr/bin/env python3
"""Two clients with one key: one takeover, and no sender notices.

    tests/crash/two_clients.py [--seconds N]     30 seconds; the long run has 300

Senders that do not try again deliver all the time, some with a connection for each message, some with long ones that last
across the takeover. After a third of the time a second client logs in with the same key. No connection may be refused or
break, every message must be in one of the two Maildirs, the first client must be replaced once, and the second never.
"""

import argparse
import sys
import time

from load import Load, verify

from harness.programs import Client, start_pair
from harness.scratch import Failed, Process, Scratch


def expect(condition: bool, what: str) -> None:
    if not condition:
        raise Failed(what)


def replacements(process: Process) -> int:
    """Clients and relay log each with this word."""
    return sum("replaced" in line for line in process.log().splitlines())


def play(scratch: Scratch, seconds: int) -> str:
    relay, first = start_pair(scratch)
    once = ("--retry-for", "0", "--seconds", str(seconds), "--messages", "1000000")
    short = Load(scratch, "short", relay.tier1_port, *once, "--connections", "8", "--rate", "60", "--seed", "1")
    shape = ("--connections", "4", "--per-connection", "90", "--rate", "20", "--seed", "2", "--sizes", "1k-100k")
    long = Load(scratch, "long", relay.tier1_port, *once, *shape)
    time.sleep(seconds / 3)
    second = Client(scratch, relay, key=first.key, name="second")
    figures = [load.wait(seconds + 60) for load in (short, long)]
    for load, got in zip((short, long), figures):
        lost = {name: got[name] for name in ("refused", "unknown", "unsent") if got[name]}
        expect(not lost, f"the {load.process.name} senders noticed: {lost}")
    for program, count in ((first, 1), (second, 0)):
        seen = replacements(program.process)
        expect(seen == count, f"the {program.name} was replaced {seen} times instead of {count}")
    expect(replacements(relay.process) >= 1, "the relay logged no takeover")
    expect(first.process.running() and second.process.running(), "a client ended")
    both = scratch.path / "both.journal"
    both.write_text(short.journal.read_text() + long.journal.read_text())
    result = verify(both, first.maildir, second.maildir)
    shares = [len(list((client.maildir / "new").iterdir())) for client in (first, second)]
    expect(min(shares) > 0, f"one of the clients got nothing: {shares}")
    return f"{result}; {shares[0]} to the first client, {shares[1]} to the second"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30)
    options = parser.parse_args()
    with Scratch("two-clients") as scratch:
        try:
            print(play(scratch, options.seconds))
        except AssertionError as failure:
            scratch.print_logs(30)
            print(failure, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Thousands of users of one relay: idle, and after a restart of it.

    tests/bench/restart.py [--sessions 3000] [--accounts 20000] [--idle 20] [--build DIR] [--limit NAME=VALUE ...]
                           [--no-restarts]

Clients are those of sisumail (client::Link), in one process on the same machine (bench_fleet); each is present, so each
has a listener of its own, too. Reported: the time until all are online when all begin in one instant, memory of the
relay per session, CPU of the relay while all are idle, and for a restart by SIGTERM and one by SIGKILL the time from the
signal until all clients are online again, with what the limits did. Log-ins one after the other are measured beside the
idle sessions. All clients come from 127.0.0.1, so the limit per source is lifted; the one in all is as it is.
"""

import argparse
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
PREFIX = "2001:db8:5157:1::/64"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Relay:
    def __init__(self, options: argparse.Namespace, state: pathlib.Path):
        self.ssh, self.metrics = free_port(), free_port()
        self.log = open(state.parent / "relay.log", "ab")
        self.argv = [
            *(pathlib.Path(options.build) / "relay/sisumail-relay", "--zone", "sisu.test", "--ipv6-prefix", PREFIX),
            *("--ssh-listen", f"127.0.0.1:{self.ssh}", "--tier1-port", free_port(), "--state", state),
            *("--metrics-listen", f"127.0.0.1:{self.metrics}", "--limit", "unauthenticated-per-source=1000000"),
        ]
        for limit in options.limit:
            self.argv += ["--limit", limit]

    def start(self) -> float:
        """Seconds until it is ready."""
        begin = time.monotonic()
        self.process = subprocess.Popen(list(map(str, self.argv)), stdout=self.log, stderr=self.log)
        while self.page("readyz")[0] != 200:
            if self.process.poll() is not None:
                raise RuntimeError(f"the relay ended; see {self.log.name}")
            time.sleep(0.005)
        return time.monotonic() - begin

    def stop(self, number: int) -> float:
        """Seconds until it has ended."""
        begin = time.monotonic()
        self.process.send_signal(number)
        self.process.wait()
        return time.monotonic() - begin

    def page(self, name: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}/{name}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except OSError as error:
            return getattr(error, "code", 0), ""

    def samples(self, pattern: str) -> dict[str, int]:
        """Those that are not zero."""
        found = re.findall(rf"^({pattern}\S*) (\S+)$", self.page("metrics")[1], re.MULTILINE)
        return {name: int(float(value)) for name, value in found if float(value) > 0}

    def cpu_seconds(self) -> float:
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_bytes(self) -> int:
        text = pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(re.search(r"^Pss:\s+(\d+) kB", text, re.M).group(1)) * 1024


class Fleet:
    def __init__(self, options: argparse.Namespace, state: pathlib.Path, ssh_port: int):
        program = pathlib.Path(options.build) / "tests/bench/bench_fleet"
        words = [program, state, PREFIX, f"127.0.0.1:{ssh_port}", options.accounts, options.sessions]
        self.process = subprocess.Popen(
            list(map(str, words)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.expect("registered")

    def tell(self, line: str) -> None:
        self.process.stdin.write(line + "\n")

    def expect(self, word: str) -> list[float]:
        line = self.process.stdout.readline().split()
        if not line or line[0] != word:
            raise RuntimeError(f"bench_fleet said {line} instead of {word}")
        return [float(number) for number in line[1:]]


def say(what: str, figure: str) -> None:
    print(f"{what:<58} {figure}", flush=True)


def say_back(what: str, relay: Relay, fleet: Fleet) -> None:
    _, last, median, p99 = fleet.expect("back")
    say(what, f"{last:.2f} s (median {median:.2f}, 99 % {p99:.2f})")
    for name, value in relay.samples("sisumail_relay_(?:limit_reached|logins)_total").items():
        say("    " + name.removeprefix("sisumail_relay_"), str(value))


def measure(options: argparse.Namespace, scratch: pathlib.Path) -> None:
    state = scratch / "state"
    state.mkdir(mode=0o700)
    relay = Relay(options, state)
    begin = time.monotonic()
    fleet = Fleet(options, state, relay.ssh)
    say(f"registering {options.accounts} accounts, not synced", f"{time.monotonic() - begin:.1f} s")
    say(f"start with {options.accounts} accounts, until ready", f"{relay.start():.2f} s")
    empty = relay.memory_bytes()
    try:
        fleet.tell("go")
        say_back(f"{options.sessions} clients begin in one instant: all online", relay, fleet)
        time.sleep(5)
        per_session = (relay.memory_bytes() - empty) / options.sessions
        say("memory of the relay per session, present and following events", f"{per_session / 1000:.1f} kB")
        before = relay.cpu_seconds()
        time.sleep(options.idle)
        idle = (relay.cpu_seconds() - before) / options.idle
        say(f"CPU of the relay while they are idle, over {options.idle} s", f"{idle * 100:.2f} % of a core")
        fleet.tell("log-ins 500")
        say("one log-in beside them, one after the other", f"{fleet.expect('log-ins')[0] / 1000:.2f} ms")
        for number, name in () if options.no_restarts else ((signal.SIGTERM, "SIGTERM"), (signal.SIGKILL, "SIGKILL")):
            fleet.tell("mark")
            ended, started = relay.stop(number), relay.start()
            say(f"{name}: until it had ended, then until it was ready again", f"{ended:.2f} s, {started:.2f} s")
            say_back(f"{name}: all clients online again after", relay, fleet)
            time.sleep(35)  # a session that held for 30 s was a good one: the client's next wait is a first one again
    finally:
        fleet.process.kill()
        relay.process.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sessions", type=int, default=3000)
    parser.add_argument("--accounts", type=int, default=20000)
    parser.add_argument("--idle", type=int, default=20, help="seconds")
    parser.add_argument("--build", default=str(ROOT / "build/release"))
    parser.add_argument("--limit", action="append", default=[], metavar="NAME=VALUE", help="for the relay")
    parser.add_argument("--no-restarts", action="store_true", help="end after the log-ins")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sisumail-bench-") as scratch:
        measure(options, pathlib.Path(scratch))


if __name__ == "__main__":
    main()

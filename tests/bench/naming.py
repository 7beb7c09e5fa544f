#!/usr/bin/env python3
"""Thousands of users' records, from the socket of sisumail-dns into a zone that a real Knot signs, on loopback.

    tests/bench/naming.py [--users 10000] [--changed 1000] [--second-server] [--build DIR] [--keep-log FILE]

Measured: everybody's records published, from the first line on the socket until all are live, that is served by each server
of the zone; `sync` then, which finds nothing to do; a restart of sisumail-dns with the same sets declared again; some
users changed; then users one at a time. For each the time, the updates that Knot took (one for each user whose records changed), how
many transactions Knot made of them, and the CPU time of both programs.
"""

import argparse
import base64
import hashlib
import json
import os
import pathlib
import re
import secrets
import socket
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/interop"))

ZONE = "bench.test."
TICKS = os.sysconf("SC_CLK_TCK")

# The policy of deploy/knot; the acl is the key's alone.
KNOT = """\
server:
    rundir: {path}/run
    listen: [ 127.0.0.1@{port} ]
log:
  - target: stderr
    any: info
database:
    storage: {path}/db
key:
  - id: bench
    algorithm: hmac-sha256
    secret: {secret}
acl:
  - id: bench
    key: bench
    action: [ update, transfer, notify ]
    update-type: [ A, AAAA, MX, TXT, CAA, TLSA ]
remote:
  - id: other
    address: 127.0.0.1@{other}
    key: bench
policy:
  - id: sisumail
    algorithm: ecdsap256sha256
    single-type-signing: on
    ksk-lifetime: 0
    nsec3: on
    nsec3-iterations: 0
    nsec3-salt-length: 0
    rrsig-lifetime: 14d
    rrsig-refresh: 7d
    zone-max-ttl: 1h
template:
  - id: default
    storage: {path}
    file: "%s.zone"
    zonefile-load: whole
    zonefile-sync: 1h
zone:
  - domain: {zone}
    acl: bench
    {role}
"""
SIGNS = "dnssec-signing: on\n    dnssec-policy: sisumail"


def records_of(label: str, number: int, roll: int) -> list[dict]:
    """What docs/dns-records.md lists for a user with Tier 2: 13 records under 7 names."""
    user, host = f"{label}.{ZONE}", f"{label}.v6.{ZONE}"
    keys = [hashlib.sha256(f"{number} {roll + which}".encode()).hexdigest() for which in (0, 1)]
    account = f"https://acme-v02.api.letsencrypt.org/acme/acct/{100_000_000 + number}"
    found = [
        (user, "MX", 3600, f"10 {host}"),
        (user, "MX", 3600, f"20 spool.{ZONE}"),
        (f"t1.{user}", "MX", 3600, f"10 {host}"),
        (host, "AAAA", 300, f"2001:db8::{number >> 16:x}:{number & 0xFFFF:x}"),
        *((f"_25._tcp.{host}", "TLSA", 300, f"3 1 1 {key}") for key in keys),
        (host, "CAA", 300, f'0 issue "letsencrypt.org; accounturi={account}; validationmethods=dns-01"'),
        (host, "CAA", 300, '0 issuewild ";"'),
        *((name, "TXT", 3600, '"v=spf1 -all"') for name in (user, host, f"t1.{user}")),
        *((f"_dmarc.{name}", "TXT", 3600, '"v=DMARC1; p=reject"') for name in (user, f"t1.{user}")),
    ]
    return [dict(zip(("name", "type", "ttl", "value"), one)) for one in found]


class Knot:
    def __init__(self, scratch, name: str, port: int, other: int, secret: str, role: str):
        self.scratch, self.name, self.port = scratch, name, port
        path = scratch.path / name
        for folder in ("run", "db"):
            (path / folder).mkdir(parents=True)
        values = {"path": path, "port": port, "other": other, "secret": secret, "zone": ZONE, "role": role}
        (path / "knot.conf").write_text(KNOT.format(**values))
        if "signing" in role:
            head = f"$ORIGIN {ZONE}\n@ 60 SOA ns hostmaster 1 3600 600 432000 60\n@ 3600 NS ns\nns 3600 A 127.0.0.1\n"
            (path / f"{ZONE.rstrip('.')}.zone").write_text(head)
        self.process = scratch.start(name, ["knotd", "-c", path / "knot.conf"])

    def serial(self) -> int:
        said = self.scratch.run(["kdig", "+short", "@127.0.0.1", "-p", self.port, ZONE, "SOA"]).stdout.split()
        return int(said[2]) if len(said) == 7 else 0

    def updates(self) -> int:
        return sum(map(int, re.findall(r"DDNS, processing (\d+) updates", self.process.log())))


class Peer:
    """The relay's end of the socket."""

    def __init__(self, path: pathlib.Path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("rb")
        self.say({"hello": {"version": 1, "zone": ZONE}})

    def say(self, line: dict) -> None:
        self.socket.sendall(json.dumps(line).encode() + b"\n")

    def declare(self, sets: dict[str, list]) -> None:
        """All owners there are, and waits until each of them is live."""
        waiting = dict.fromkeys(sets, "")
        writer = self.writing(sets, waiting)
        next(writer, None)
        while waiting:
            line = json.loads(self.lines.readline())
            if problem := line.get("problem"):
                raise SystemExit(f"sisumail-dns: {problem['what']}")
            if state := line.get("state"):
                next(writer, None)
                if state["live"] and waiting.get(state["owner"]) == state["digest"]:
                    del waiting[state["owner"]]
        for _ in writer:
            pass

    def writing(self, sets: dict[str, list], waiting: dict):
        """One set for each state that comes back, some ahead: neither end's buffer fills up."""
        for index, (owner, records) in enumerate(sets.items()):
            digest = hashlib.sha256(json.dumps(records).encode()).hexdigest()
            waiting[owner] = digest
            self.say({"set": {"owner": owner, "digest": digest, "records": records}})
            if index >= 500:
                yield
        self.say({"complete": {}})

    def add(self, owner: str, records: list) -> float:
        """One more; seconds until it is live."""
        began = time.monotonic()
        self.say({"set": {"owner": owner, "digest": "one", "records": records}})
        while True:
            state = json.loads(self.lines.readline()).get("state", {})
            if state.get("owner") == owner and state["live"]:
                return time.monotonic() - began

    def ask(self, what: str) -> dict:
        self.say({"ask": {"what": what}})
        while "done" not in (line := json.loads(self.lines.readline())):
            pass
        return line["done"]


def cpu_seconds(process) -> float:
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_memory(process) -> float:
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text())[1]) / 1024


class Measured:
    """A row of the table: what happens between entering and leaving."""

    def __init__(self, name: str, service, knot: Knot):
        self.name, self.service, self.knot = name, service, knot

    def figures(self) -> tuple:
        used = (cpu_seconds(self.service.process), cpu_seconds(self.knot.process))
        return (time.monotonic(), self.knot.updates(), self.knot.serial(), *used)

    def __enter__(self):
        self.before = self.figures()

    def __exit__(self, error, *_):
        if error:
            return
        took, updates, serials, ours, knots = (after - before for after, before in zip(self.figures(), self.before))
        print(f"| {self.name} | {took:.2f} | {updates:,} | {serials:,} | {ours:.2f} | {knots:.2f} |", flush=True)


class Service:
    def __init__(self, scratch, build: pathlib.Path, knot: Knot, servers: list[int], secret: str):
        self.scratch, self.build = scratch, build
        key = scratch.path / "key"
        key.write_text(f"hmac-sha256:bench:{secret}\n")
        key.chmod(0o600)
        (scratch.path / "state").mkdir(mode=0o700)
        self.socket = scratch.path / "socket"
        listed = ", ".join(f'"127.0.0.1:{port}"' for port in servers)
        (scratch.path / "dns.toml").write_text(
            f'zone = "{ZONE}"\nprovider = "rfc2136"\nstate = "{scratch.path}/state"\nsocket = "{self.socket}"\n'
            f'[peers]\nrelay = "{os.getuid()}"\n[rfc2136]\nserver = "127.0.0.1:{knot.port}"\nkey_file = "{key}"\n'
            f"[lookup]\nservers = [{listed}]\n"
        )
        self.start()

    def start(self) -> None:
        from harness.scratch import wait_until

        program = [self.build / "relay/sisumail-dns", "--config", self.scratch.path / "dns.toml"]
        self.process = self.scratch.start("sisumail-dns", program)
        wait_until(self.socket.exists, "the socket")

    def restart(self) -> None:
        self.process.stop()
        self.start()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=str(ROOT / "build/release"))
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--changed", type=int, default=1_000)
    parser.add_argument("--second-server", action="store_true", help="a secondary, which must serve all as well")
    options = parser.parse_args()
    from harness.scratch import Scratch, free_port, wait_until

    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    with Scratch("naming") as scratch:
        ports = (free_port(), free_port())
        knot = Knot(scratch, "knot", *ports, secret, SIGNS + ("\n    notify: other" if options.second_server else ""))
        servers = [ports[0]]
        wait_until(knot.serial, "Knot to serve the zone")
        if options.second_server:
            second = Knot(scratch, "second", *reversed(ports), secret, "master: other")
            servers.append(ports[1])
            wait_until(second.serial, "the second server to have the zone")
        service = Service(scratch, pathlib.Path(options.build), knot, servers, secret)
        sets = {f"u{number}": records_of(f"u{number}", number, 0) for number in range(options.users)}
        each = len(sets["u0"])
        print(f"{options.users:,} users, {each * options.users:,} records, {len(servers)} server(s)\n")
        print("| what | s | updates | transactions | CPU of sisumail-dns, s | CPU of Knot, s |\n|---|---|---|---|---|---|")
        peer = Peer(service.socket)
        with Measured(f"{options.users:,} users declared, until all are live", service, knot):
            peer.declare(sets)
        with Measured("`sync` then", service, knot):
            done = peer.ask("sync")
        assert done["findings"] == 0 and not done["problem"], done
        peer = None
        service.restart()
        with Measured("all declared again after a restart", service, knot):
            peer = Peer(service.socket)
            peer.declare(sets)
            done = peer.ask("sync")
        assert done["findings"] == 0 and not done["problem"], done
        changed = sets | {f"u{number}": records_of(f"u{number}", number, 1) for number in range(options.changed)}
        with Measured(f"keys rolled by {options.changed:,} of them", service, knot):
            peer = Peer(service.socket)
            peer.declare(changed)
        singles = [peer.add(f"one{number}", records_of(f"one{number}", number, 0)) for number in range(20)]
        singles = sorted(1000 * one for one in singles)
        print(f"\none more user, {len(singles)} times: live after {singles[10]:.0f} ms (median; {singles[-1]:.0f} at most)")
        print(f"peak memory: sisumail-dns {peak_memory(service.process):.0f} MiB, Knot {peak_memory(knot.process):.0f} MiB")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Messages with STARTTLS into a Maildir, end to end through relay and client, beside Postfix that receives directly;
and big messages beside the same client without the tunnel. One run, medians, both orders in turn.

    tests/bench/messages.py [--runs N] [--messages N] [--connections N] [--only own,shared,big]

The load is smtp_load on the same machine. "machine CPU" is what all of it used, with the kernel's threads, which write
files for our client. A Postfix 250 means queued, ours means in the Maildir:
"in the Maildir/s" counts until the last file of each is in new/. Needs root (for Postfix).
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "interop"))

from harness.postfix import Postfix  # noqa: E402
from harness.programs import BUILD, Client, Relay  # noqa: E402
from harness.scratch import Scratch, free_port, wait_until  # noqa: E402

LOAD = BUILD / "tests/support/smtp_load/smtp_load"
TICKS = os.sysconf("SC_CLK_TCK")
NO_RATE_LIMITS = tuple(f"--limit={name}" for name in (
    "user-rate=4000000000", "connections-per-source=4000", "arrivals-per-user=1000000", "arrivals-per-address=1000000",
    "arrivals-per-prefix=1000000",
))


def load(port: int, messages: int, size: str, per_connection: int, connections: int) -> dict:
    words = [LOAD, f"127.0.0.1:{port}", "--starttls", "--messages", messages, "--sizes", size, "--json"]
    words += ["--connections", connections, "--per-connection", per_connection, "--retry-for", 0]
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    figures = json.loads(done.stdout)
    if figures["accepted"] != messages:
        raise RuntimeError(f"{messages - figures['accepted']} of {messages} messages were not accepted: {done.stdout}")
    return figures


def cpu_seconds(pid: int) -> float:
    """Of a process, its children, and those that it has reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS + sum(cpu_seconds(int(child)) for child in children)


def count_files(folder: Path) -> int:
    return sum(1 for _ in os.scandir(folder)) if folder.exists() else 0


class Ours:
    def __init__(self, scratch: Scratch):
        self.direct_port = free_port()
        self.relay = Relay(scratch, NO_RATE_LIMITS)
        self.client = Client(scratch, self.relay, extra=("--smtp-listen", f"127.0.0.1:{self.direct_port}"))
        self.relay.wait_for_presence()
        self.port = self.relay.tier1_port
        self.mailbox = self.client.maildir / "new"

    def cpu(self) -> dict[str, float]:
        return {"relay": cpu_seconds(self.relay.process.pid), "client": cpu_seconds(self.client.process.pid)}


class TheirPostfix:
    def __init__(self, scratch: Scratch):
        base = scratch.path / "postfix-mail"
        base.mkdir()
        shutil.chown(base, "nobody", "nogroup")
        certificate, key = scratch.path / "cert.pem", scratch.path / "key.pem"
        scratch.must_run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=niklas.v6.test", "-keyout", key, "-out", certificate]
        )
        nobody = os.stat(base)
        settings = {
            "virtual_mailbox_domains": "niklas.test",
            "virtual_mailbox_base": str(base),
            "virtual_mailbox_maps": "static:box/",
            "virtual_uid_maps": f"static:{nobody.st_uid}",
            "virtual_gid_maps": f"static:{nobody.st_gid}",
            "virtual_mailbox_limit": "0",
            "smtpd_tls_security_level": "may",
            "smtpd_tls_cert_file": str(certificate),
            "smtpd_tls_key_file": str(key),
            "smtpd_peername_lookup": "no",
            "smtpd_client_connection_rate_limit": "0",
            "smtpd_client_connection_count_limit": "0",
        }
        self.postfix = Postfix(scratch, "receiver", settings)
        self.port = self.postfix.port
        self.mailbox = base / "box/new"
        self.master = int((self.postfix.path / "queue/pid/master.pid").read_text())

    def cpu(self) -> dict[str, float]:
        return {"postfix": cpu_seconds(self.master)}


def machine_cpu_seconds() -> float:
    user, nice, system, _idle, _waiting, interrupts, soft_interrupts = map(
        int, Path("/proc/stat").read_text().split(maxsplit=8)[1:8]
    )
    return (user + nice + system + interrupts + soft_interrupts) / TICKS


def deliver(side, port: int, messages: int, size: str, per_connection: int, connections: int) -> dict[str, float]:
    held, before, begun = count_files(side.mailbox), side.cpu(), time.monotonic()
    machine_before = machine_cpu_seconds()
    figures = load(port, messages, size, per_connection, connections)
    wait_until(lambda: count_files(side.mailbox) >= held + messages, "the messages to be in the Maildir", 300, 0.01)
    seconds = time.monotonic() - begun
    result = {
        "accepted/s": figures["messages_per_second"],
        "in the Maildir/s": messages / seconds,
        "MB/s": figures["megabytes_per_second"],
        "p99 ms": figures["latency_p99_ms"],
        "machine CPU us": (machine_cpu_seconds() - machine_before) / messages * 1e6,
        "sender CPU us": figures["cpu_us_per_message"]["self"],
    }
    for name, used in side.cpu().items():
        result[f"{name} CPU us"] = (used - before[name]) / messages * 1e6
    # The files stay until the end: ext4 looks for inodes that were not freed in the last seconds, and removing
    # thousands here would make that search the better part of the next run.
    return result


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


# Inodes freed in the last seconds are searched around by ext4 (recently_deleted()); Postfix frees three a message.
SETTLE_SECONDS = 6


def spread_over_disk(folder: Path) -> None:
    """ext4 puts new folders near their parent, so that each side would search around the inodes that the other freed.
    With this attribute the folders in `folder` go to block groups far apart. Other file systems do not know it."""
    subprocess.run(["chattr", "+T", str(folder)], capture_output=True, check=False)


def compare(title: str, count: int, sides: dict, key: str, goal: float) -> None:
    results: dict[str, list] = {name: [] for name in sides}
    for run in range(count):
        for name in list(sides) if run % 2 == 0 else reversed(list(sides)):
            time.sleep(SETTLE_SECONDS)
            results[name].append(sides[name]())
    middle = {name: medians(runs) for name, runs in results.items()}
    ours, peer = list(middle)
    print(f"\n{title}\n")
    for name, figures in middle.items():
        print(f"  {name:22}" + "  ".join(f"{what} {value:,.1f}" for what, value in figures.items()))
    ratio = middle[ours][key] / middle[peer][key]
    print(f"  ratio of {key}: {ratio:.2f} (goal {goal}){'' if ratio >= goal else '  MISSED'}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--messages", type=int, default=2000, help="of 4 KiB in each run")
    parser.add_argument("--connections", type=int, default=10, help="at once, for messages of 4 KiB")
    parser.add_argument("--big", type=int, default=10, help="messages of 40 MB in each run")
    parser.add_argument("--only", default="own,shared,big")
    options = parser.parse_args()
    wanted, at_once = options.only.split(","), options.connections
    with Scratch("bench") as scratch:
        spread_over_disk(scratch.path)
        ours, postfix = Ours(scratch), TheirPostfix(scratch)
        for name, title, per_connection, goal in (
            ("own", "4 KiB messages, STARTTLS, each on its own connection", 1, 3.0),
            ("shared", "4 KiB messages, STARTTLS, 100 to a connection", 100, 4.0),
        ):
            if name not in wanted:
                continue
            sides = {
                "relay and client": lambda n=per_connection: deliver(ours, ours.port, options.messages, "4k", n, at_once),
                "Postfix": lambda n=per_connection: deliver(postfix, postfix.port, options.messages, "4k", n, at_once),
            }
            compare(title, options.runs, sides, "accepted/s", goal)
        if "big" in wanted:
            sides = {
                "through the tunnel": lambda: deliver(ours, ours.port, options.big, "40000k", 1, 1),
                "directly": lambda: deliver(ours, ours.direct_port, options.big, "40000k", 1, 1),
            }
            compare("40 MB messages, STARTTLS, one at a time", options.runs, sides, "MB/s", 0.5)


if __name__ == "__main__":
    main()

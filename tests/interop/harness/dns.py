"""Knot as the name server of one zone, in a namespace whose programs all ask it."""

import shutil
from pathlib import Path

from harness.netns import Namespace
from harness.scratch import Scratch, wait_until

CONFIG = """\
server:
    rundir: {path}/run
    listen: [ 127.0.0.1@53 ]
    udp-workers: 1
    tcp-workers: 1
database:
    storage: {path}/db
template:
  - id: default
    storage: {path}
    file: "%s.zone"
    zonefile-load: whole
    journal-content: none
zone:
  - domain: {zone}
"""


class NameServer:
    def __init__(self, scratch: Scratch, machine: Namespace, zone: str, records: list[str]):
        """`records` are lines of a zone file, names relative to the zone."""
        path = scratch.path / "knot"
        for folder in ("run", "db"):
            (path / folder).mkdir(parents=True)
        (path / "knot.conf").write_text(CONFIG.format(path=path, zone=zone))
        head = ["$TTL 1", f"@ SOA ns.{zone}. hostmaster.{zone}. 1 60 60 600 1", f"@ NS ns.{zone}.", "ns A 127.0.0.1"]
        (path / f"{zone}.zone").write_text("\n".join([f"$ORIGIN {zone}.", *head, *records]) + "\n")
        # `ip netns exec` shows this file to its programs as /etc/resolv.conf.
        resolver = Path("/etc/netns") / machine.name
        resolver.mkdir(parents=True)
        scratch.at_end(lambda: shutil.rmtree(resolver))
        (resolver / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        self.process = scratch.start("knot", machine.inside(["knotd", "-c", path / "knot.conf"]))
        ask = machine.inside(["kdig", "+short", "+time=1", "+retry=0", "@127.0.0.1", zone, "SOA"])
        wait_until(lambda: "hostmaster" in scratch.run(ask).stdout, "Knot to answer", 20)

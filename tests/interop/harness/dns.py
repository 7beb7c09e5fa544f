"""Name servers of a story's own namespace: Knot as the authority of one zone, plain or signed, and unbound as the resolver
that validates what Knot says.

Knot answers at port 53 of an address of its own, so that the zone's NS records lead to it as everywhere; the resolver is
127.0.0.1, where the programs of the namespace ask. Without a resolver, they ask Knot itself there."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from harness.netns import Namespace
from harness.scratch import Process, Scratch, wait_until

RESOLVER = "127.0.0.1"
AUTHORITY = "127.0.0.2"
SECONDARY = "127.0.0.3"

CONFIG = """\
server:
    rundir: {path}/run
    listen: [ {address}@53 ]
    udp-workers: 1
    tcp-workers: 1
database:
    storage: {path}/db
log:
  - target: stderr
    any: info
"""

PLAIN = """\
template:
  - id: default
    storage: {path}
    file: "%s.zone"
    zonefile-load: whole
    journal-content: none
zone:
  - domain: {zone}
"""

# As deploy/knot has it, but for one worker of each kind and a secondary on loopback. RFC 9276 3.1: no iterations, no salt.
SIGNED = """\
key:
  - id: {key.name}
    algorithm: hmac-sha256
    secret: {key.secret}
remote:
  - id: secondary
    address: {secondary}@53
    via: {address}
acl:
  - id: updates
    key: {key.name}
    action: [ update, transfer ]
  - id: secondary
    address: {secondary}
    action: transfer
policy:
  - id: csk
    algorithm: ecdsap256sha256
    single-type-signing: on
    ksk-lifetime: 0
    nsec3: on
    nsec3-iterations: 0
    nsec3-salt-length: 0
template:
  - id: default
    storage: {path}
    file: "%s.zone"
    zonefile-load: whole
    zonefile-sync: 0
zone:
  - domain: {zone}
    dnssec-signing: {signing}
    dnssec-policy: csk
    acl: [ updates, secondary ]
"""

FOLLOWING = """\
remote:
  - id: primary
    address: {primary}@53
    via: {address}
acl:
  - id: primary
    address: {primary}
    action: notify
template:
  - id: default
    storage: {path}
    file: "%s.zone"
zone:
  - domain: {zone}
    master: primary
    acl: primary
"""

# Record types that come and go with signing.
OF_THE_SERVER = ("SOA", "RRSIG", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY")

UNBOUND = """\
server:
    directory: "{path}"
    username: ""
    chroot: ""
    pidfile: ""
    use-syslog: no
    verbosity: 1
    interface: {address}
    num-threads: 1
    access-control: 127.0.0.0/8 allow
    do-not-query-localhost: no
    root-hints: "{path}/empty"
    module-config: "validator iterator"
    trust-anchor-file: "{path}/anchor"
    val-log-level: 2
    local-zone: "test." nodefault
    # With it a name that was just added can stay invisible behind a cached NSEC3.
    aggressive-nsec: no
    cache-max-ttl: 1
    cache-max-negative-ttl: 1
    # Servers that were away are asked again at once.
    infra-host-ttl: 1
    infra-keep-probing: yes
remote-control:
    control-enable: no
stub-zone:
    name: "{zone}"
    stub-addr: {authority}@53
"""


@dataclass(frozen=True)
class TsigKey:
    name: str = "ddns"
    secret: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())


STATUS = {0: "NOERROR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}


@dataclass
class Answer:
    status: str  # of STATUS; "" when nobody answered
    validated: bool  # AD
    values: list[str]  # of the records of the type that was asked for, sorted
    ttls: list[int]


class Knot:
    """knotd at port 53 of `address`, with one zone."""

    def __init__(self, scratch: Scratch, machine: Namespace, zone: str, address: str, config: str, name: str):
        self.scratch, self.machine, self.zone, self.address, self.name = scratch, machine, zone, address, name
        self.path = scratch.path / name
        for folder in ("run", "db"):
            (self.path / folder).mkdir(parents=True)
        self.config = self.path / "knot.conf"
        self.config.write_text(config)

    def start(self) -> Process:
        """Also again, after a stop or a kill."""
        log = self.scratch.path / f"{self.name}.log"
        said_before = log.stat().st_size if log.exists() else 0
        self.process = self.scratch.start(self.name, self.machine.inside(["knotd", "-c", self.config]))
        self.process.wait_for_log("server started", 20, said_before)
        wait_until(lambda: self.ask(self.zone, "SOA").values, f"{self.name} to answer", 20)
        return self.process

    def stop(self) -> None:
        self.process.stop()

    def kill(self) -> None:
        self.process.popen.kill()
        self.process.popen.wait()

    def ask(self, name: str, record_type: str) -> Answer:
        return ask(self.machine, self.address, name, record_type)

    def control(self, *words: str) -> str:
        return self.machine.run(["knotc", "-s", self.path / "run/knot.sock", *words])

    def records(self) -> list[str]:
        """All that it serves but for what the server itself adds: "name ttl type value", sorted."""
        # "[sisu.test.] www.sisu.test. 3600 A 192.0.2.1"
        rows = [line.rstrip().split(None, 4)[1:] for line in self.control("zone-read", self.zone).splitlines()]
        return sorted(" ".join(row) for row in rows if row[2] not in OF_THE_SERVER)

    def edit(self, *changes: str) -> None:
        """By hand, as an operator at the console: "set www 60 A 192.0.2.1", "unset www A 192.0.2.1"."""
        self.control("zone-begin", self.zone)
        for change in changes:
            verb, *words = change.split(None, 4 if change.startswith("set ") else 3)
            self.control(f"zone-{verb}", self.zone, *words)
        self.control("zone-commit", self.zone)


class NameServer(Knot):
    """The zone's primary. `records` are lines of a zone file, names relative to the zone. With a `key` it takes updates
    (RFC 2136) signed with that, and signs the zone unless told otherwise."""

    def __init__(
        self, scratch: Scratch, machine: Namespace, zone: str, records: list[str],
        key: TsigKey | None = None, address: str = RESOLVER, signing: bool = True, servers: tuple = (),
    ):  # fmt: skip
        self.signing = signing and key is not None
        path = scratch.path / "knot"
        template = CONFIG + (SIGNED if key else PLAIN) + ("    notify: secondary\n" if servers else "")
        config = template.format(
            path=path, zone=zone, address=address, key=key, secondary=SECONDARY, signing="on" if self.signing else "off"
        )
        super().__init__(scratch, machine, zone, address, config, "knot")
        head = ["$TTL 1", f"@ SOA ns.{zone}. hostmaster.{zone}. 1 2 2 600 1"]  # a server that was away asks soon
        for number, server in enumerate((address, *servers)):
            head += [f"@ NS ns{number or ''}.{zone}.", f"ns{number or ''} A {server}"]
        (self.path / f"{zone}.zone").write_text("\n".join([f"$ORIGIN {zone}.", *head, *records]) + "\n")
        machine.use_resolver(RESOLVER)
        self.start()

    def trust_anchor(self) -> str:
        """DS records, as the parent zone would have them."""
        return self.machine.run(["keymgr", "-c", self.config, f"{self.zone}.", "ds"])


class Secondary(Knot):
    """A second server of the zone, that follows the primary by NOTIFY and transfers."""

    def __init__(self, scratch: Scratch, machine: Namespace, primary: NameServer, address: str = SECONDARY):
        path = scratch.path / "knot-secondary"
        config = (CONFIG + FOLLOWING).format(path=path, zone=primary.zone, address=address, primary=primary.address)
        super().__init__(scratch, machine, primary.zone, address, config, "knot-secondary")
        self.start()


class Resolver:
    """unbound, with the zone's key as its trust anchor; nothing outside of the zone resolves."""

    def __init__(self, scratch: Scratch, machine: Namespace, authority: NameServer, address: str = RESOLVER):
        self.scratch, self.machine, self.address = scratch, machine, address
        path = scratch.path / "unbound"
        path.mkdir()
        (path / "empty").write_text("")
        (path / "anchor").write_text(authority.trust_anchor() if authority.signing else "")
        config = path / "unbound.conf"
        config.write_text(UNBOUND.format(path=path, zone=authority.zone, address=address, authority=authority.address))
        self.process = scratch.start("unbound", machine.inside(["unbound", "-d", "-p", "-c", config]))
        self.process.wait_for_log("start of service", 20)
        wait_until(lambda: self.ask(authority.zone, "SOA").validated == authority.signing, "unbound to answer", 20)

    def ask(self, name: str, record_type: str) -> Answer:
        return ask(self.machine, self.address, name, record_type)

    def wait_for(self, name: str, record_type: str, values: list[str], limit: float = 30) -> Answer:
        """Until it has exactly these, and has validated them."""

        def found() -> Answer | None:
            answer = self.ask(name, record_type)
            return answer if answer.validated and answer.values == sorted(values) else None

        return wait_until(found, f"{name} {record_type} to be {values}", limit)


def ask(machine: Namespace, server: str, name: str, record_type: str) -> Answer:
    """One question with DO set, by kdig, and what its JSON (RFC 8427) says. `name` is absolute."""
    options = ["+json", "+dnssec", "+time=2", "+retry=0"]
    said = machine.scratch.run(machine.inside(["kdig", *options, f"@{server}", "-q", name, "-t", record_type])).stdout
    message = json.loads(said[said.find("{") :]) if "{" in said else {}
    if "RCODE" not in message:  # what it prints when nobody answers
        return Answer("", False, [], [])
    found = [one for one in message.get("answerRRs", []) if one["TYPEname"] == record_type]
    values = sorted(one[f"rdata{record_type}"].rstrip() for one in found)  # CAA ends in a blank
    status = STATUS.get(message["RCODE"], str(message["RCODE"]))
    return Answer(status, message["AD"] == 1, values, [one["TTL"] for one in found])

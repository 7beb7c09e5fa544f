"""A zone that Sisumail keeps: a signed Knot, the resolver that validates it, sisumail-dns with the key that may change it,
and the relay whose users' records these are; all on one machine of the story's own."""

import hashlib
import json
import signal
import subprocess
from pathlib import Path

from harness.dns import AUTHORITY, RESOLVER, SECONDARY, NameServer, Resolver, Secondary, TsigKey
from harness.operator import Operator
from harness.programs import BUILD, RELAY, make_key
from harness.scratch import Failed, Process, Scratch, wait_until
from harness.zone import ZONE, Machine, ZoneRelay, ssh_argv

NAMING = BUILD / "relay/sisumail-dns"

# Of the relay, and of tier2.
RELAY_USER, TIER2_USER = "nobody", "daemon"

SERVICE = """\
zone = "{zone}"
state = "{path}/state"
socket = "{path}/socket"
provider = "rfc2136"
[peers]
relay = "{relay_user}"
tier2 = "{tier2_user}"
[lookup]
resolver = "{resolver}:53"
[rfc2136]
server = "{authority}:53"
key_file = "{path}/key"
"""


class NamingService:
    """sisumail-dns beside the relay."""

    def __init__(self, scratch: Scratch, machine: Machine, key: TsigKey):
        self.scratch, self.machine = scratch, machine
        self.path = scratch.path / "naming"
        self.path.mkdir(mode=0o755)
        (self.path / "state").mkdir(mode=0o700)
        self.socket = self.path / "socket"
        self.config = self.path / "dns.toml"
        users = {"relay_user": RELAY_USER, "tier2_user": TIER2_USER}
        self.config.write_text(
            SERVICE.format(zone=ZONE, path=self.path, authority=AUTHORITY, resolver=RESOLVER, **users)
        )
        self.use_key(key)
        self.start()

    def use_key(self, key: TsigKey) -> None:
        """From its next start on."""
        file = self.path / "key"
        file.write_text(f"hmac-sha256:{key.name}:{key.secret}\n")
        file.chmod(0o600)

    def start(self) -> Process:
        log = self.scratch.path / "naming.log"
        said_before = log.stat().st_size if log.exists() else 0
        self.process = self.scratch.start("naming", self.machine.inside([NAMING, "--config", self.config]))
        self.process.wait_for_log("ready", 20, said_before)
        return self.process

    def stop(self) -> None:
        self.process.stop()

    def kill(self) -> None:
        self.process.popen.send_signal(signal.SIGKILL)
        self.process.popen.wait()


class Names:
    """All of it. `records`: what is in the zone besides, by other hands. `settings`: for the relay's --dns-records."""

    def __init__(
        self, scratch: Scratch, records: tuple = (), signing: bool = True, secondary: bool = False,
        settings: str = "", relay_options: tuple = (),
    ):  # fmt: skip
        self.scratch = scratch
        self.machine = Machine(scratch)
        self.key = TsigKey()
        servers = (SECONDARY,) if secondary else ()
        self.authority = NameServer(
            scratch, self.machine, ZONE, list(records), self.key, AUTHORITY, signing=signing, servers=servers
        )
        self.secondary = Secondary(scratch, self.machine, self.authority) if secondary else None
        self.resolver = Resolver(scratch, self.machine, self.authority)
        self.service = NamingService(scratch, self.machine, self.key)
        file = scratch.path / "records.toml"
        file.write_text(settings)
        options = ("--claim-policy", "open", "--dns-socket", self.service.socket, "--dns-records", file)
        self.relay = ZoneRelay(scratch, self.machine, (*options, *relay_options), user=RELAY_USER)
        self.operator = Operator(self.relay.state)

    # Users

    def ssh(self, name: str, key: Path, *words: str, source: str = "127.0.0.1", typed="") -> subprocess.CompletedProcess:
        argv = self.machine.inside(ssh_argv(self.scratch, name, key, *words, before=("-b", source)))
        return subprocess.run(list(map(str, argv)), capture_output=True, text=True, timeout=180, input=typed)

    def must_ssh(self, name: str, key: Path, *words: str, source: str = "127.0.0.1") -> str:
        done = self.ssh(name, key, *words, source=source)
        if done.returncode != 0:
            raise Failed(f"{words} of {name} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def claim(self, name: str, source: str = "127.0.0.1") -> Path:
        """A new user's key."""
        key = make_key(self.scratch, f"{name}-key")
        self.must_ssh(name, key, "claim", source=source)
        return key

    def status(self, name: str, key: Path) -> dict:
        """What the user is told of the records: "dns" of status."""
        return json.loads(self.must_ssh(name, key, "status", "--json"))["dns"]

    def wait_until_live(self, name: str, key: Path, limit: float = 60) -> dict:
        def live() -> dict | None:
            status = self.status(name, key)
            return status if status["state"] == "live" else None

        return wait_until(live, f"the records of {name} to be live", limit)

    def address(self, name: str) -> str:
        return self.operator.users()[name]["address"]

    # Records

    def records_of(self, name: str) -> list[str]:
        """Those that the zone has under the user's names."""
        own = (f"{name}.{ZONE}.", f"{name}.v6.{ZONE}.")
        lines = [(line.split()[0], line) for line in self.authority.records()]
        return [line for owner, line in lines if any(owner == one or owner.endswith(f".{one}") for one in own)]

    def wait_until_validated(self, records: list[str], limit: float = 30) -> None:
        """Until the resolver has validated all of them. Their sets have no others."""
        sets: dict[tuple[str, str], list[str]] = {}
        for record in records:
            name, _, kind, value = record.split(None, 3)
            sets.setdefault((name, kind), []).append(value)
        for (name, kind), values in sets.items():
            self.resolver.wait_for(name, kind, values, limit)

    def dns(self, what: str) -> list[dict]:
        """The findings of `sisumail-relay dns sync`, diff or check. What a sync has done is none."""
        done = self.run_dns(what, "--json")
        found = [json.loads(line) for line in done.stdout.splitlines()]
        found = [one for one in found if one["kind"] not in ("added", "removed")]
        if done.returncode != (1 if found else 0):
            raise Failed(f"dns {what} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return found

    def run_dns(self, what: str, *words: str) -> subprocess.CompletedProcess:
        argv = self.machine.inside([RELAY, "dns", what, "--dns-socket", self.service.socket, *words])
        return subprocess.run(list(map(str, argv)), capture_output=True, text=True, timeout=120)


def digest(word: str) -> str:
    """What could be the digest of a key."""
    return hashlib.sha256(word.encode()).hexdigest()


def templates(name: str, address: str, *digests: str, account: str = "") -> list[str]:
    """The records of a user without Tier 2, as docs/dns-records.md lists them: "name ttl type value", as Knot writes them."""
    user, host = f"{name}.{ZONE}.", f"{name}.v6.{ZONE}."
    found = [f"{host} 300 AAAA {address}", f'{host} 3600 TXT "v=spf1 -all"']
    for domain in (user, f"t1.{user}"):
        found += [f"{domain} 3600 MX 10 {host}", f'{domain} 3600 TXT "v=spf1 -all"']
        found += [f'_dmarc.{domain} 3600 TXT "v=DMARC1; p=reject"']
    binding = f" accounturi={account};" if account else ""
    found += [f'{host} 300 CAA 0 issue "letsencrypt.org;{binding} validationmethods=dns-01"']
    found += [f'{host} 300 CAA 0 issuewild ";"']
    found += [f"_25._tcp.{host} 300 TLSA 3 1 1 {one.upper()}" for one in digests]
    return sorted(found)

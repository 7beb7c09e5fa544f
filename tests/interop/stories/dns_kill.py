"""kill -9 of sisumail-dns, and of the Knot that it tells, at moments of chance under a stream of changes: what was answered
is never lost, what others wrote is never removed, and nothing is left behind that nobody wants."""

import random
import re
import time
from dataclasses import dataclass, field

from harness.declaring_peer import DeclaringPeer
from harness.dns import AUTHORITY, NameServer, TsigKey
from harness.netns import Namespace
from harness.programs import NAMING
from harness.scratch import Failed, wait_until
from harness.story import Story

ZONE = "sisu.test"
USERS = 12
ROUNDS = 40

# Under users' own names, and in the same sets.
FOREIGN = (
    'u1 60 TXT "site-verification=1"',
    "u2 60 MX 20 elsewhere.example.net.",
    "u3.v6 60 AAAA 2001:db8::beef",
    "_25._tcp.u4.v6 60 TLSA 3 1 1 " + "f" * 64,
    # Exactly what u5 will want.
    "u5 3600 MX 10 u5.v6.sisu.test.",
    "www 60 A 192.0.2.80",
)

CONFIG = """
provider = "{provider}"
zone = "{zone}"
state = "{path}/state"
socket = "{path}/socket"
[peers]
relay = "root"
[lookup]
servers = ["{authority}:53"]
"""


RFC2136 = """
[rfc2136]
server = "{authority}:53"
key_file = "{path}/key"
"""

ZONE_FILE = """
[zone_file]
signed = true
file = "{path}/knot/{zone}.zone"
reload = ["/usr/sbin/knotc", "-s", "{path}/knot/run/knot.sock", "zone-reload", "{zone}"]
"""


def wishes(user: str, chance: random.Random) -> list[str]:
    host = f"{user}.v6.{ZONE}."
    possible = [
        f"{user}.{ZONE}. 3600 MX 10 {host}",
        f'{user}.{ZONE}. 3600 TXT "v=spf1 -all"',
        f"{host} 300 AAAA 2001:db8::1{user[1:]}",
        f"_25._tcp.{host} 300 TLSA 3 1 1 {chance.randrange(4) * 11:064x}",
        f'_acme-challenge.{host} 60 TXT "{chance.randrange(1 << 64):043x}"',
    ]
    return [record for record in possible if chance.random() < 0.7]


def key_of(record: str) -> str:
    """Name, type and value: what a record is, whatever its TTL; hexadecimal in one case."""
    name, _, kind, value = record.split(None, 3)
    return f"{name} {kind} {value.lower() if kind in ('TLSA', 'AAAA') else value}"


@dataclass
class Stream:
    """What was wanted last of each user, and what of it was answered."""

    chance: random.Random
    wanted: dict[str, list[str]] = field(default_factory=dict)
    unanswered: dict[str, str] = field(default_factory=dict)  # user: digest

    def send(self, peer: DeclaringPeer, user: str) -> None:
        self.unanswered[user] = peer.declare(user, *self.wanted[user])

    def change(self, peer: DeclaringPeer, count: int) -> None:
        for _ in range(count):
            user = f"u{self.chance.randrange(USERS)}"
            self.wanted[user] = wishes(user, self.chance)
            self.send(peer, user)

    def hear(self, peer: DeclaringPeer) -> None:
        """The next state, which may be the answer to a set."""
        state = peer.next("state")
        if state["problem"].startswith("refused"):
            raise Failed(f"{state}")
        if self.unanswered.get(state["owner"]) == state["digest"]:
            del self.unanswered[state["owner"]]


class Killing(Story):
    provider: str
    section: str
    key: TsigKey | None = None

    def setUp(self):
        super().setUp()
        self.needs_root()
        self.machine = Namespace(self.scratch)
        self.knot = NameServer(self.scratch, self.machine, ZONE, list(FOREIGN), self.key, AUTHORITY)
        self.before = self.zone()
        self.path = self.scratch.path
        (self.path / "state").mkdir(mode=0o700)
        config = (CONFIG + self.section).format(
            zone=ZONE, path=self.path, authority=AUTHORITY, provider=self.provider
        )
        (self.path / "dns.toml").write_text(config)
        if self.key:
            (self.path / "key").write_text(f"hmac-sha256:{self.key.name}:{self.key.secret}\n")
            (self.path / "key").chmod(0o600)
        self.start()

    def start(self) -> None:
        log = self.path / "dns.log"
        said_before = log.stat().st_size if log.exists() else 0
        self.dns = self.scratch.start("dns", self.machine.inside([NAMING, "--config", self.path / "dns.toml"]))
        self.dns.wait_for_log("ready", 20, said_before)

    def kill(self) -> None:
        self.dns.popen.kill()
        self.dns.popen.wait()

    def zone(self) -> set[str]:
        return {key_of(record) for record in self.knot.records()}

    def play_round(self, stream: Stream) -> None:
        chance = stream.chance
        peer = DeclaringPeer(self.path / "socket", ZONE)
        for user in list(stream.unanswered):  # as the relay does: whatever it had no answer to
            stream.send(peer, user)
        stream.change(peer, chance.randrange(1, 12))
        try:
            for _ in range(chance.randrange(12)):
                if stream.unanswered:
                    stream.hear(peer)
            time.sleep(chance.uniform(0, 0.05))
            if chance.random() < 0.3:
                self.knot.kill()
                self.kill()
                self.knot.start()
            else:
                self.kill()
            while True:  # what it had said before
                stream.hear(peer)
        except (Failed, OSError):
            pass
        peer.close()
        self.start()

    def kill_at_random(self) -> None:
        seed = random.SystemRandom().randrange(1 << 32)
        print(f"seed {seed}")
        stream = Stream(random.Random(seed))
        for _ in range(ROUNDS):
            self.play_round(stream)
        peer = DeclaringPeer(self.path / "socket", ZONE)
        for user in list(stream.unanswered):
            stream.send(peer, user)
        while stream.unanswered:
            stream.hear(peer)
        wanted = {key_of(record) for records in stream.wanted.values() for record in records}
        self.wait_for_zone(self.before | wanted, seed)
        peer.say(complete={})
        peer.close()
        again = DeclaringPeer(self.path / "socket", ZONE)
        again.say(complete={})  # nobody was declared on this connection
        again.next("problem")
        self.assertEqual(self.zone(), self.before | wanted, f"seed {seed}")
        again.say(ask={"what": "prune"})
        self.wait_for_zone(self.before, seed)
        again.close()

    def wait_for_zone(self, expected: set[str], seed: int) -> None:
        try:
            wait_until(lambda: self.zone() == expected, "the zone to be as wanted", 40)
        except Failed:
            now = self.zone()
            self.fail(f"seed {seed}: lost {sorted(expected - now)}, left behind {sorted(now - expected)}")


class DnsKill(Killing):
    """Over dynamic updates, into a zone that Knot signs."""

    provider, section, key = "rfc2136", RFC2136, TsigKey()

    def test_kill_9_at_random_loses_nothing_and_touches_nothing_of_others(self):
        self.kill_at_random()

    def test_a_stop_is_graceful_while_changes_are_on_their_way(self):
        stream = Stream(random.Random(1))
        peer = DeclaringPeer(self.path / "socket", ZONE)
        stream.change(peer, 200)
        while stream.unanswered:
            stream.hear(peer)
        self.assertEqual(self.dns.stop(), 0)
        self.assertFalse((self.path / "socket").exists())
        self.assertTrue(re.search(r"sisumail-dns stopped", self.dns.log()))
        self.start()
        wanted = {key_of(record) for records in stream.wanted.values() for record in records}
        self.wait_for_zone(self.before | wanted, 1)


class DnsKillZoneFile(Killing):
    """By a zone file, which Knot is told to load."""

    provider, section = "zone_file", ZONE_FILE

    def test_kill_9_at_random_leaves_a_whole_zone_file_and_nothing_beside_it(self):
        self.kill_at_random()
        file = self.path / f"knot/{ZONE}.zone"
        self.scratch.must_run(["kzonecheck", "-o", ZONE, file])
        self.assertEqual([path.name for path in file.parent.iterdir() if "zone" in path.name], [file.name])

"""What the stories about names rely on, proved with records written by hand: a signed zone validates, Postfix verifies a
device whose key the TLSA record names, and it defers to one whose key it does not."""

import hashlib
import json

from harness import maildir
from harness.dns import AUTHORITY, NameServer, Resolver, Secondary, SECONDARY, TsigKey
from harness.messages import make, test_id
from harness.pebble import Pebble
from harness.postfix import dane_sender
from harness.programs import CLIENT
from harness.scratch import wait_until
from harness.story import Story
from harness.tls import served, spki_digest
from harness.zone import SSH_PORT, ZONE, Crowd, Machine, ZoneRelay

SENDER = "ada@sender.example"
RECIPIENT = f"hello@user0.{ZONE}"
TLSA = f"_25._tcp.user0.v6.{ZONE}."


class DanePeers(Story):
    def setUp(self):
        self.needs_root()
        self.machine = Machine(self.scratch)

    def serve_zone(self, records: list[str], signing: bool = True) -> None:
        self.authority = NameServer(
            self.scratch, self.machine, ZONE, records, key=TsigKey(), address=AUTHORITY, signing=signing
        )
        self.resolver = Resolver(self.scratch, self.machine, self.authority)

    def serve_mail(self) -> None:
        """A relay with one user, whose device is present, and the sender."""
        crowd = Crowd(self.scratch, self.machine, 1)
        relay = ZoneRelay(self.scratch, self.machine)
        self.serve_zone([f"user0 MX 10 user0.v6.{ZONE}.", f"user0.v6 AAAA {crowd.addresses['user0']}"])
        self.mail = self.scratch.path / "mail"
        argv = [
            *(CLIENT, "--relay", f"127.0.0.1:{SSH_PORT}", "--user", "user0", "--zone", ZONE, "--accept-new-host-key"),
            *("--key", crowd.key("user0", self.scratch.path / "key"), "--maildir", self.mail),
            *("--state", self.scratch.path / "state", "--known-hosts", self.scratch.path / "known_hosts"),
        ]
        self.scratch.start("client", self.machine.inside(argv))
        wait_until(relay.presences, "presence", 20)
        # Its processes remember for a while that there was no TLSA record: here each sends one message.
        self.sender = dane_sender(self.scratch, self.machine, {"max_use": "1"})

    def deliver(self, seed: str) -> str:
        return self.sender.deliver(SENDER, RECIPIENT, make(seed, 2000))

    def publish(self, *digests: str) -> None:
        """These records and no others."""
        had = [f"unset {TLSA} TLSA"] if self.resolver.ask(TLSA, "TLSA").values else []
        values = [f"3 1 1 {digest}" for digest in digests]
        self.authority.edit(*had, *(f"set {TLSA} 1 TLSA {value}" for value in values))
        self.resolver.wait_for(TLSA, "TLSA", [value.upper() for value in values])

    def test_the_right_record_verifies_and_a_wrong_one_defers(self):
        self.serve_mail()
        self.assertRegex(self.deliver("no record"), r"Untrusted TLS connection established to user0\.v6(.|\n)*status=sent")
        right = spki_digest(self.scratch, served(self.machine, f"user0.v6.{ZONE}"))
        self.publish(right)
        self.assertRegex(self.deliver("right"), r"Verified TLS connection established to user0\.v6(.|\n)*status=sent")
        wrong = hashlib.sha256(b"another key").hexdigest()
        self.publish(wrong)
        self.assertRegex(self.deliver("wrong"), r"dsn=4\.7\.5, status=deferred \(.*not verified")
        # One that fits is enough (RFC 7671 8.1): what a roll lives by.
        self.publish(wrong, right)
        self.assertRegex(self.deliver("both"), r"Verified TLS connection(.|\n)*status=sent")
        names = {test_id(one.message) for one in maildir.read_all(self.mail)}
        self.assertLessEqual({"no record", "right", "both"}, names)

    def test_a_changed_zone_validates_at_once(self):
        self.serve_zone(["www A 192.0.2.1"])
        self.assertEqual(self.resolver.ask(f"www.{ZONE}", "A").values, ["192.0.2.1"])
        for name in ("www", "no-such-name"):
            self.assertTrue(self.resolver.ask(f"{name}.{ZONE}", "A").validated, name)
        self.authority.edit(f"set new.{ZONE}. 60 TXT one", f"unset www.{ZONE}. A")
        answer = self.resolver.ask(f"new.{ZONE}", "TXT")
        self.assertEqual((answer.status, answer.validated, answer.values), ("NOERROR", True, ['"one"']))
        self.authority.kill()
        self.authority.start()
        self.assertIn(f'new.{ZONE}. 60 TXT "one"', self.authority.records())

    def test_a_second_server_follows_the_first(self):
        servers = dict(key=TsigKey(), address=AUTHORITY, servers=(SECONDARY,))
        authority = NameServer(self.scratch, self.machine, ZONE, ["www A 192.0.2.1"], **servers)
        secondary = Secondary(self.scratch, self.machine, authority)
        self.assertEqual(secondary.ask(f"www.{ZONE}", "A").values, ["192.0.2.1"])
        authority.edit(f"set new.{ZONE}. 60 TXT one")
        wait_until(lambda: secondary.ask(f"new.{ZONE}", "TXT").values, "the second server to follow", 20)

    def test_an_unsigned_zone_does_not_validate(self):
        authority = NameServer(self.scratch, self.machine, ZONE, ["www A 192.0.2.1"], TsigKey(), AUTHORITY, signing=False)
        resolver = Resolver(self.scratch, self.machine, authority)
        answer = resolver.ask(f"www.{ZONE}", "A")
        self.assertEqual((answer.values, answer.validated), (["192.0.2.1"], False))

    def test_an_authority_answers_and_rejects_nonces(self):
        self.serve_zone([])
        pebble = Pebble(self.scratch, self.machine, nonces_rejected=30)
        self.assertIn("newOrder", json.loads(pebble.get(pebble.directory)))
        self.assertIn("BEGIN CERTIFICATE", pebble.root().read_text())
        self.assertIn("Configured to reject 30% of good nonces", pebble.process.log())

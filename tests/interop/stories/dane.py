"""Senders that verify (RFC 7672): the device's own key, published by itself, through relay and client, also while the
device changes its key."""

import hashlib
import time

from harness import maildir
from harness.device import Device
from harness.messages import make, test_id
from harness.names import Names
from harness.postfix import dane_sender
from harness.scratch import wait_until
from harness.steady_mail import SENDER, SteadyMail
from harness.story import Story
from harness.zone import ZONE

TTL = 2  # seconds, of TLSA records: a roll waits for twice this
TLSA = f"_25._tcp.niklas.v6.{ZONE}."
# A sender asks again for each message, but for what the TTL lets it remember.
SHORT = f"[ttl]\ntlsa = {TTL}\n"


class Dane(Story):
    def setUp(self):
        self.needs_root()
        self.names = Names(self.scratch, settings=SHORT)
        self.device = Device(self.names)
        self.device.wait_until_ready()
        self.sender = dane_sender(self.scratch, self.names.machine)

    def published(self) -> list[str]:
        values = self.names.authority.ask(TLSA, "TLSA").values
        return [value.split()[3].lower() for value in values]

    def stored(self) -> list[maildir.Stored]:
        return maildir.read_all(self.device.maildir)

    def deliver(self, seed: str) -> str:
        return self.sender.deliver(SENDER, self.device.address, make(seed, 2000))

    def test_mail_through_relay_and_client_is_verified(self):
        self.assertIn(self.device.served_key(), self.published())
        self.assertEqual(len(self.published()), 2, "the current and the next key")
        self.assertRegex(self.deliver("first"), r"Verified TLS connection established to niklas\.v6(.|\n)*status=sent")
        (one,) = self.stored()
        self.assertEqual((test_id(one.message), one.field("Sisumail-Tier")), ("first", "1"))

    def test_a_wrong_record_defers_and_sync_mends_it(self):
        wrong = hashlib.sha256(b"another key").hexdigest()
        self.names.authority.edit(f"unset {TLSA} TLSA", f"set {TLSA} 1 TLSA 3 1 1 {wrong}")
        self.names.resolver.wait_for(TLSA, "TLSA", [f"3 1 1 {wrong.upper()}"])
        self.assertRegex(self.deliver("first"), r"dsn=4\.7\.5, status=deferred \(.*not verified")
        self.assertEqual(self.stored(), [])
        kinds = {one["kind"] for one in self.names.dns("diff")}
        self.assertEqual(kinds, {"missing", "foreign"})
        self.names.run_dns("sync")
        self.assertIn(self.device.served_key(), self.published())
        wait_until(self.stored, "the sender's next attempt", 60)

    def test_a_key_roll_under_delivery_defers_nothing(self):
        before = self.device.served_key()
        with SteadyMail(self.sender, self.device.address) as mail:
            wait_until(lambda: len(mail.sent) > 10, "mail to flow")
            began = time.monotonic()
            for _ in range(2):  # the second one right after the first has to wait for its next key to be seen
                self.roll()
            print(f"two key rolls, TTL {TTL} s: {time.monotonic() - began:.1f} s")
            seen = len(mail.sent)
            wait_until(lambda: len(mail.sent) > seen + 30, "mail to flow on")
        mail.expect_none_deferred(self.device.host)
        mail.expect_each_once(self.device.maildir)
        self.assertNotEqual(self.device.served_key(), before)
        print(f"{len(mail.sent)} messages, each at its first attempt")

    def roll(self) -> None:
        before = self.device.served_key()
        self.device.command("key", "roll", "--wait")
        self.assertNotEqual(self.device.served_key(), before)


# What the client logs of a roll, in the order in which it happens.
WAITING = "key roll: waits"
STEPS = (
    "key roll wished", WAITING, "step=note_former", "step=switch_over", "key roll: the new key serves",
    "step=forget_former", "step=make_next", "TLSA set published",
)  # fmt: skip
SPOOL = "fd53::25"


class KilledRoll(Story):
    """The client is killed in mid-roll. Meanwhile mail goes to the second MX in the same attempt, as with Tier 2 on."""

    def setUp(self):
        self.needs_root()
        self.names = Names(self.scratch, settings=f'{SHORT}[spool]\naddresses = ["{SPOOL}"]\n')
        self.names.machine.ip("addr", "add", f"{SPOOL}/128", "dev", "lo")
        sink = ["smtp-sink", "-u", "postfix", "-h", f"spool.{ZONE}", f"[{SPOOL}]:25", "100"]
        self.scratch.start("spool", self.names.machine.inside(sink))
        self.device = Device(self.names)
        self.device.wait_until_ready()
        self.names.must_ssh("niklas", self.device.key, "spool", "on")
        self.names.wait_until_live("niklas", self.device.key)
        self.sender = dane_sender(self.scratch, self.names.machine)

    def kill_after(self, step: str) -> None:
        """A roll that is cut off there, and finished by the next client."""
        before = self.device.served_key()
        said = len(self.device.log())
        asking = self.scratch.start("rolling", self.names.machine.inside(self.device.command_argv("key", "roll", "--wait")))
        # On a slow machine the next key can be old enough at once: then nothing waits.
        seen = (step, "TLSA set published") if step == WAITING else (step,)
        wait_until(lambda: any(one in self.device.log()[said:] for one in seen), step, 60, 0.0005)
        self.device.kill()
        asking.stop()
        self.device.start()
        self.device.wait_until_ready()
        wait_until(lambda: not self.device.rolling(), "the roll to end", 60)
        self.assertNotEqual(self.device.served_key(), before, f"killed after {step!r} it was forgotten")

    def test_killed_after_each_step_a_roll_goes_on_and_defers_nothing(self):
        with SteadyMail(self.sender, self.device.address) as mail:
            for step in STEPS:
                with self.subTest(step):
                    self.kill_after(step)
        mail.expect_none_deferred(self.device.host)
        there = sum(f"relay={self.device.host}[" in line for line in mail.log().splitlines())
        self.assertGreater(there, len(mail.sent) / 2)
        print(f"{len(STEPS)} rolls and kills: {len(mail.sent)} messages, {there} of them to the device, none deferred")

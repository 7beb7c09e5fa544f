"""Rolls of the device's key that are cut: kill -9 behind each step, by a library that knows the steps. Mail comes all the
while, and no sender ever meets a key that it cannot verify."""

import json
import os

from harness.device import Device
from harness.names import Names
from harness.pebble import Pebble
from harness.postfix import dane_sender
from harness.programs import BUILD
from harness.scratch import wait_until
from harness.steady_mail import SteadyMail
from harness.story import Story
from harness.tls import verify
from harness.zone import ZONE

LIBRARY = BUILD / "tests/support/kill_at_step/kill_at_step.so"
TLSA = f"_25._tcp.niklas.v6.{ZONE}."
# A roll waits for twice the TTL. Postfix counts in whole seconds and adds one: with a TTL of 1 it would know older sets.
SHORT = "[ttl]\ntlsa = 3\n"
# The wish; former, switch, next; the certificate; the ends of wish and former.
STEPS = 7


class KeyRoll(Story):
    def setUp(self):
        self.needs_root()
        self.names = Names(self.scratch, settings=SHORT)
        self.device = Device(self.names)
        self.device.wait_until_ready()

    def published(self) -> list[str]:
        values = self.names.authority.ask(TLSA, "TLSA").values
        return [value.split()[3].lower() for value in values]

    def keys(self) -> dict:
        return json.loads(self.device.command("key", "status", "--json"))

    def is_settled(self) -> bool:
        """No roll is under way, and the world has the two keys that the device has, and no other."""
        keys = self.keys()
        if keys["roll"] != "none" or keys["step"] != "rest":
            return False
        return sorted(self.published()) == sorted([keys["current"], keys["next"]]) and keys["served"] == keys["current"]

    def wish(self) -> None:
        """The client may be gone before it answers."""
        self.scratch.run(self.names.machine.inside([BUILD / "client/sisumail", "key", "roll", "--state", self.device.state]))

    def roll_that_is_killed_at(self, step: int) -> None:
        self.device.stop()
        self.device.start(env={**os.environ, "LD_PRELOAD": str(LIBRARY), "KILL_AT_STEP": str(step)})
        self.device.wait_until_ready()
        before = self.keys()
        self.wish()
        wait_until(lambda: not self.device.process.running(), f"the client to be killed at step {step}", 60)
        self.device.start()
        self.device.wait_until_ready()
        wait_until(self.is_settled, f"the roll to go on behind step {step}", 60)
        self.assertEqual(self.keys()["current"], before["next"], f"rolled once, behind step {step}")
        self.assertEqual(self.device.served_key(), before["next"])

    def test_kill_9_behind_each_step_leaves_no_sender_without_a_key_that_it_knows(self):
        sender = dane_sender(self.scratch, self.names.machine)
        with SteadyMail(sender, self.device.address) as mail:
            for step in range(1, STEPS + 1):
                self.roll_that_is_killed_at(step)
        # While nobody is there the kernel refuses a sender; a key that no record names would be "not verified".
        trouble = [line for line in mail.log().splitlines() if "not verified" in line or "Untrusted" in line]
        self.assertEqual(trouble, [])
        self.assertIn("Verified TLS connection established", mail.log())

    def test_there_are_no_more_steps_than_these(self):
        self.device.stop()
        self.device.start(env={**os.environ, "LD_PRELOAD": str(LIBRARY), "KILL_AT_STEP": str(STEPS + 1)})
        self.device.wait_until_ready()
        before = self.keys()
        self.wish()
        wait_until(lambda: self.keys()["current"] == before["next"] and self.is_settled(), "the roll to end", 60)

    def test_a_wish_without_a_running_client_is_carried_out_by_the_next_one(self):
        before = self.keys()
        self.device.stop()
        self.assertIn("the next start carries it out", self.device.command("key", "roll"))
        self.device.start()
        wait_until(lambda: self.device.process.running() and self.is_ready_and_settled(), "the roll to end", 60)
        self.assertEqual(self.device.served_key(), before["next"])

    def is_ready_and_settled(self) -> bool:
        return self.device.is_ready() and self.is_settled()

    def test_key_roll_wait_ends_when_the_new_key_serves(self):
        before = self.keys()
        said = self.device.command("key", "roll", "--wait")
        self.assertIn(f"Done: the key that serves is {before['next']}", said)
        self.assertEqual(self.device.served_key(), before["next"])


class StrictRoll(Story):
    def setUp(self):
        self.needs_root()
        self.names = Names(self.scratch, settings=f'{SHORT}challenge = 1\n[caa]\nissuers = ["pebble.example"]\n')

    def test_strict_has_a_certificate_over_the_next_key_before_it_serves(self):
        ca = Pebble(self.scratch, self.names.machine)
        root = ca.root()
        acme = ("--acme-directory", ca.directory, "--acme-ca", ca.ca_file)
        device = Device(self.names, extra=(*acme, "--tls-policy", "strict", "--tls-ca", root))
        device.wait_until_ready(120)
        verify(self.names.machine, device.host, root)
        before = json.loads(device.command("key", "status", "--json"))
        sender = dane_sender(self.scratch, self.names.machine)
        with SteadyMail(sender, device.address) as mail:
            device.command("key", "roll", "--wait", limit=120)
            verify(self.names.machine, device.host, root)
            sent = len(mail.sent)
            wait_until(lambda: len(mail.sent) > sent + 10, "mail to flow on", 60)
        self.assertEqual(device.served_key(), before["next"])
        self.assertIn("valid until", device.command("status"))
        self.assertNotIn("status=deferred", mail.log())

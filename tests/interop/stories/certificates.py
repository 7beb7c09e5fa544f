"""Certificates from a CA, by DNS-01 (RFC 8555), with pebble: an addition, for which mail never waits."""

import time

from harness.device import Device
from harness.messages import make
from harness.names import Names
from harness.pebble import Pebble
from harness.postfix import dane_sender
from harness.scratch import Failed, wait_until
from harness.steady_mail import SENDER, SteadyMail
from harness.story import Story
from harness.tls import certificate_says, verify
from harness.zone import ZONE

CHALLENGE = f"_acme-challenge.niklas.v6.{ZONE}"
SETTINGS = '[ttl]\ntlsa = 2\nchallenge = 1\n[caa]\nissuers = ["pebble.example"]\n'


class Certificates(Story):
    def setUp(self):
        self.needs_root()
        self.names = Names(self.scratch, settings=SETTINGS)

    def serve(self, *extra: str, start: bool = True, **options) -> None:
        self.ca = Pebble(self.scratch, self.names.machine, **options)
        if not start:
            self.ca.stop()
        acme = ("--acme-directory", self.ca.directory, "--acme-ca", self.ca.ca_file)
        self.device = Device(self.names, extra=(*acme, *extra))

    def has_certificate(self) -> bool:
        return "Pebble" in certificate_says(self.scratch, self.device.served(), "-issuer")

    def wait_for_certificate(self, limit: float = 90) -> None:
        self.device.wait_until_ready()
        wait_until(self.has_certificate, "a certificate of the CA", limit, 0.2)

    def challenges(self) -> list[str]:
        return self.names.authority.ask(CHALLENGE, "TXT").values

    def test_a_certificate_from_a_cold_start_with_nonces_rejected(self):
        began = time.monotonic()
        self.serve(nonces_rejected=30)
        self.wait_for_certificate()
        print(f"cold start to certificate, 30% of nonces rejected: {time.monotonic() - began:.1f} s")
        verify(self.names.machine, self.device.host, self.ca.root())
        self.assertIn("Configured to reject 30% of good nonces", self.ca.process.log())
        print(f"{self.ca.count('POST /')} requests; without a rejected nonce and without waiting they are 8")
        wait_until(lambda: not self.challenges(), "the challenge to be cleaned up")
        account = self.names.status("niklas", self.device.key)["acme_account"]
        self.assertTrue(account.startswith("https://127.0.0.1:"), account)
        issue = f'0 issue "pebble.example; accounturi={account}; validationmethods=dns-01"'
        self.names.resolver.wait_for(self.device.host, "CAA", [issue, '0 issuewild ";"'])

    def test_mail_does_not_wait_for_the_ca(self):
        self.serve(start=False)
        self.device.wait_until_ready()
        sender = dane_sender(self.scratch, self.names.machine)
        said = sender.deliver(SENDER, self.device.address, make("no CA", 2000))
        self.assertRegex(said, r"Verified TLS connection(.|\n)*status=sent")
        self.assertIn("self-signed, DANE ok", self.device.command("status"))
        self.ca.start()
        self.device.stop()
        self.device.start()
        self.wait_for_certificate(180)
        self.assertIn("valid until", self.device.command("status"))

    def test_external_account_binding(self):
        key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
        file = self.scratch.path / "eab-key"
        file.write_text(key + "\n")
        file.chmod(0o600)
        self.serve("--acme-eab-kid", "kid-1", "--acme-eab-key-file", str(file), accounts={"kid-1": key})
        self.wait_for_certificate()

    def test_strict_shows_senders_no_other_certificate_than_one_that_verifies(self):
        self.ca = Pebble(self.scratch, self.names.machine, pensive=4)
        root = self.ca.root()
        acme = ("--acme-directory", self.ca.directory, "--acme-ca", self.ca.ca_file)
        self.device = Device(self.names, extra=(*acme, "--tls-policy", "strict", "--tls-ca", root))
        wait_until(self.challenges, "the challenge", 60, 0.01)
        with self.assertRaises(Failed):
            self.device.served()
        self.device.wait_until_ready()
        verify(self.names.machine, self.device.host, root)

    def test_renewals_under_delivery_lose_nothing(self):
        self.serve(lifetime=15)
        self.wait_for_certificate()
        key, seen = self.device.served_key(), {self.device.serial()}
        sender = dane_sender(self.scratch, self.names.machine)
        with SteadyMail(sender, self.device.address) as mail:

            def renewed() -> bool:
                seen.add(self.device.serial())
                return len(seen) >= 3

            wait_until(renewed, "two renewals", 120, 0.5)
        mail.expect_none_deferred(self.device.host)
        mail.expect_each_once(self.device.maildir)
        self.assertEqual(self.device.served_key(), key, "a renewal keeps the key")
        print(f"{len(mail.sent)} messages while the certificate was renewed twice")

    def test_killed_during_an_issuance_it_leaves_no_challenge(self):
        self.serve(pensive=5)
        (first,) = wait_until(self.challenges, "the challenge", 60, 0.01)
        self.device.kill()
        self.assertEqual(self.challenges(), [first], "it was not killed in the middle")
        self.device.start()
        wait_until(lambda: first not in self.challenges(), "the challenge of the killed one to go", 60)
        self.wait_for_certificate()
        wait_until(lambda: not self.challenges(), "all challenges to go")

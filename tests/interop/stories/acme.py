"""Certificates from pebble, a real ACME server: client/certificates/renewal with everything of it but the relay, whose
records pebble-challtestsrv plays (tests/support/acme_device)."""

import json
import time

from harness.dns import AUTHORITY
from harness.netns import Namespace
from harness.pebble import Pebble
from harness.programs import BUILD
from harness.scratch import Process, wait_until
from harness.story import Story

DEVICE = BUILD / "tests/support/acme_device/acme_device"
HOST = "niklas.v6.sisu.test"
MANAGEMENT = "http://127.0.0.1:8055"
KID, MAC_KEY = "kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"


class Acme(Story):
    def setUp(self):
        self.needs_root()
        self.machine = Namespace(self.scratch)
        argv = ["pebble-challtestsrv", "-dns01", f"{AUTHORITY}:53", "-management", "127.0.0.1:8055"]
        argv += ["-http01", "", "-https01", "", "-tlsalpn01", ""]
        self.zone = self.scratch.start("zone", self.machine.inside(argv))
        self.state = self.scratch.path / "state"
        self.state.mkdir(mode=0o700)

    def device(self, pebble: Pebble, *extra) -> Process:
        argv = [DEVICE, "--directory", pebble.directory, "--ca", pebble.ca_file, "--host", HOST, "--state", self.state]
        return self.scratch.start("device", self.machine.inside([*argv, "--management", MANAGEMENT, *extra]))

    def events(self, device: Process, kind: str) -> list[dict]:
        lines = [json.loads(line) for line in device.log().splitlines() if line.startswith("{")]
        return [line for line in lines if kind in line]

    def record(self) -> dict:
        file = self.state / "acme-renewal.json"
        return json.loads(file.read_text()) if file.exists() else {}

    def verify_served(self, pebble: Pebble) -> None:
        """As openssl sees it, from pebble's root on."""
        chain = self.state / "tls-certificate.pem"
        options = ["-CAfile", pebble.root(), "-untrusted", chain, "-verify_hostname", HOST, "-purpose", "sslserver"]
        self.scratch.must_run(["openssl", "verify", *options, chain])

    def test_a_certificate_comes_soon_though_half_of_all_nonces_are_refused_and_is_renewed_over_the_same_key(self):
        pebble = Pebble(self.scratch, self.machine, lifetime=30, nonces_rejected=50)
        began = time.monotonic()
        device = self.device(pebble, "--certificates", "2")
        wait_until(lambda: self.events(device, "issued"), "the first certificate", 60)
        self.assertLess(time.monotonic() - began, 15)
        self.verify_served(pebble)
        # At two thirds of 30 s.
        self.assertEqual(device.exit_status(60), 0)
        first, second = self.events(device, "issued")
        self.assertEqual(first["spki"], second["spki"])
        self.assertLess(first["issued"], second["issued"])
        self.assertFalse(second["self_signed"])
        accounts = {event["account"] for event in self.events(device, "account")}
        self.assertEqual(len(accounts), 1)
        self.assertFalse((self.state / "acme-challenges").read_text(), "every challenge was cleaned up")
        requests_without_refusals = 2 * 7 + 1
        self.assertGreater(pebble.count("POST "), requests_without_refusals)

    def test_an_external_account_is_bound(self):
        pebble = Pebble(self.scratch, self.machine, accounts={KID: MAC_KEY})
        stranger = self.device(pebble)
        wait_until(lambda: self.record().get("failures") == 1, "the failure of a device without an external account", 30)
        self.assertIn("--acme-eab-kid", self.record()["error"])
        stranger.stop()
        (self.state / "acme-renewal.json").unlink()

        mac = self.scratch.path / "mac"
        mac.touch(mode=0o600)
        mac.write_text("A" * len(MAC_KEY))
        impostor = self.device(pebble, "--eab-kid", KID, "--eab-key-file", mac)
        wait_until(lambda: self.record().get("failures") == 1, "the failure of a device with a wrong MAC key", 30)
        impostor.stop()
        (self.state / "acme-renewal.json").unlink()

        mac.write_text(MAC_KEY + "\n")
        device = self.device(pebble, "--eab-kid", KID, "--eab-key-file", mac)
        self.assertEqual(device.exit_status(60), 0)
        self.verify_served(pebble)

    def test_a_ca_that_was_made_anew_is_given_a_new_account(self):
        pebble = Pebble(self.scratch, self.machine)
        self.assertEqual(self.device(pebble).exit_status(60), 0)
        pebble.stop()
        pebble.start()  # it has forgotten everything
        (self.state / "tls-certificate.pem").unlink()
        device = self.device(pebble)
        self.assertEqual(device.exit_status(60), 0)
        self.verify_served(pebble)
        self.assertFalse((self.state / "acme-challenges").read_text())

    def test_a_ca_whose_https_nobody_vouches_for_is_refused_with_what_to_do(self):
        pebble = Pebble(self.scratch, self.machine)
        argv = [DEVICE, "--directory", pebble.directory, "--ca", pebble.root(), "--host", HOST, "--state", self.state]
        self.scratch.start("device", self.machine.inside([*argv, "--management", MANAGEMENT]))
        wait_until(lambda: self.record().get("failures") == 1, "the failure", 30)
        self.assertIn("--acme-ca", self.record()["error"])

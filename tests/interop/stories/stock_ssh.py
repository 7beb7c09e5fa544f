"""Stock OpenSSH in place of the client: nothing in the protocol is private."""

import smtplib

from harness import messages, postfix
from harness.programs import ADDRESS, USER, Relay, make_key
from harness.scratch import Process, wait_until
from harness.smtp import connect, send, send_on
from harness.story import Story


class StockSsh(Story):
    def setUp(self):
        self.relay = Relay(self.scratch)
        self.key = make_key(self.scratch, "id_ed25519")

    def ssh_argv(self, *words: str, key=None, user: str = USER) -> list:
        return [
            *("ssh", "-F", "none", "-p", self.relay.ssh_port, "-i", key or self.key, "-o", "IdentitiesOnly=yes"),
            *("-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new", "-o", "IdentityAgent=none"),
            *("-o", f"UserKnownHostsFile={self.scratch.path / 'known_hosts'}", "-o", "ExitOnForwardFailure=yes"),
            *(*words, f"{user}@127.0.0.1"),
        ]

    def forward(self, name: str, port: int) -> Process:
        process = self.scratch.start("ssh", self.ssh_argv("-N", "-R", f"{name}:25:127.0.0.1:{port}"))
        self.relay.wait_for_presence()
        return process

    def receiving_postfix(self, settings: dict[str, str]) -> postfix.Postfix:
        """A Postfix with TLS that stores mail for niklas.test in one Maildir."""
        self.needs_root()
        certificate, key = self.scratch.path / "cert.pem", self.scratch.path / "key.pem"
        self.scratch.must_run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
            + ["-subj", "/CN=niklas.v6.test", "-keyout", key, "-out", certificate, "-days", "2"]
        )
        mail = self.scratch.path / "mail"
        mail.mkdir()
        owner, group = self.scratch.must_run(["id", "-u", "nobody"]), self.scratch.must_run(["id", "-g", "nobody"])
        self.scratch.must_run(["chown", "nobody", mail])
        self.inbox = mail / "inbox"
        own = {
            "myhostname": "niklas.v6.test",
            "virtual_mailbox_domains": "niklas.test",
            "virtual_mailbox_base": str(mail),
            "virtual_mailbox_maps": "static:inbox/",
            "virtual_uid_maps": f"static:{owner.strip()}",
            "virtual_gid_maps": f"static:{group.strip()}",
            "virtual_mailbox_limit": "0",
            "virtual_minimum_uid": "1",
            "smtpd_tls_security_level": "may",
            "smtpd_tls_cert_file": str(certificate),
            "smtpd_tls_key_file": str(key),
            "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
            "default_transport": "discard:",
        }
        return postfix.Postfix(self.scratch, "receiver", own | settings)

    def wait_for_file(self) -> bytes:
        new = self.inbox / "new"
        found = wait_until(lambda: new.is_dir() and list(new.iterdir()), "Postfix to store the message")
        return found[0].read_bytes()

    def test_postfix_behind_smtp_delivery_learns_the_senders_address_from_the_preface(self):
        receiver = self.receiving_postfix({"smtpd_upstream_proxy_protocol": "haproxy", "mynetworks": ""})
        self.forward("smtp-delivery", receiver.port)
        message = messages.make("through stock ssh", 200_000)
        send(self.relay.tier1_port, message, source="127.0.0.5")
        self.assertIn(message.replace(b"\r\n", b"\n"), self.wait_for_file())
        self.assertIn("[127.0.0.5]", receiver.log())

    def test_postfix_behind_smtp_raw_gets_the_bytes_without_a_preface(self):
        receiver = self.receiving_postfix({"mynetworks": ""})
        self.forward("smtp-raw", receiver.port)
        message = messages.make("raw", 200_000)
        send(self.relay.tier1_port, message)
        self.assertIn(message.replace(b"\r\n", b"\n"), self.wait_for_file())

    def test_postfix_behind_smtp_raw_with_empty_mynetworks_relays_for_nobody(self):
        receiver = self.receiving_postfix({"mynetworks": ""})
        self.forward("smtp-raw", receiver.port)
        with connect(self.relay.tier1_port) as connection:
            with self.assertRaises(smtplib.SMTPResponseException) as refused:
                send_on(connection, messages.make("open relay"), "somebody@elsewhere.example")
            self.assertEqual(refused.exception.smtp_code, 554)
            self.assertIn(b"Relay access denied", refused.exception.smtp_error)
            send_on(connection, messages.make("own"), ADDRESS)

    def test_without_empty_mynetworks_such_a_postfix_would_relay(self):
        """The control of the story above, and the reason for what the documentation says of smtp-raw."""
        receiver = self.receiving_postfix({"mynetworks": "127.0.0.0/8"})
        self.forward("smtp-raw", receiver.port)
        with connect(self.relay.tier1_port) as connection:
            send_on(connection, messages.make("open relay"), "somebody@elsewhere.example")

    def test_another_forward_is_refused(self):
        for name in ("smtp", "localhost", "0.0.0.0", "smtp-delivery.", "SMTP-DELIVERY"):
            with self.subTest(name):
                done = self.scratch.run(self.ssh_argv("-N", "-R", f"{name}:25:127.0.0.1:9"), 20)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("remote port forwarding failed", done.stdout)
        self.assertFalse(self.relay.has_presence())

    def test_one_session_holds_only_one_kind_of_delivery(self):
        words = ["-N", "-R", "smtp-delivery:25:127.0.0.1:9", "-R", "smtp-raw:25:127.0.0.1:9"]
        done = self.scratch.run(self.ssh_argv(*words), 20)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("remote port forwarding failed", done.stdout)

    def test_a_log_in_under_another_name_is_refused_with_the_reason(self):
        done = self.scratch.run(self.ssh_argv("-N", user="ada"), 20)
        self.assertEqual(done.returncode, 255, done.stdout)
        self.assertIn("Permission denied", done.stdout)
        self.assertRegex(done.stdout, r"(?i)ada\b")

    def test_a_log_in_with_another_key_is_refused_with_the_reason(self):
        first = self.forward("smtp-delivery", 9)
        first.stop()
        done = self.scratch.run(self.ssh_argv("-N", key=make_key(self.scratch, "another")), 20)
        self.assertEqual(done.returncode, 255, done.stdout)
        self.assertRegex(done.stdout, r"(?i)another key")

"""swaks as a scripted sender."""

from harness import checks, maildir, messages
from harness.programs import ADDRESS, start_pair
from harness.story import Story


class Swaks(Story):
    def setUp(self):
        self.relay, self.client = start_pair(self.scratch)

    def swaks(self, *words: str, message: bytes | None = None, recipient: str = ADDRESS):
        argv = ["swaks", "--server", f"127.0.0.1:{self.relay.tier1_port}", "--helo", "mx.sender.example"]
        argv += ["--from", "ada@sender.example", "--to", recipient, *words]
        if message is not None:
            file = self.scratch.path / "message.eml"
            file.write_bytes(message.removesuffix(b"\r\n"))  # swaks ends the last line itself
            argv += ["--data", f"@{file}"]
        return self.scratch.run(argv)

    def test_message_with_starttls_is_stored_with_its_labels(self):
        message = messages.make("swaks", 3000)
        done = self.swaks("--tls", message=message)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"250 2\.0\.0 stored as [0-9a-f-]{36} on device key SHA256:")
        (stored,) = maildir.read_all(self.client.maildir)
        checks.expect_same(stored.message, message, stored.path)
        self.assertEqual(stored.field("Return-Path"), "<ada@sender.example>")
        self.assertEqual(stored.field("Delivered-To"), ADDRESS)
        self.assertEqual(stored.field("Sisumail-Tier"), "1")
        self.assertRegex(stored.field("Sisumail-Sender"), r"^\[127\.0\.0\.1\]:\d+$")
        self.assertRegex(stored.field("Sisumail-TLS"), r"^TLSv1\.3 \S+$")
        self.assertIn(stored.field("Sisumail-Delivery-Id"), stored.path.name)
        self.assertIn(stored.field("Sisumail-Delivery-Id"), done.stdout)
        self.assertIn("with ESMTPS", stored.field("Received"))

    def test_message_without_starttls_is_refused_with_530(self):
        done = self.swaks()
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"<\*\* 530 5\.7\.0 ")
        self.assertEqual(maildir.files(self.client.maildir), [])

    def test_foreign_recipients_are_refused_with_550(self):
        for recipient in ("hello@other.test", "hello@ada.test", "hello@test", "hello@niklas.test.example"):
            with self.subTest(recipient):
                done = self.swaks("--tls", recipient=recipient)
                self.assertNotEqual(done.returncode, 0)
                self.assertRegex(done.stdout, r"<~\* 550 5\.7\.1 ")
        self.assertEqual(maildir.files(self.client.maildir), [])

    def test_every_own_address_is_accepted(self):
        for recipient in ("a@niklas.test", "B.c+d@NIKLAS.Test", "x@t1.niklas.test", "postmaster"):
            with self.subTest(recipient):
                done = self.swaks("--tls", recipient=recipient)
                self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(len(maildir.files(self.client.maildir)), 4)

    def test_labels_that_a_sender_forged_are_removed(self):
        message = messages.make("forged", 2000)
        forged = (
            b"Sisumail-Tier: 1\r\n"
            b"sisumail-tls: none\r\n"
            b"SISUMAIL-Sender :\r\n\t[192.0.2.1]:25\r\n\tfolded\r\n"
            b"Sisumail-Anything: x\r\n"
        )
        done = self.swaks("--tls", message=forged + message)
        self.assertEqual(done.returncode, 0, done.stdout)
        (stored,) = maildir.read_all(self.client.maildir)
        checks.expect_same(stored.message, message, stored.path)

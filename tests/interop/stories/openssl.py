"""openssl s_client -starttls smtp: which protocol versions the device serves, and with which key."""

from harness import maildir
from harness.programs import start_pair
from harness.story import Story

DIALOGUE = (
    "EHLO mx.sender.example\r\n"
    "MAIL FROM:<ada@sender.example>\r\n"
    "RCPT TO:<hello@niklas.test>\r\n"
    "DATA\r\n"
    "Subject: typed by hand\r\n\r\nhello\r\n.\r\n"
    "QUIT\r\n"
)


class OpenSsl(Story):
    def setUp(self):
        self.relay, self.client = start_pair(self.scratch)

    def s_client(self, *words: str, text: str = "QUIT\r\n") -> tuple[int, str]:
        argv = ["openssl", "s_client", "-starttls", "smtp", "-connect", f"127.0.0.1:{self.relay.tier1_port}"]
        # -ign_eof: waits for the server to close; -nocommands: a line that begins with Q or R is text.
        argv += ["-name", "mx.sender.example", "-ign_eof", "-nocommands", *words]
        script = self.scratch.path / "typed"
        script.write_bytes(text.encode())
        with open(script, "rb") as typed:
            done = self.scratch.run(argv, stdin=typed)
        return done.returncode, done.stdout

    def test_a_message_typed_through_tls_1_3_is_stored(self):
        status, output = self.s_client("-tls1_3", text=DIALOGUE)
        self.assertIn("TLSv1.3", output)
        self.assertIn("250 2.0.0 stored as ", output)
        self.assertEqual(status, 0, output)
        (stored,) = maildir.read_all(self.client.maildir)
        self.assertEqual(stored.message, b"Subject: typed by hand\r\n\r\nhello\r\n")

    def test_tls_1_2_is_served(self):
        _, output = self.s_client("-tls1_2", text=DIALOGUE)
        self.assertIn("250 2.0.0 stored as ", output)
        (stored,) = maildir.read_all(self.client.maildir)
        self.assertTrue(stored.field("Sisumail-TLS").startswith("TLSv1.2 "))

    def test_tls_1_1_is_refused(self):
        status, output = self.s_client("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0", text=DIALOGUE)
        self.assertNotEqual(status, 0, output)
        self.assertEqual(maildir.files(self.client.maildir), [])

    def test_the_certificate_is_for_the_users_name_and_a_p256_key(self):
        _, output = self.s_client("-servername", "niklas.v6.test")
        certificate = output[output.index("-----BEGIN CERTIFICATE") : output.index("-----END CERTIFICATE-----") + 26]
        file = self.scratch.path / "device.pem"
        file.write_text(certificate)
        text = self.scratch.must_run(["openssl", "x509", "-in", file, "-noout", "-text"])
        self.assertIn("DNS:niklas.v6.test", text)
        self.assertIn("prime256v1", text)

    def test_the_key_stays_the_same_over_a_restart_of_the_client(self):
        def public_key() -> str:
            _, output = self.s_client()
            pem = output[output.index("-----BEGIN CERTIFICATE") : output.index("-----END CERTIFICATE-----") + 26]
            return self.scratch.must_run(["openssl", "x509", "-noout", "-pubkey"], input=pem, stdin=None)

        before = public_key()
        self.client.process.stop()
        self.relay.wait_for_absence()
        self.client.start()
        self.relay.wait_for_presence()
        self.assertEqual(public_key(), before)

"""Postfix as the sending MTA: 1,000 messages, each stored exactly once and byte for byte."""

import smtplib

from harness import checks, maildir, messages, postfix
from harness.programs import ADDRESS, start_pair
from harness.smtp import HELLO, SENDER
from harness.story import Story

KIB, MB = 1024, 1000 * 1000


def thousand_messages() -> dict[str, int]:
    """Name and size: 900 under 64 KiB, 90 under 1 MB, 10 of 20 MB."""
    small = {f"small-{i}": 1 * KIB + i * 69 for i in range(900)}
    middle = {f"middle-{i}": 70 * KIB + i * 10_300 for i in range(90)}
    large = {f"large-{i}": 20 * MB for i in range(10)}
    return small | middle | large


class Postfix(Story):
    def deliver_thousand(self, reuse: bool) -> None:
        self.needs_root()
        relay, client = start_pair(self.scratch)
        sender = postfix.sender(self.scratch, relay.tier1_port, reuse)
        sizes = thousand_messages()
        expected = {}
        with smtplib.SMTP("127.0.0.1", sender.port, local_hostname=HELLO) as connection:
            for name, size in sizes.items():
                expected[name] = messages.make(name, size)
                connection.sendmail(SENDER, [ADDRESS], expected[name], mail_options=["BODY=8BITMIME"])
        sender.wait_until_empty(480)
        # Its own Received is the one field that Postfix adds.
        stored = maildir.read_all(client.maildir)
        checks.expect_all_once(stored, expected, mta_fields=1)
        self.assertEqual(maildir.left_in_tmp(client.maildir), [])
        self.assertTrue(all(one.field("Sisumail-Tier") == "1" for one in stored))
        self.assertTrue(all(one.field("Sisumail-TLS").startswith("TLSv1.3 ") for one in stored))
        ids = {one.field("Sisumail-Connection-Id") for one in stored}
        if reuse:
            self.assertLess(len(ids), 900, "connections were not reused")
        else:
            self.assertEqual(len(ids), 1000, "each message should have had its own connection")

    def test_thousand_messages_each_on_its_own_connection(self):
        self.deliver_thousand(reuse=False)

    def test_thousand_messages_over_reused_connections(self):
        self.deliver_thousand(reuse=True)

"""Restarts and graceful ends of both programs, and a relay that is not the one it was."""

import signal
import smtplib

from harness import checks, maildir, messages
from harness.programs import Client, Relay, banner, start_pair
from harness.smtp import connect, send, send_on
from harness.story import Story


class Restarts(Story):
    def test_the_client_comes_back_after_a_restart_of_the_relay(self):
        relay, client = start_pair(self.scratch)
        send(relay.tier1_port, messages.make("before"))
        self.assertEqual(relay.process.stop(), 0)
        relay.start()
        relay.wait_for_presence(30)
        send(relay.tier1_port, messages.make("after"))
        expected = {name: messages.make(name) for name in ("before", "after")}
        checks.expect_all_once(maildir.read_all(client.maildir), expected)

    def test_the_client_waits_for_a_relay_that_is_not_there_yet(self):
        relay = Relay(self.scratch)
        relay.process.stop()
        client = Client(self.scratch, relay)
        client.process.wait_for_log("level=warning")
        relay.start()
        relay.wait_for_presence(30)

    def test_another_relay_in_its_place_is_refused_loudly(self):
        relay, client = start_pair(self.scratch)
        relay.process.stop()
        (relay.state).rename(self.scratch.path / "old-state")
        seen = len(client.process.log())
        relay.start()
        client.process.wait_for_log("level=error", after=seen)
        self.assertRegex(client.process.log()[seen:], r"HAS CHANGED.* shows the host key SHA256:\S+, but .* has SHA256:")
        self.assertFalse(relay.has_presence())

    def test_the_host_key_survives_a_restart_and_is_private(self):
        relay = Relay(self.scratch)
        before = relay.host_key()
        relay.process.stop()
        relay.start()
        self.assertEqual(relay.host_key(), before)
        private = [path for path in relay.state.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
        self.assertEqual(len(private), 1)
        self.assertEqual(private[0].stat().st_mode & 0o777, 0o600)

    def end_in_the_middle_of_a_message(self, of_client: bool) -> None:
        """SIGTERM while a message is half sent: the program ends by itself with status 0, within its bound, and the
        message is either stored and confirmed, or neither."""
        relay, client = start_pair(self.scratch)
        content = messages.make("half", 500_000)
        connection = connect(relay.tier1_port)
        connection.mail("ada@sender.example", ["BODY=8BITMIME"])
        connection.rcpt("hello@niklas.test")
        connection.docmd("DATA")
        quoted = content.replace(b"\r\n.", b"\r\n..")
        connection.send(quoted[:250_000])
        process = client.process if of_client else relay.process
        process.signal(signal.SIGTERM)
        code = 0
        try:
            connection.send(quoted[250_000:] + b".\r\n")
            code, _ = connection.getreply()
        except (smtplib.SMTPServerDisconnected, OSError):
            pass
        connection.close()  # the relay, which cannot speak SMTP, waits for senders that stay
        self.assertEqual(process.exit_status(60), 0)
        stored = maildir.read_all(client.maildir)
        if code == 250:
            checks.expect_all_once(stored, {"half": content})
        else:
            self.assertEqual(stored, [])

    def test_sigterm_of_the_client_in_the_middle_of_a_message(self):
        self.end_in_the_middle_of_a_message(of_client=True)

    def test_sigterm_of_the_relay_in_the_middle_of_a_message(self):
        self.end_in_the_middle_of_a_message(of_client=False)

    def test_sigterm_of_an_idle_client_ends_presence_at_once(self):
        relay, client = start_pair(self.scratch)
        client.process.signal(signal.SIGTERM)
        self.assertEqual(client.process.exit_status(20), 0)
        relay.wait_for_absence(5)
        self.assertEqual(banner("127.0.0.1", relay.tier1_port), "")

    def test_sigint_ends_both_with_status_0(self):
        relay, client = start_pair(self.scratch)
        for process in (client.process, relay.process):
            process.signal(signal.SIGINT)
            self.assertEqual(process.exit_status(20), 0)

    def test_a_second_signal_ends_the_relay_at_once(self):
        relay, client = start_pair(self.scratch)
        with connect(relay.tier1_port) as connection:
            connection.mail("ada@sender.example", [])  # a relay cannot say 421: it would wait for this sender
            relay.process.signal(signal.SIGTERM)
            relay.process.wait_for_log("a second signal ends them")
            self.assertTrue(relay.process.running())
            relay.process.signal(signal.SIGTERM)
            self.assertEqual(relay.process.exit_status(10), 1)
        relay.start()
        relay.wait_for_presence(30)

    def test_an_idle_sender_is_told_421_when_the_client_ends(self):
        relay, client = start_pair(self.scratch)
        with connect(relay.tier1_port) as connection:
            client.process.signal(signal.SIGTERM)
            code, _ = connection.getreply()
            self.assertEqual(code, 421)
            self.assertEqual(client.process.exit_status(60), 0)

    def test_a_takeover_moves_presence_to_the_newest_client(self):
        relay, first = start_pair(self.scratch)
        with connect(relay.tier1_port) as running:
            second = Client(self.scratch, relay, key=first.key, name="second")
            first.process.wait_for_log("another client took the deliveries over")
            send(relay.tier1_port, messages.make("to the second"))
            # What ran over the first session goes on over it.
            send_on(running, messages.make("to the first"))
        checks.expect_all_once(maildir.read_all(first.maildir), {"to the first": messages.make("to the first")})
        checks.expect_all_once(maildir.read_all(second.maildir), {"to the second": messages.make("to the second")})
        self.assertTrue(first.process.running())

"""What the relay cannot know: its memory, its files and its logs are searched for every message that went through it."""

import smtplib
import threading

from harness import memory, messages
from harness.programs import start_pair
from harness.smtp import connect, send_on
from harness.story import Story

MESSAGES = 40


class Blindness(Story):
    def secrets_of(self, seed: str) -> list[bytes]:
        return [messages.token(part + seed).encode() for part in ("subject", "id", "body")]

    def scan(self, relay, words: list[bytes]) -> dict[bytes, list[str]]:
        found, size = memory.scan(relay.process.pid, words)
        self.assertGreater(size, 1_000_000, "the scan read nothing")
        return {word: places for word, places in found.items() if places}

    def test_no_message_is_found_in_the_relays_memory_files_or_logs(self):
        relay, client = start_pair(self.scratch, relay_extra=("--log-level", "debug"))
        seeds = [f"blind-{i}" for i in range(MESSAGES)]
        # Envelope addresses that occur nowhere else; the user part is what a relay could be tempted to log.
        recipients = {seed: f"to-{messages.token('to' + seed)}@niklas.test" for seed in seeds}
        words = [word for seed in seeds for word in self.secrets_of(seed)]
        words += [address.split("@")[0].encode() for address in recipients.values()] + [b"ada@sender.example"]
        # The positive control: what a sender says in clear, on a connection that is still open when the scan runs.
        control = f"{messages.token('control')}.sender.example"
        in_clear = smtplib.SMTP("127.0.0.1", relay.tier1_port, local_hostname=control, timeout=60)
        in_clear.ehlo()
        control = control.encode()
        first, second = threading.Event(), threading.Event()
        failures = []

        def deliver() -> None:
            try:
                with connect(relay.tier1_port) as connection:
                    for count, seed in enumerate(seeds):
                        content = messages.make(seed, 300_000, recipients[seed])
                        send_on(connection, content, recipients[seed])
                        if count == MESSAGES // 2:
                            # In the middle of a message, so that its bytes are on their way while the scan runs.
                            connection.mail("ada@sender.example")
                            connection.rcpt(recipients[seed])
                            connection.docmd("DATA")
                            stuffed = content.replace(b"\r\n.", b"\r\n..")
                            connection.send(stuffed[:150_000])
                            first.set()
                            second.wait(120)
                            connection.send(stuffed[150_000:] + b".\r\n")
                            connection.getreply()
            except Exception as error:  # shown by the story's own thread
                failures.append(error)
                first.set()

        sender = threading.Thread(target=deliver)
        sender.start()
        self.assertTrue(first.wait(120))
        during = self.scan(relay, words + [control])
        second.set()
        sender.join(120)
        self.assertEqual(failures, [])
        after = self.scan(relay, words + [control])

        in_clear.close()
        self.assertIn(control, during, "the scan should see the EHLO name, which goes through in clear")
        self.assertEqual({word: places for word, places in during.items() if word != control}, {})
        self.assertEqual({word: places for word, places in after.items() if word != control}, {})

        stored = b"".join(path.read_bytes() for path in (client.maildir / "new").iterdir())
        self.assertTrue(all(word in stored for word in words), "the words are not those of the messages")
        for path in [relay.process.log_path, *relay.state.rglob("*")]:
            if path.is_file():
                content = path.read_bytes()
                self.assertEqual([word for word in words if word in content], [], path)
        client.process.stop()

    def test_the_scan_finds_what_is_there(self):
        """The control of the control: a process that holds a word in its memory."""
        word = messages.token("held in memory")
        held = self.scratch.start("holder", ["python3", "-c", f"import time; word = '{word}'; time.sleep(60)"])
        found, _ = memory.scan(held.pid, [word.encode(), b"q" * 40 + word.encode()])
        self.assertTrue(found[word.encode()])
        self.assertFalse(found[b"q" * 40 + word.encode()])

    def test_the_relay_links_no_tls_library(self):
        from harness.programs import RELAY

        libraries = self.scratch.must_run(["ldd", RELAY])
        self.assertNotIn("libssl", libraries)
        self.assertIn("libcrypto", libraries)

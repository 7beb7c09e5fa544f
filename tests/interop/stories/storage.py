"""The Maildir on disks that fill up, become read-only or were left by a crash, and in the hands of other programs."""

import os
import smtplib
import time
from pathlib import Path

from harness import mail_readers, maildir, messages
from harness.programs import BUILD, CLIENT, ROOT, USER, make_key
from harness.scratch import Scratch, can_connect, free_port, wait_until
from harness.smtp import connect, send, send_on
from harness.story import Story

LOAD = BUILD / "tests/support/smtp_load/smtp_load"
VERIFY = ROOT / "tests/support/verify_maildir.py"


class LocalClient:
    """A client without a relay: it takes mail on a local port."""

    def __init__(self, scratch: Scratch, mail: Path, prefix: tuple = ()):
        self.maildir = mail
        self.port = free_port()
        key = make_key(scratch, "key")
        self.argv = [
            *prefix,
            *(CLIENT, "--user", USER, "--key", key, "--maildir", mail, "--state", scratch.path / "state"),
            *("--smtp-listen", f"127.0.0.1:{self.port}"),
        ]
        self.process = scratch.start("client", self.argv)
        wait_until(lambda: can_connect("127.0.0.1", self.port), "the client to listen")


class Storage(Story):
    def mount(self, options: str) -> Path:
        """A small file system of the test's own."""
        self.needs_root()
        where = self.scratch.path / "disk"
        where.mkdir()
        self.scratch.must_run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", where])
        self.scratch.at_end(lambda: self.scratch.must_run(["umount", "-l", where]))
        return where

    def load(self, client: LocalClient, *words: str) -> int:
        """The exit status of a run of smtp_load."""
        journal = self.scratch.path / "journal"
        argv = [LOAD, f"127.0.0.1:{client.port}", "--starttls", "--journal", journal, *words]
        done = self.scratch.run(argv, 120)
        print(done.stdout)
        return done.returncode

    def replies(self) -> list[str]:
        """The journal's refusals, by code and enhanced code."""
        lines = (self.scratch.path / "journal").read_text().splitlines()
        return [line.split("\t")[5][:9] for line in lines if line.startswith("refused")]

    def verify(self, client: LocalClient) -> None:
        self.scratch.must_run([VERIFY, self.scratch.path / "journal", client.maildir])

    def empty(self, client: LocalClient) -> None:
        for path in maildir.files(client.maildir):
            path.unlink()
        (self.scratch.path / "journal").unlink()

    def test_a_file_size_limit_is_451_and_ends_no_program(self):
        client = LocalClient(self.scratch, self.scratch.path / "mail", ("prlimit", "--fsize=1000000"))
        words = ("--messages", "6", "--sizes", "3:4k-200k,3:2m", "--retry-for", "0")
        self.assertEqual(self.load(client, *words), 1)
        self.assertEqual(self.replies(), ["451 4.3.0"] * 3)
        self.assertEqual(maildir.left_in_tmp(client.maildir), [])
        self.assertTrue(client.process.running())
        self.verify(client)

    def test_a_full_disk_is_452_and_leaves_nothing_partial(self):
        client = LocalClient(self.scratch, self.mount("size=8m,mode=700") / "mail")
        words = ("--messages", "100", "--connections", "4", "--sizes", "8:4k-200k,2:300k-2m", "--retry-for", "0")
        self.assertEqual(self.load(client, *words), 1)
        self.assertGreater(len(maildir.files(client.maildir)), 5)
        self.assertEqual(set(self.replies()), {"452 4.3.1"})
        self.assertEqual(maildir.left_in_tmp(client.maildir), [])
        self.verify(client)
        self.empty(client)
        self.assertEqual(self.load(client, "--messages", "20", "--sizes", "4k-200k", "--seed", "2"), 0)
        self.verify(client)

    def test_a_disk_without_inodes_is_452(self):
        client = LocalClient(self.scratch, self.mount("nr_inodes=30,mode=700") / "mail")
        self.assertEqual(self.load(client, "--messages", "40", "--retry-for", "0"), 1)
        self.assertEqual(set(self.replies()), {"452 4.3.1"})
        self.assertEqual(maildir.left_in_tmp(client.maildir), [])
        self.verify(client)

    def test_a_declared_size_beyond_the_disk_is_refused_early(self):
        client = LocalClient(self.scratch, self.mount("size=4m,mode=700") / "mail")
        with connect(client.port) as connection:
            connection.mail("ada@sender.example", ["SIZE=40000000"])
            connection.rcpt("hello@niklas.test")
            code, text = connection.data(messages.make("big", 2_000_000))  # would fit
            self.assertEqual((code, text[:5]), (452, b"4.3.1"))
        self.assertEqual(maildir.files(client.maildir) + maildir.left_in_tmp(client.maildir), [])

    def test_a_disk_that_becomes_read_only_is_451_until_it_is_writable_again(self):
        disk = self.mount("size=8m,mode=700")
        client = LocalClient(self.scratch, disk / "mail")
        send(client.port, messages.make("before"))
        self.scratch.must_run(["mount", "-o", "remount,ro", disk])
        with connect(client.port) as connection:
            for size in (0, 1_000_000):
                with self.assertRaises(smtplib.SMTPResponseException) as refused:
                    send_on(connection, messages.make("during", size))
                self.assertEqual(refused.exception.smtp_code, 451)
                self.assertEqual(refused.exception.smtp_error[:6], b"4.3.0 ")
            self.scratch.must_run(["mount", "-o", "remount,rw", disk])
            send_on(connection, messages.make("after"))
        stored = maildir.read_all(client.maildir)
        self.assertEqual({one.message for one in stored}, {messages.make("before"), messages.make("after")})
        self.assertEqual(maildir.left_in_tmp(client.maildir), [])

    def test_a_maildir_that_cannot_be_used_stops_the_start_with_one_line(self):
        disk = self.mount("size=8m,mode=700")
        self.scratch.must_run(["mount", "-o", "remount,ro", disk])
        foreign = self.scratch.path / "foreign"
        foreign.mkdir()
        os.chown(foreign, 65534, 65534)
        in_the_way = self.scratch.path / "file"
        in_the_way.touch()
        for path, words in ((disk / "mail", "Read-only"), (foreign, "belongs to uid 65534"), (in_the_way, "directory")):
            key = self.scratch.path / "key"
            if not key.exists():
                make_key(self.scratch, "key")
            state = self.scratch.path / "state"
            listen = f"127.0.0.1:{free_port()}"
            argv = [CLIENT, "--user", USER, "--key", key, "--maildir", path, "--state", state, "--smtp-listen", listen]
            done = self.scratch.run(argv, 20)
            self.assertEqual(done.returncode, 1, done.stdout)
            lines = [line for line in done.stdout.splitlines() if "level=info" not in line]
            self.assertEqual(len(lines), 1, done.stdout)
            self.assertIn(str(path), lines[0])
            self.assertIn(words, lines[0])

    def test_only_stale_files_in_tmp_go_at_the_start(self):
        mail = self.scratch.path / "mail"
        for part in ("tmp", "new", "cur"):
            (mail / part).mkdir(parents=True)
        mail.chmod(0o700)
        now = time.time()
        for name, hours in (("tmp/stale", 37), ("tmp/young", 35), ("new/old", 500), ("cur/old:2,S", 500)):
            (mail / name).write_bytes(b"x")
            os.utime(mail / name, (now, now - hours * 3600))
        LocalClient(self.scratch, mail).process.wait_for_log("listening")
        left = sorted(str(path.relative_to(mail)) for path in mail.rglob("*") if path.is_file())
        self.assertEqual(left, ["cur/old:2,S", "new/old", "tmp/young"])

    def deliver_a_few(self) -> tuple[Path, list[bytes]]:
        client = LocalClient(self.scratch, self.scratch.path / "mail")
        for name, size in (("small", 0), ("middling", 60_000), ("large", 1_000_000)):
            send(client.port, messages.make(name, size))
        client.process.stop()
        return client.maildir, [path.read_bytes() for path in maildir.files(client.maildir)]

    def test_dovecot_gives_what_was_stored_byte_for_byte(self):
        mail, stored = self.deliver_a_few()
        self.assertEqual(sorted(mail_readers.read_with_dovecot(self.scratch, mail)), sorted(stored))

    def test_mutt_reads_every_message(self):
        mail, stored = self.deliver_a_few()
        seen = {}
        for message in mail_readers.read_with_mutt(self.scratch, mail):
            fields, body = mail_readers.header_and_body(message)
            seen[fields[b"X-Test-Id"]] = (fields, body)
        self.assertEqual(len(seen), len(stored))
        for message in stored:
            fields, body = mail_readers.header_and_body(message)
            mutts_fields, mutts_body = seen[fields[b"X-Test-Id"]]
            self.assertEqual(mutts_body, body)
            self.assertEqual({name: mutts_fields.get(name) for name in fields}, fields)

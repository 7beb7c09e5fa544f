#!/usr/bin/env python3
"""verify_maildir must find what it is there to find: a verifier that cannot fail proves nothing."""

import hashlib
import tempfile
import unittest
import uuid
from pathlib import Path

import verify_maildir

TRACE = b"Return-Path: <a@b.example>\r\nSisumail-Tier: 1\r\nReceived: from a\r\n\tby b; now\r\n"


class VerifyMaildir(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.maildir = Path(directory.name)
        for part in ("tmp", "new", "cur"):
            (self.maildir / part).mkdir()
        self.lines = []

    def attempt(self, event: str, number: int, delivery: str = "") -> None:
        digest = hashlib.sha256(self.message(number)).hexdigest()
        self.lines.append(f"{event}\t{number}\t1\t100\t{digest}\t250 2.0.0 stored as {delivery} on device key k\n")

    def message(self, number: int) -> bytes:
        return b"Subject: %d\r\n\r\nReceived: not a field\r\n" % number

    def store(self, number: int, delivery: str, cut: int | None = None, folder: str = "new") -> None:
        content = (TRACE + self.message(number))[:cut]
        (self.maildir / folder / f"1700000000.M000001R{delivery}.box").write_bytes(content)

    def accept(self, number: int) -> str:
        delivery = str(uuid.uuid4())
        self.attempt("accepted", number, delivery)
        return delivery

    def faults(self) -> str:
        return "\n".join(verify_maildir.verify(verify_maildir.read_journal(self.lines), [self.maildir]))

    def test_all_present_is_no_fault(self):
        self.store(1, self.accept(1))
        self.store(2, self.accept(2), folder="cur")
        self.attempt("refused", 3)
        self.assertEqual(self.faults(), "")

    def test_a_lost_message_is_found(self):
        self.store(1, self.accept(1))
        self.accept(2)
        self.assertIn("message 2: accepted as", self.faults())

    def test_one_in_tmp_is_not_there(self):
        self.store(1, self.accept(1), folder="tmp")
        self.assertIn("not there", self.faults())

    def test_a_torn_message_is_found(self):
        for cut in (0, 20, len(TRACE), -1):
            with self.subTest(cut=cut):
                self.setUp()
                self.store(1, self.accept(1), cut)
                self.assertIn("torn", self.faults())

    def test_a_torn_message_that_was_not_accepted_is_found_too(self):
        self.attempt("unknown", 1)
        self.store(1, str(uuid.uuid4()), -5)
        self.assertIn("torn", self.faults())

    def test_a_message_of_nobody_is_found(self):
        self.store(7, str(uuid.uuid4()))
        self.assertIn("not a message of this journal", self.faults())

    def test_a_duplicate_needs_an_attempt_without_an_answer(self):
        self.store(1, self.accept(1))
        self.store(1, str(uuid.uuid4()))
        self.assertIn("there 2 times", self.faults())
        self.attempt("unknown", 1)
        self.assertEqual(self.faults(), "")

    def test_a_refused_message_must_not_be_stored(self):
        self.attempt("refused", 1)
        self.store(1, str(uuid.uuid4()))
        self.assertIn("only 0 attempts", self.faults())

    def test_the_copy_that_was_promised_must_be_there_not_another(self):
        self.accept(1)
        self.attempt("unknown", 1)
        self.store(1, str(uuid.uuid4()))
        self.assertIn("not there", self.faults())

    def test_a_reply_that_names_another_message_is_found(self):
        self.store(2, self.accept(1))
        self.store(1, self.accept(2))
        self.assertIn("the reply that named it was for message", self.faults())

    def test_a_reply_without_a_delivery_id_is_found(self):
        self.lines.append(f"accepted\t1\t1\t100\t{'0' * 64}\t250 ok\n")
        self.assertIn("no delivery id", self.faults())


if __name__ == "__main__":
    unittest.main()

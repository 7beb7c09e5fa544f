#!/usr/bin/env python3
"""Holds Maildirs against the journal of smtp_load (tests/support/smtp_load/journal.hpp).

    tests/support/verify_maildir.py JOURNAL MAILDIR...

Every message that got a 250 must be there, under the delivery id that the reply named, and with the bytes that were
sent apart from the client's own trace block. Every file must be such a message: a torn one is none. A message may be
there once more than it was accepted for each attempt whose outcome the sender never learned, and never otherwise.
Exit status 0 if all this holds; 1 with a line for each fault.
"""

import hashlib
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "interop"))

from harness import maildir  # noqa: E402

STORED_AS = re.compile(r"stored as ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) ")
LISTED_FAULTS = 20


@dataclass
class Journal:
    accepted: dict[str, str] = field(default_factory=dict)  # delivery id -> SHA-256 of the message
    numbers: dict[str, str] = field(default_factory=dict)  # SHA-256 -> message number
    may_be_stored: Counter = field(default_factory=Counter)  # SHA-256 -> accepted and unknown attempts
    events: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def read_journal(lines) -> Journal:
    journal = Journal()
    for line in lines:
        event, number, _, _, sha256, text = line.rstrip("\n").split("\t", 5)
        journal.events[event] += 1
        journal.numbers[sha256] = number
        if event in ("accepted", "unknown"):
            journal.may_be_stored[sha256] += 1
        if event != "accepted":
            continue
        found = STORED_AS.search(text)
        if not found:
            journal.faults.append(f"message {number}: no delivery id in its reply: {text}")
        elif journal.accepted.setdefault(found.group(1), sha256) != sha256:
            journal.faults.append(f"message {number}: its delivery id was given to another message: {text}")
    return journal


def message_digest(path: Path) -> str | None:
    """SHA-256 of what the sender gave; None where there is not even a whole trace block."""
    try:
        return hashlib.sha256(maildir.read(path).message).hexdigest()
    except AssertionError:
        return None


def verify(journal: Journal, maildirs: list[Path]) -> list[str]:
    faults = list(journal.faults)
    missing = dict(journal.accepted)
    copies = Counter()
    for path in (file for directory in maildirs for file in maildir.files(directory)):
        digest = message_digest(path)
        if digest not in journal.numbers:
            faults.append(f"{path}: torn, or not a message of this journal ({path.stat().st_size} octets)")
            continue
        copies[digest] += 1
        delivery = path.name.partition("R")[2][:36]  # time.MmicrosecondsRdelivery.host
        if journal.accepted.get(delivery, digest) != digest:
            faults.append(f"{path}: the reply that named it was for message {journal.numbers[journal.accepted[delivery]]}")
        missing.pop(delivery, None)
    for delivery, digest in missing.items():
        faults.append(f"message {journal.numbers[digest]}: accepted as {delivery}, and not there")
    for digest, count in copies.items():
        if count > journal.may_be_stored[digest]:
            faults.append(
                f"message {journal.numbers[digest]}: there {count} times, but only {journal.may_be_stored[digest]} "
                "attempts were accepted or left open"
            )
    return faults


def summary(journal: Journal, maildirs: list[Path]) -> str:
    stored = sum(len(maildir.files(directory)) for directory in maildirs)
    in_tmp = sum(len(maildir.left_in_tmp(directory)) for directory in maildirs)
    return (
        f"{journal.events['accepted']} accepted and present; {stored - journal.events['accepted']} more without a 250 "
        f"({journal.events['unknown']} attempts without an answer); {in_tmp} in tmp"
    )


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    maildirs = [Path(word) for word in sys.argv[2:]]
    with open(sys.argv[1], encoding="utf-8") as lines:
        journal = read_journal(lines)
    faults = verify(journal, maildirs)
    for fault in faults[:LISTED_FAULTS]:
        print(fault)
    if len(faults) > LISTED_FAULTS:
        print(f"and {len(faults) - LISTED_FAULTS} more")
    if not faults:
        print(summary(journal, maildirs))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

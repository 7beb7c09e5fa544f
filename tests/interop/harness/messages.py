"""Messages from a seed: any of them can be made again to compare with what was stored."""

import hashlib
import random
import re

# Lines that a mail system may be tempted to change.
TEMPTING = (
    b".",
    b"..",
    b". leading dot",
    b".\x20",
    b"From the start of a line",
    b"",
    b"\xc3\xa4\xc3\xb6\xc3\xbc \xe2\x82\xac in UTF-8",
    b"\xff\xfe not UTF-8",
    b"trailing blanks   ",
    b"tab\tand\ttabs\t",
    b"=3D quoted-printable=20",
    b"x" * 990,
)
TEST_ID = re.compile(rb"^X-Test-Id: ([^\r\n]+)\r$", re.MULTILINE)


def token(seed: str) -> str:
    """A word that occurs nowhere else: what a scan of memory or logs looks for."""
    return hashlib.sha256(seed.encode()).hexdigest()[:24]


def make(seed: str, size: int = 0, recipient: str = "hello@niklas.test", sender: str = "ada@sender.example") -> bytes:
    """A message of about `size` bytes with CRLF line ends, the same for the same arguments."""
    chance = random.Random(seed)
    head = [
        f"From: Ada <{sender}>",
        f"To: <{recipient}>",
        f"Subject: subject-{token('subject' + seed)}",
        f"Message-ID: <{token('id' + seed)}@sender.example>",
        "Date: Fri, 20 Nov 2026 10:00:00 +0000",
        f"X-Test-Id: {seed}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "X-Folded: a header field",
        "\tthat is folded",
    ]
    lines = [line.encode() for line in head] + [b"", f"body-{token('body' + seed)}".encode()]
    lines += chance.sample(TEMPTING, len(TEMPTING))
    used = sum(len(line) + 2 for line in lines)
    while used < size:
        # Hex digits: quick to make and of any length.
        block = chance.randbytes(min(30000, max(1, (size - used) // 2))).hex().encode()
        width = chance.randrange(60, 990)
        cut = [block[at : at + width] for at in range(0, len(block), width)]
        lines += cut
        used += sum(len(line) + 2 for line in cut)
    return b"\r\n".join(lines) + b"\r\n"


def test_id(content: bytes) -> str | None:
    found = TEST_ID.search(content[:65536])
    return found.group(1).decode() if found else None

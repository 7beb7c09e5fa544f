"""What the client stored: files of a Maildir, taken apart into the client's own trace block and the message."""

import re
from dataclasses import dataclass
from pathlib import Path

# One header field with its folded lines.
FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)\r\n")
OWN_FIELDS = {"return-path", "delivered-to", "received"}


@dataclass
class Stored:
    path: Path
    trace: list[tuple[str, str]]  # the client's own fields, from the top to its Received
    message: bytes  # what the sender gave

    def field(self, name: str) -> str | None:
        for key, value in self.trace:
            if key.lower() == name.lower():
                return value
        return None


def without_first_received(content: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """The fields from the top down to the first Received, and the rest."""
    fields = []
    at = 0
    while True:
        found = FIELD.match(content, at)
        if not found:
            raise AssertionError(f"no Received field at the top of: {content[:400]!r}")
        name = found.group(1).decode("latin-1")
        fields.append((name, re.sub(r"\r\n[ \t]", " ", found.group(2).decode("utf-8", "replace")).strip()))
        at = found.end()
        if name.lower() == "received":
            return fields, content[at:]


def read(path: Path) -> Stored:
    trace, message = without_first_received(path.read_bytes())
    for name, _ in trace:
        if name.lower() not in OWN_FIELDS and not name.lower().startswith("sisumail-"):
            raise AssertionError(f"{path}: {name} does not belong into the client's trace block")
    return Stored(path, trace, message)


def files(maildir: Path) -> list[Path]:
    """Delivered files; what is in tmp/ is not delivered."""
    return sorted(path for part in ("new", "cur") if (maildir / part).is_dir() for path in (maildir / part).iterdir())


def left_in_tmp(maildir: Path) -> list[Path]:
    return sorted((maildir / "tmp").iterdir()) if (maildir / "tmp").is_dir() else []


def read_all(maildir: Path) -> list[Stored]:
    return [read(path) for path in files(maildir)]

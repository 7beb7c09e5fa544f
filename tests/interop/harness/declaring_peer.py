"""What the relay says to sisumail-dns (proto/naming.md), for stories in which there is no relay."""

import hashlib
import json
import socket
from pathlib import Path

from harness.scratch import Failed


class DeclaringPeer:
    def __init__(self, path: Path, zone: str):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(30)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("rb")
        self.say(hello={"version": 1, "zone": f"{zone}."})
        self.hello = self.next("hello")

    def say(self, **line) -> None:
        self.socket.sendall(json.dumps(line).encode() + b"\n")

    def next(self, *kinds: str) -> dict:
        """The next line of one of these kinds; others are skipped."""
        while line := self.lines.readline():
            ((kind, content),) = json.loads(line).items()
            if kind in kinds:
                return content
        raise Failed(f"sisumail-dns ended the connection before it said {' or '.join(kinds)}")

    def declare(self, owner: str, *records: str) -> str:
        """"NAME TTL TYPE VALUE" each. Returns the digest."""
        digest = hashlib.sha256("\n".join(records).encode()).hexdigest()
        split = [record.split(" ", 3) for record in records]
        found = [{"name": name, "ttl": int(ttl), "type": type_, "value": value} for name, ttl, type_, value in split]
        self.say(set={"owner": owner, "digest": digest, "records": found})
        return digest

    def close(self) -> None:
        self.lines.close()
        self.socket.close()

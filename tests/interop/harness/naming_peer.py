"""Whoever connects to the socket of sisumail-dns (proto/naming.md), as any user of the machine."""

import json
import os
import pwd
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Talk:
    answers: list[dict]
    end: str  # "closed" by the service, "open", or why not

    def of(self, kind: str) -> list[dict]:
        return [answer[kind] for answer in self.answers if kind in answer]


def talk(path: Path, user: str, *lines: dict | bytes, quiet: float = 2.0) -> Talk:
    """Sends the lines at once as `user`, and reads until the service closes or says nothing for `quiet` seconds."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(quiet)
        try:
            with acting_as(user):  # the kernel notes the user at connect(2): SO_PEERCRED
                peer.connect(str(path))
            for line in lines:
                peer.sendall(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
        except BrokenPipeError:
            pass  # it has closed; what it said before is still to be read
        except OSError as error:
            return Talk([], error.strerror)
        end, said = read_all(peer)
    return Talk([json.loads(line) for line in said.splitlines() if line], end)


def read_all(peer: socket.socket) -> tuple[str, bytes]:
    said = b""
    try:
        while block := peer.recv(65536):
            said += block
        return "closed", said
    except TimeoutError:
        return "open", said
    except OSError as error:
        return error.strerror, said


@contextmanager
def acting_as(user: str):
    """Effective user and group are those of `user` inside; needs root."""
    entry, groups = pwd.getpwnam(user), os.getgroups()
    os.setgroups([])
    os.setegid(entry.pw_gid)
    os.seteuid(entry.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def record_set(owner: str, *records: tuple[str, str, str], digest: str = "d1") -> dict:
    """A line; `records`: name, type, value."""
    found = [{"name": name, "type": kind, "ttl": 60, "value": value} for name, kind, value in records]
    return {"set": {"owner": owner, "digest": digest, "records": found}}

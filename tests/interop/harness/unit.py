"""A unit file of systemd's: what it says, what systemd finds about it, which system calls it leaves."""

import re
import shutil
import socket
from pathlib import Path

from harness.programs import ROOT
from harness.scratch import Scratch

UNITS = ROOT / "deploy/systemd"
NO_SYSTEMD = shutil.which("systemd-analyze") is None
TRACED_SOCKET = re.compile(r"\bsocket\((AF_\w+)")
TRACED_CALL = re.compile(r"^(?:\d+ +)?(?:<\.\.\. )?(\w+)(?:\(| resumed)", re.MULTILINE)


class Unit:
    def __init__(self, scratch: Scratch, name: str):
        self.scratch = scratch
        self.path = UNITS / f"{name}.service"

    def setting(self, name: str) -> list[str]:
        return re.findall(rf"^{name}=(.*)$", self.path.read_text(), re.MULTILINE)

    def complaints(self, installed: str, program: Path) -> str:
        """What systemd says about the unit as installed, but for the program's place."""
        copy = self.scratch.path / self.path.name
        copy.write_text(self.path.read_text().replace(installed, str(program.resolve())))
        return self.scratch.must_run(["systemd-analyze", "verify", "--man=no", copy])

    def exposure(self) -> tuple[float, str]:
        """From 0, nothing, to 10; and what it is made of."""
        said = self.scratch.must_run(["systemd-analyze", "security", "--offline=true", "--no-pager", self.path])
        return float(re.search(r"exposure level for \S+: ([0-9.]+)", said).group(1)), said

    def forbids(self, trace: Path) -> set[str]:
        """Of the system calls in a trace of strace's, those that the unit's filter does not let pass."""
        allowed, forbidden = self.setting("SystemCallFilter")
        denied = self.calls_in(forbidden.removeprefix("~"))
        return calls_of(trace) - (self.calls_in(allowed) - denied)

    def forbidden_families(self, trace: Path) -> set[str]:
        """The kinds of sockets in a trace that the unit does not allow."""
        return set(TRACED_SOCKET.findall(trace.read_text())) - set(self.setting("RestrictAddressFamilies")[0].split())

    def calls_in(self, words: str) -> set[str]:
        """The system calls that systemd's groups stand for."""
        found = set()
        for word in words.split():
            if not word.startswith("@"):
                found.add(word)
                continue
            lines = self.scratch.must_run(["systemd-analyze", "syscall-filter", "--no-pager", word]).splitlines()
            inside = [line.strip() for line in lines[1:] if line.strip() and not line.strip().startswith("#")]
            found |= self.calls_in(" ".join(inside))
        return found


def calls_of(trace: Path) -> set[str]:
    return set(TRACED_CALL.findall(trace.read_text()))


class Users:
    """What systemd-sysusers makes of our files in an empty system."""

    def __init__(self, scratch: Scratch, *names: str):
        root = scratch.path / "root"
        folder = root / "usr/lib/sysusers.d"
        folder.mkdir(parents=True)
        (root / "etc").mkdir()
        for name in names:
            shutil.copy(UNITS / f"{name}.sysusers.conf", folder / f"{name}.conf")
        scratch.must_run(["systemd-sysusers", f"--root={root}"])
        self.users = [line.split(":") for line in (root / "etc/passwd").read_text().splitlines()]
        groups = [line.split(":") for line in (root / "etc/group").read_text().splitlines()]
        self.members = {group[0]: group[3].split(",") if group[3] else [] for group in groups}

    def user(self, name: str) -> tuple[int, str, str]:
        """Its number, home and shell."""
        for found, _, uid, _, _, home, shell in self.users:
            if found == name:
                return int(uid), home, shell
        raise KeyError(name)


class ServiceSocket:
    """systemd's end of sd_notify(3)."""

    def __init__(self, path: Path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(30)

    def next(self) -> str:
        return self.socket.recv(200).decode()

"""A relay that serves a zone on loopback: its registry, its operator's commands, and stock ssh as anybody.

Users' addresses are bound without being anybody's (IPV6_FREEBIND): nobody connects to them here, see harness/zone.py."""

import json
import subprocess
from pathlib import Path

from harness.operator import Operator
from harness.programs import CLIENT, RELAY, is_listening, make_key
from harness.scratch import Failed, Process, Scratch, free_port, wait_until

ZONE = "sisu.test"
PREFIX = "2001:db8:5157:2::/64"


class Registrar:
    def __init__(self, scratch: Scratch, *extra: str):
        self.scratch = scratch
        self.extra = extra
        self.ssh_port = free_port()
        self.tier1_port = free_port()
        self.state = scratch.path / "registrar-state"
        self.known_hosts = scratch.path / "registrar-known_hosts"
        self.process: Process = self.start()
        self.known_hosts.write_text(scratch.must_run(["ssh-keyscan", "-t", "ed25519", "-p", self.ssh_port, "127.0.0.1"]))

    def argv(self) -> list:
        return [
            *(RELAY, "--ssh-listen", f"127.0.0.1:{self.ssh_port}", "--zone", ZONE, "--ipv6-prefix", PREFIX),
            *("--tier1-port", self.tier1_port, "--state", self.state, *self.extra),
        ]

    def start(self) -> Process:
        self.process = self.scratch.start("registrar", self.argv())
        wait_until(self._listens, "the relay to listen for SSH")
        return self.process

    def _listens(self) -> bool:
        if not self.process.running():
            raise Failed(f"the relay ended with {self.process.popen.returncode}")
        return is_listening(self.process.pid, self.ssh_port)

    def restart(self, *extra: str) -> None:
        self.process.stop()
        self.extra = extra
        self.start()

    def has_presence(self) -> bool:
        return is_listening(self.process.pid, self.tier1_port)

    # The operator

    def operator(self, *words: str) -> str:
        return Operator(self.state).run(*words)

    def invite(self) -> str:
        """A new code."""
        return self.operator("invite", "mint").split()[0]

    def registry(self) -> tuple[str, str]:
        """All users and all invitations: what a refusal must not change. When users were last seen does."""
        users = Operator(self.state).objects("user", "list")
        for user in users:
            user.pop("last_seen", None)
        return json.dumps(users), self.operator("invite", "list", "--json")

    # Anybody

    def ssh_argv(self, name: str, key: Path, *words: str, options: tuple = ()) -> list:
        argv = ["ssh", "-F", "none", "-p", self.ssh_port, "-i", key, "-o", "IdentitiesOnly=yes"]
        argv += ["-o", "IdentityAgent=none", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={self.known_hosts}"]
        return [str(word) for word in [*argv, *options, "-l", name, "127.0.0.1", *words]]

    def ssh(self, name: str, key: Path, *words: str, options: tuple = (), typed: str = "") -> subprocess.CompletedProcess:
        argv = self.ssh_argv(name, key, *words, options=options)
        return subprocess.run(argv, input=typed, capture_output=True, text=True, timeout=60)

    def claim(self, name: str, key: Path, code: str | None = None) -> dict:
        """A claim that is granted."""
        done = self.ssh(name, key, "claim", "--json", *(("--invite", code) if code else ()))
        if done.returncode != 0:
            raise Failed(f"claim of {name}: {done.stderr}")
        return json.loads(done.stdout)

    def user(self, name: str) -> Path:
        """A new user's key."""
        key = make_key(self.scratch, f"{name}-key")
        self.claim(name, key, self.invite())
        return key

    def client_argv(self, name: str, key: Path, *extra: str) -> list:
        return [
            *(CLIENT, "--relay", f"127.0.0.1:{self.ssh_port}", "--user", name, "--zone", ZONE, "--key", key),
            *("--maildir", self.scratch.path / f"{name}-mail", "--state", self.scratch.path / f"{name}-client-state"),
            *("--known-hosts", self.known_hosts, *extra),
        ]

    def wait_until_gone(self, process: subprocess.Popen) -> None:
        wait_until(lambda: process.poll() is not None, "a session to end")

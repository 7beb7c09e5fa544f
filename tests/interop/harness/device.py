"""A user's device: sisumail with keys and a Maildir of its own, on the machine of a story about names."""

import json
from pathlib import Path

from harness.names import Names
from harness.programs import CLIENT, make_key
from harness.scratch import Failed, Process, wait_until
from harness.tls import certificate_says, served, spki_digest
from harness.zone import SSH_PORT, ZONE


class Device:
    """It claims the name at its first start. `extra`: more options of the client."""

    def __init__(self, names: Names, user: str = "niklas", extra: tuple = (), claimed_with: Path | None = None):
        self.names, self.scratch, self.machine = names, names.scratch, names.machine
        self.user, self.extra = user, extra
        self.host = f"{user}.v6.{ZONE}"
        self.address = f"hello@{user}.{ZONE}"
        self.key = claimed_with or make_key(self.scratch, f"{user}-key")
        self.maildir = self.scratch.path / f"{user}-mail"
        self.state = self.scratch.path / f"{user}-state"
        self.start()

    def argv(self) -> list:
        return [
            *(CLIENT, "--relay", f"127.0.0.1:{SSH_PORT}", "--user", self.user, "--zone", ZONE, "--key", self.key),
            *("--maildir", self.maildir, "--state", self.state, "--known-hosts", self.scratch.path / "known_hosts"),
            *("--accept-new-host-key", *self.extra),
        ]

    def start(self, env: dict[str, str] | None = None) -> Process:
        self.process = self.scratch.start(self.user, self.machine.inside(self.argv()), env=env)
        return self.process

    def stop(self) -> None:
        self.process.stop()

    def kill(self) -> None:
        self.process.popen.kill()
        self.process.popen.wait()

    def log(self) -> str:
        return self.process.log()

    def command_argv(self, *words: str) -> list:
        return [CLIENT, *words, "--state", self.state]

    def command(self, *words: str, limit: float = 60) -> str:
        """`sisumail WORDS`, asked of the running client."""
        return self.scratch.must_run(self.machine.inside(self.command_argv(*words)), limit)

    def status(self) -> dict:
        return json.loads(self.command("status", "--json"))

    def rolling(self) -> bool:
        return json.loads(self.command("key", "status", "--json"))["roll"] != "none"

    def wait_until_ready(self, limit: float = 60) -> None:
        """Its address and TLSA records are live; the certificate may come later."""
        wait_until(self.is_ready, f"{self.user} to be ready", limit)

    def is_ready(self) -> bool:
        if not self.process.running():
            raise Failed(f"the client ended with {self.process.popen.returncode}")
        return self.scratch.run(self.machine.inside(self.command_argv("status"))).returncode == 0

    # What a sender sees

    def served(self) -> str:
        return served(self.machine, self.host)

    def served_key(self) -> str:
        return spki_digest(self.scratch, self.served())

    def serial(self) -> str:
        return certificate_says(self.scratch, self.served(), "-serial")

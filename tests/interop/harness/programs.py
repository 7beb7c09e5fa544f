"""sisumail-relay and sisumail with throw-away keys and state, on loopback."""

import os
import socket
from pathlib import Path

from harness.scratch import Failed, Process, Scratch, free_port, wait_until

ROOT = Path(__file__).parents[3]
BUILD = Path(os.environ.get("SISUMAIL_BUILD", ROOT / "build/release"))
RELAY = BUILD / "relay/sisumail-relay"
CLIENT = BUILD / "client/sisumail"
NAMING = BUILD / "relay/sisumail-dns"

USER = "niklas"
ADDRESS = "hello@niklas.test"


def make_key(scratch: Scratch, name: str, passphrase: str = "") -> Path:
    """An ed25519 key pair as ssh-keygen makes it."""
    path = scratch.path / name
    scratch.must_run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", path])
    return path


def banner(host: str, port: int, wait: float = 3.0) -> str:
    """What a server says first; "" for nobody, or nothing within `wait` seconds."""
    try:
        with socket.create_connection((host, port), timeout=wait) as connection:
            connection.settimeout(wait)
            return connection.recv(512).decode("latin-1")
    except OSError:
        return ""


class Relay:
    """A relay for one user; `namespace` runs it inside one."""

    def __init__(self, scratch: Scratch, extra: tuple = (), namespace=None, name: str = "relay"):
        self.scratch = scratch
        self.name = name
        self.ssh_port = free_port()
        self.tier1_port = free_port()
        self.state = scratch.path / f"{name}-state"
        self.namespace = namespace
        self.extra = extra
        self.process: Process = self.start()

    def argv(self) -> list:
        return [
            *(RELAY, "--ssh-listen", f"127.0.0.1:{self.ssh_port}", "--tier1-listen", f"127.0.0.1:{self.tier1_port}"),
            *("--dev-user", USER, "--state", self.state),
            *self.extra,
        ]

    def start(self) -> Process:
        """Starts it, again if it was stopped, and waits until it takes SSH connections."""
        argv = self.namespace.inside(self.argv()) if self.namespace else self.argv()
        self.process = self.scratch.start(self.name, argv)
        wait_until(self._listens, "the relay to listen for SSH")
        return self.process

    def _listens(self) -> bool:
        if not self.process.running():
            raise Failed(f"the relay ended with {self.process.popen.returncode}")
        # Connecting would count as a log-in that never came; the kernel's table says the same without one.
        return is_listening(self.process.pid, self.ssh_port)

    def has_presence(self) -> bool:
        """Whether the user is present: then, and only then, somebody listens on the Tier 1 port."""
        return is_listening(self.process.pid, self.tier1_port)

    def wait_for_presence(self, limit: float = 30.0) -> None:
        wait_until(self.has_presence, "the user's presence at the relay", limit)

    def wait_for_absence(self, limit: float = 60.0) -> None:
        wait_until(lambda: not self.has_presence(), "the relay to close the user's listener", limit)

    def host_key(self) -> str:
        """"ssh-ed25519 AAAA..." as known_hosts has it, asked from the running relay."""
        argv = ["ssh-keyscan", "-t", "ed25519", "-p", self.ssh_port, "127.0.0.1"]
        text = self.scratch.must_run(self.namespace.inside(argv) if self.namespace else argv)
        for line in text.splitlines():
            if not line.startswith("#") and " ssh-ed25519 " in line:
                return line.split(" ", 1)[1]
        raise Failed(f"no host key in: {text}")


class Client:
    def __init__(
        self, scratch: Scratch, relay: Relay, key: Path | None = None, extra: tuple = (), namespace=None, name="client"
    ):
        self.scratch = scratch
        self.relay = relay
        self.name = name
        self.key = key or make_key(scratch, f"{name}-key")
        self.maildir = scratch.path / f"{name}-mail"
        self.state = scratch.path / f"{name}-state"
        self.known_hosts = scratch.path / f"{name}-known_hosts"
        self.namespace = namespace
        self.extra = extra
        self.process: Process = self.start()

    def argv(self) -> list:
        return [
            *(CLIENT, "--relay", f"127.0.0.1:{self.relay.ssh_port}", "--user", USER, "--key", self.key),
            *("--maildir", self.maildir, "--state", self.state, "--known-hosts", self.known_hosts),
            *("--accept-new-host-key", "--tls-policy", "pragmatic"),
            *self.extra,
        ]

    def start(self) -> Process:
        argv = self.namespace.inside(self.argv()) if self.namespace else self.argv()
        self.process = self.scratch.start(self.name, argv)
        return self.process


def is_listening(pid: int, port: int) -> bool:
    """Whether a TCP socket listens on `port` in the network namespace of process `pid`."""
    for table in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
        except FileNotFoundError:
            return False
        for line in lines:
            if " 0A " not in line:
                continue  # a busy machine has 100,000 others
            words = line.split()
            if words[3] == "0A" and int(words[1].rsplit(":", 1)[1], 16) == port:
                return True
    return False


def start_pair(scratch: Scratch, relay_extra: tuple = (), client_extra: tuple = ()) -> tuple[Relay, Client]:
    """A relay and its user's client, present."""
    relay = Relay(scratch, relay_extra)
    client = Client(scratch, relay, extra=client_extra)
    relay.wait_for_presence()
    return relay, client

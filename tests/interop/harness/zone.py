"""A relay that serves a zone, on a machine of its own: a network namespace in which every address of a /64 is local, as
deploy/anyip.sh sets it up."""

import json
import shutil
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import NamedTuple

from harness.netns import Namespace
from harness.programs import BUILD, RELAY, ROOT
from harness.scratch import Failed, Process, Scratch, wait_until

ZONE = "sisu.test"
PREFIX = "2001:db8:5157:1::/64"
CROWD = BUILD / "tests/support/zone_crowd/zone_crowd"
SSH_PORT, TIER1_PORT = 2222, 25

# Connects to each address that comes on standard input, one after the other, and prints the fields of an Answer for each.
PROBE = """
import json, socket, sys, time
port = int(sys.argv[1])
for line in sys.stdin:
    address, greeted, heard, error = line.strip(), None, None, None
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as connection:
        connection.settimeout(20)
        began = time.perf_counter()
        try:
            connection.connect((address, port))
            took = time.perf_counter() - began
            heard = connection.recv(512).decode("latin-1")
            greeted = time.perf_counter() - began
        except OSError as failure:
            took, error = time.perf_counter() - began, failure.strerror or str(failure)
    print(json.dumps([address, took, greeted, heard, error]), flush=True)
"""


class Answer(NamedTuple):
    address: str
    connected: float  # or refused: seconds
    greeted: float | None  # seconds until something was heard
    heard: str | None
    error: str | None


class Machine(Namespace):
    """Where the relay is, and whoever talks to it."""

    def __init__(self, scratch: Scratch, prefix: str = PREFIX):
        super().__init__(scratch)
        files = scratch.path / f"{self.name}-files"
        self.anyip = [ROOT / "deploy/anyip.sh", "--files-under", files, "--uplink", "lo", "--mode", "routed"]
        self.run([*self.anyip, "--persist", "none", prefix])
        self.probe_script = scratch.path / "probe.py"
        self.probe_script.write_text(PROBE)

    def probe(self, addresses: list[str], port: int = TIER1_PORT) -> list[Answer]:
        argv = self.inside(["python3", self.probe_script, str(port)])
        done = subprocess.run(
            list(map(str, argv)), input="\n".join(addresses) + "\n", capture_output=True, text=True, timeout=300
        )
        if done.returncode != 0:
            raise Failed(done.stderr)
        return [Answer(*json.loads(line)) for line in done.stdout.splitlines()]

    def answer(self, address: str, port: int = TIER1_PORT) -> str:
        """What is heard there, or the error."""
        (answer,) = self.probe([address], port)
        return answer.heard if answer.error is None else answer.error

    def tcp_counters(self) -> dict[str, int]:
        """The kernel's own of this namespace (RFC 4022): PassiveOpens, OutRsts, ..."""
        names, values = [line.split()[1:] for line in self.run(["cat", "/proc/net/snmp"]).splitlines() if line[:4] == "Tcp:"]
        return dict(zip(names, map(int, values)))


class ZoneRelay:
    """`user`: another one than root, that may do no more than to listen at port 25."""

    def __init__(
        self, scratch: Scratch, machine: Machine, extra: tuple = (), state: Path | None = None, user: str | None = None
    ):
        self.scratch, self.machine, self.extra = scratch, machine, extra
        self.state = state or scratch.path / "zone-state"
        self.confined: list = []
        if user:
            self.state.mkdir(mode=0o700)
            shutil.chown(self.state, user)
            only = "-all,+net_bind_service"
            caps = [f"--{which}={only}" for which in ("inh-caps", "ambient-caps", "bounding-set")]
            self.confined = ["setpriv", f"--reuid={user}", "--regid=nogroup", "--clear-groups", "--no-new-privs", *caps]
        self.process: Process = self.start()

    @staticmethod
    def argv_of(state: Path) -> list:
        return [RELAY, "--zone", ZONE, "--ipv6-prefix", PREFIX, "--ssh-listen", f":{SSH_PORT}", "--state", state]

    def start(self) -> Process:
        log = self.scratch.path / "zone-relay.log"
        said_before = len(log.read_text()) if log.exists() else 0
        argv = [*self.confined, *self.argv_of(self.state), *self.extra]
        self.process = self.scratch.start("zone-relay", self.machine.inside(argv))
        self.process.wait_for_log("relay ready", after=said_before)
        return self.process

    def presences(self) -> list[str]:
        """The users' addresses on which somebody listens for senders."""
        lines = self.machine.run(["ss", "-Hltn", f"sport = :{TIER1_PORT}"]).splitlines()
        addresses = [line.split()[3].rsplit(":", 1)[0].strip("[]") for line in lines]
        return [address for address in addresses if ":" in address and ip_address(address) in ip_network(PREFIX)]


class Crowd:
    """`count` users in the registry of `state`; the program stays, for their sessions. `machine` is where it runs."""

    def __init__(self, scratch: Scratch, machine: Machine, count: int, state: Path | None = None):
        self.state = state or scratch.path / "zone-state"
        self.state.mkdir(mode=0o700, exist_ok=True)
        self.process = scratch.start(
            "crowd", machine.inside([CROWD, self.state, PREFIX, str(count)]), stdin=subprocess.PIPE
        )
        self.process.wait_for_log("ready", 60)
        lines = self.process.log().splitlines()[1:]
        self.addresses: dict[str, str] = dict(line.split() for line in lines[: lines.index("ready")])

    def order(self, line: str, answer: str, limit: float = 60.0) -> str:
        """Sends a line; the line that begins with `answer`."""
        before = len(self.process.log())
        self.process.popen.stdin.write(line.encode() + b"\n")
        self.process.popen.stdin.flush()
        self.process.wait_for_log(answer, limit, before)
        wait_until(lambda: self.process.log()[before:].endswith("\n"), "the end of the line")
        return next(line for line in self.process.log()[before:].splitlines() if line.startswith(answer))

    def present(self, count: int, limit: float = 120.0) -> float:
        """The first `count` become present; in how many seconds."""
        return float(self.order(f"present 127.0.0.1:{SSH_PORT} {count}", f"present {count} ", limit).split()[2])

    def leave(self, name: str) -> None:
        self.order(f"leave {name}", f"left {name}")

    def key(self, name: str, file: Path) -> Path:
        self.order(f"key {name} {file}", f"key {name}")
        return file


def ssh_argv(scratch: Scratch, name: str, key: Path, *words: str, before: tuple = ()) -> list:
    """Stock ssh as that user; `before` are options, `words` the command."""
    return [
        *("ssh", "-F", "none", "-p", SSH_PORT, "-i", key, "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"),
        *("-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new", "-o", "ExitOnForwardFailure=yes"),
        *("-o", f"UserKnownHostsFile={scratch.path / 'known_hosts'}", *before, f"{name}@127.0.0.1", *words),
    ]

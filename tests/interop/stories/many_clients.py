"""Many clients of one relay come back by themselves after its restart, and the relay lets only so many in at a time."""

import signal
import subprocess
import urllib.request

from harness.programs import BUILD, RELAY
from harness.scratch import Process, free_port, wait_until
from harness.story import Story

FLEET = BUILD / "tests/bench/bench_fleet"
PREFIX = "2001:db8:5157:1::/64"
CLIENTS, AT_ONCE = 200, 30


class ManyClients(Story):
    def setUp(self):
        self.ssh_port, self.metrics_port, tier1_port = free_port(), free_port(), free_port()
        self.state = self.scratch.path / "state"
        self.state.mkdir(mode=0o700)
        self.argv = [
            *(RELAY, "--zone", "sisu.test", "--ipv6-prefix", PREFIX, "--tier1-port", str(tier1_port)),
            *("--ssh-listen", f"127.0.0.1:{self.ssh_port}", "--metrics-listen", f"127.0.0.1:{self.metrics_port}"),
            *("--limit", f"unauthenticated={AT_ONCE}", "--limit", "unauthenticated-per-source=1000000"),
            *("--limit", "early-drop-start=100%", "--state", self.state),
        ]
        words = [FLEET, self.state, PREFIX, f"127.0.0.1:{self.ssh_port}", CLIENTS, CLIENTS]
        self.fleet = self.scratch.start("fleet", words, stdin=subprocess.PIPE)
        self.fleet.wait_for_log("\nregistered\n")

    def tell_fleet(self, line: str) -> None:
        self.fleet.popen.stdin.write(line.encode() + b"\n")
        self.fleet.popen.stdin.flush()

    def start_relay(self, name: str) -> Process:
        relay = self.scratch.start(name, self.argv)
        relay.wait_for_log("event=\"relay ready\"")
        return relay

    def sample(self, name: str) -> float:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=20) as answer:
            lines = answer.read().decode().splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(name + " "))

    def wait_for_all(self, since: int) -> list[float]:
        """Until all are back; how many had not logged in, whenever we looked."""
        waiting = []

        def all_are_back() -> bool:
            waiting.append(self.sample("sisumail_relay_unauthenticated"))
            return "\nback " in self.fleet.log()[since:]

        wait_until(all_are_back, "all clients to be online", 120)
        self.assertEqual(self.sample("sisumail_relay_present_users"), CLIENTS)
        return waiting

    def come_back_after(self, number: int) -> None:
        relay = self.start_relay("relay")
        since = len(self.fleet.log()) - 1
        self.tell_fleet("go")  # all in one instant
        self.assertLessEqual(max(self.wait_for_all(since)), AT_ONCE)
        self.assertGreater(self.sample('sisumail_relay_limit_reached_total{limit="unauthenticated"}'), 0)

        since = len(self.fleet.log()) - 1
        self.tell_fleet("mark")
        relay.signal(number)
        relay.exit_status()
        self.start_relay("relay-again")
        self.assertLessEqual(max(self.wait_for_all(since)), AT_ONCE)
        self.assertEqual(self.sample('sisumail_relay_logins_total{outcome="done"}'), CLIENTS)

    def test_all_come_back_after_a_restart(self):
        self.come_back_after(signal.SIGTERM)

    def test_all_come_back_after_a_kill(self):
        self.come_back_after(signal.SIGKILL)

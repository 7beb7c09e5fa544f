"""The base of stories about peers that mean no good, against a whole relay: each is stopped by the limit that is made for
it, which says so once in the log, and somebody else is served meanwhile. The scripted ones are in peers/attacker.py."""

import re
import socket
import urllib.request
from pathlib import Path

from harness.programs import USER, Relay, make_key
from harness.scratch import free_port, wait_until
from harness.story import Story

ATTACKER = Path(__file__).parents[1] / "peers/attacker.py"
RESET = b"\x01\0\0\0\0\0\0\0"  # SO_LINGER: on, 0 s


class AttackStory(Story):
    def setUp(self):
        self.key = make_key(self.scratch, "id_ed25519")
        self.metrics_port = free_port()
        self.always = ("--metrics-listen", f"127.0.0.1:{self.metrics_port}")
        self.relay = Relay(self.scratch, ("--limit=login-time=60s", *self.always))
        self.assertEqual(self.whoami().returncode, 0)  # the first key is the user's

    def ssh_argv(self, *options: str, key=None, words: tuple = ()) -> list:
        return [
            *("ssh", "-F", "none", "-p", self.relay.ssh_port, "-i", key or self.key, "-o", "IdentitiesOnly=yes"),
            *("-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new", "-o", "IdentityAgent=none"),
            *("-o", f"UserKnownHostsFile={self.scratch.path / 'known_hosts'}", *options, f"{USER}@127.0.0.1", *words),
        ]

    def whoami(self):
        return self.scratch.run(self.ssh_argv(words=("whoami",)), 30)

    def restart(self, *limits: str) -> None:
        """With other limits."""
        self.relay.process.stop()
        self.relay.extra = (*self.always, *(f"--limit={limit}" for limit in limits))
        self.relay.start()

    def attack(self, name: str, *numbers: int):
        """Starts one; what it tells is in the log of the process that is returned."""
        self.attacks = getattr(self, "attacks", 0) + 1
        argv = ["/usr/bin/python3", ATTACKER, name, self.relay.ssh_port, USER, self.key, *numbers]
        return self.scratch.start(f"attack{self.attacks}", argv)

    def attack_to_its_end(self, name: str, *numbers: int) -> str:
        attack = self.attack(name, *numbers)
        attack.exit_status(120)
        return attack.log()

    def lines(self, limit: str) -> list[str]:
        return [line for line in self.relay.process.log().splitlines() if f"limit={limit} " in line]

    def counted(self, limit: str) -> float:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=20) as answer:
            text = answer.read().decode()
        (count,) = re.findall(rf'^sisumail_relay_limit_reached_total{{limit="{limit}"}} (\S+)$', text, re.MULTILINE)
        return float(count)

    def expect_bite(self, limit: str) -> None:
        """The limit is in the log, once, and counted; and the user is served as before."""
        wait_until(lambda: self.lines(limit), f"the limit {limit} to bite", 20)
        self.assertEqual(len(self.lines(limit)), 1)
        self.assertIn('level=warning event="limit reached"', self.lines(limit)[0])
        self.assertGreaterEqual(self.counted(limit), 1)
        done = self.whoami()
        self.assertEqual(done.returncode, 0, done.stdout)

    def sender(self, receive_buffer: int = 0) -> socket.socket:
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", self.relay.tier1_port))
        self.addCleanup(connection.close)
        return connection

"""The relay as systemd starts it: the unit, its user, the one capability and the system calls it leaves."""

import os
import re
import shutil
import signal
import socket
import unittest
from pathlib import Path

from harness import messages
from harness.netns import Namespace
from harness.operator import Operator
from harness.programs import RELAY, Client, Relay
from harness.scratch import free_port, wait_until
from harness.smtp import send
from harness.story import Story
from harness.unit import NO_SYSTEMD, ServiceSocket, Unit, Users, calls_of

NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs")


class Service(Story):
    def setUp(self):
        super().setUp()
        self.unit = Unit(self.scratch, "sisumail-relay")

    @unittest.skipIf(NO_SYSTEMD, "systemd is not installed")
    def test_systemd_understands_the_unit(self):
        self.assertEqual(self.unit.complaints("/usr/bin/sisumail-relay", RELAY), "")

    @unittest.skipIf(NO_SYSTEMD, "systemd is not installed")
    def test_systemd_finds_little_exposed(self):
        level, said = self.unit.exposure()
        self.assertLessEqual(level, 1.6, said)

    @unittest.skipIf(NO_SYSTEMD, "systemd is not installed")
    def test_the_user_has_no_shell(self):
        uid, home, shell = Users(self.scratch, "sisumail-relay").user("sisumail-relay")
        self.assertEqual((home, shell), ("/var/lib/sisumail-relay", "/usr/sbin/nologin"))
        self.assertNotEqual(uid, 0)
        self.assertEqual(self.unit.setting("User"), ["sisumail-relay"])

    @unittest.skipIf(NO_SYSTEMD, "systemd is not installed")
    def test_no_system_call_of_the_relay_is_forbidden(self):
        """A relay under strace starts, takes a delivery, answers /metrics and stops."""
        port = free_port()
        relay = TracedRelay(self.scratch, ("--metrics-listen", f"127.0.0.1:{port}"))
        client = Client(self.scratch, relay)
        relay.wait_for_presence()
        send(relay.tier1_port, messages.make("traced", 50_000))
        with socket.create_connection(("127.0.0.1", port)) as scraper:
            scraper.send(b"GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n")
            wait_until(lambda: scraper.recv(4096) == b"", "the page to end")
        client.process.stop()
        self.expect_nothing_forbidden(relay, "epoll_wait")

    @unittest.skipIf(NO_SYSTEMD, "systemd is not installed")
    def test_no_system_call_of_a_relay_with_a_registry_is_forbidden(self):
        prefix = "2001:db8:5157:1::/64"
        words = ("--zone", "sisu.test", "--ipv6-prefix", prefix, "--tier1-port", str(free_port()))
        self.expect_nothing_forbidden(TracedRelay(self.scratch, words, dev_user=False), "fdatasync")

    def expect_nothing_forbidden(self, relay: "TracedRelay", surely_called: str) -> None:
        """Stops it, and compares what it called with the unit's filter."""
        os.kill(relay.relay_pid(), signal.SIGTERM)
        self.assertEqual(relay.process.exit_status(), 0)
        self.assertIn(surely_called, calls_of(relay.trace))
        self.assertIn("setrlimit", self.unit.calls_in("@resources"))
        self.assertEqual(self.unit.forbids(relay.trace), set())
        self.assertEqual(self.unit.forbidden_families(relay.trace), set())

    def test_port_25_needs_no_more_than_the_one_capability(self):
        self.needs_root()
        space = Namespace(self.scratch)
        prefix = "2001:db8:5157:1::/64"
        space.ip("-6", "route", "add", "local", prefix, "dev", "lo")
        state = self.scratch.path / "state"
        state.mkdir(mode=0o700)
        shutil.chown(state, "nobody", "nogroup")
        only = ",".join(["-all", *("+" + word.lower().removeprefix("cap_") for word in self.unit.setting("CapabilityBoundingSet"))])
        confined = [*NOBODY, f"--inh-caps={only}", f"--ambient-caps={only}", f"--bounding-set={only}"]
        ready = ServiceSocket(self.scratch.path / "notify")
        shutil.chown(ready.path, "nobody", "nogroup")
        options = ["--zone", "sisu.test", "--ipv6-prefix", prefix, "--ssh-listen", ":22", "--state", state]
        relay = self.scratch.start(
            "confined",
            space.inside([*confined, RELAY, *options]),
            env={**os.environ, "NOTIFY_SOCKET": str(ready.path)},
        )
        self.assertEqual(ready.next(), "READY=1")
        said = space.run(["ssh-keyscan", "-t", "ed25519", "127.0.0.1"])
        self.assertIn("ssh-ed25519", said)
        status = Path(f"/proc/{relay.pid}/status").read_text()
        self.assertRegex(status, r"CapEff:\s+0000000000000400\n")  # CAP_NET_BIND_SERVICE is bit 10
        relay.signal(signal.SIGTERM)
        self.assertEqual(ready.next(), "STOPPING=1")
        self.assertEqual(relay.exit_status(), 0)

    def test_commands_of_root_leave_the_relay_its_files(self):
        """The operator is root and the relay is not: whatever the one makes, the other can use."""
        self.needs_root()
        state = self.scratch.path / "state"
        state.mkdir(mode=0o700)
        shutil.chown(state, "nobody", "nogroup")
        operator = Operator(state)
        options = ("--zone", "sisu.test", "--ipv6-prefix", "2001:db8:5157:1::/64", "--tier1-port", str(free_port()))

        def start(name: str):
            ssh = f"127.0.0.1:{free_port()}"
            relay = self.scratch.start(name, [*NOBODY, RELAY, *options, "--ssh-listen", ssh, "--state", state])
            relay.wait_for_log('event="relay ready"')
            return relay

        relay = start("first")
        operator.run("invite", "mint")
        backup = self.scratch.path / "backup"
        operator.run("registry", "backup", backup)
        self.assertEqual(relay.stop(), 0)
        operator.run("invite", "mint")
        operator.run("user", "list")
        relay = start("second")
        self.assertEqual(relay.stop(), 0)
        operator.run("registry", "restore", backup)
        relay = start("third")
        self.assertEqual(len(operator.objects("invite", "list")), 1)
        self.assertEqual({path.name: path.owner() for path in state.iterdir() if path.owner() != "nobody"}, {})
        self.assertEqual(relay.stop(), 0)

    def test_the_unit_waits_longer_than_the_relay_does(self):
        limits = self.scratch.must_run([RELAY, "--show-limits"])
        grace = int(re.search(r"^stop-grace +(\d+)s ", limits, re.MULTILINE).group(1))
        self.assertGreater(int(self.unit.setting("TimeoutStopSec")[0]), grace)


class TracedRelay(Relay):
    """Under strace; one with a registry as another user than root, for whom the registry would change owners."""

    def __init__(self, scratch, extra: tuple, dev_user: bool = True):
        self.dev_user = dev_user
        self.trace = scratch.path / "traced" / "trace"
        self.trace.parent.mkdir()
        if os.geteuid() == 0 and not dev_user:
            shutil.chown(self.trace.parent, "nobody", "nogroup")
        super().__init__(scratch, extra)

    def argv(self) -> list:
        strace = ["strace", "-f", "-qq", "-o", self.trace]
        if self.dev_user:
            return [*strace, *super().argv()]
        state = self.trace.parent / "state"
        relay = [RELAY, "--ssh-listen", f"127.0.0.1:{self.ssh_port}", "--state", state, *self.extra]
        return [*(NOBODY if os.geteuid() == 0 else ()), *strace, *relay]

    def relay_pid(self) -> int:
        """The process under strace, which does not pass signals on."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

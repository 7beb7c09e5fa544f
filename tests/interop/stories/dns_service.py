"""sisumail-dns as systemd starts it: the unit, its user, who may speak to it, and the key that nobody else can read."""

import os
import shutil
import signal
import unittest
from pathlib import Path

from harness.declaring_peer import DeclaringPeer
from harness.hetzner import Hetzner
from harness.programs import NAMING
from harness.scratch import Process, free_port, wait_until
from harness.story import Story
from harness.unit import NO_SYSTEMD, ServiceSocket, Unit, Users, calls_of

ZONE = "sisu.test"
NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs", "--bounding-set=-all")
RECORDS = ("niklas.sisu.test. 3600 MX 10 niklas.v6.sisu.test.", "niklas.v6.sisu.test. 300 AAAA 2001:db8::1")

GREET = """
import contextlib, json, socket, sys
path, zone = sys.argv[1:]
with socket.socket(socket.AF_UNIX) as peer:
    peer.connect(path)
    with contextlib.suppress(BrokenPipeError):  # it does not wait for the word of those who may not speak
        peer.sendall(json.dumps({"hello": {"version": 1, "zone": zone + "."}}).encode() + b"\\n")
    print(peer.recv(4096).decode())
"""


class DnsService(Story):
    def setUp(self):
        super().setUp()
        self.unit = Unit(self.scratch, "sisumail-dns")

    @unittest.skipIf(NO_SYSTEMD, "systemd is not installed")
    def test_systemd_understands_the_unit_of_names(self):
        self.assertEqual(self.unit.complaints("/usr/bin/sisumail-dns", NAMING), "")

    @unittest.skipIf(NO_SYSTEMD, "systemd is not installed")
    def test_systemd_finds_little_of_the_unit_of_names_exposed(self):
        level, said = self.unit.exposure()
        self.assertLessEqual(level, 1.4, said)

    @unittest.skipIf(NO_SYSTEMD, "systemd is not installed")
    def test_it_is_a_user_of_its_own_whom_the_relay_may_speak_to(self):
        users = Users(self.scratch, "sisumail-dns", "sisumail-relay")
        uid, home, shell = users.user("sisumail-dns")
        self.assertEqual((home, shell), ("/var/lib/sisumail-dns", "/usr/sbin/nologin"))
        self.assertNotIn(uid, (0, users.user("sisumail-relay")[0]))
        self.assertEqual(self.unit.setting("User"), ["sisumail-dns"])
        self.assertEqual(users.members["sisumail-dns"], ["sisumail-relay"])
        self.assertEqual(users.members["sisumail-relay"], [])
        self.assertEqual(self.unit.setting("RuntimeDirectoryMode"), ["0750"])

    def test_its_unit_has_no_capability_and_its_state_is_closed_to_the_group(self):
        self.assertEqual(self.unit.setting("CapabilityBoundingSet"), [""])
        self.assertEqual(self.unit.setting("AmbientCapabilities"), [])
        self.assertEqual(self.unit.setting("StateDirectoryMode"), ["0700"])
        self.assertEqual(self.unit.setting("LoadCredential"), ["key:/etc/sisumail/dns.key"])

    @unittest.skipIf(NO_SYSTEMD, "systemd is not installed")
    def test_no_system_call_of_names_is_forbidden_with_a_zone_file(self):
        """It makes the zone, runs a program after each change, looks for servers, takes a set, and stops."""
        zone = self.folder("zones") / f"{ZONE}.zone"
        service = self.start_traced(f"""
            provider = "zone_file"
            [zone_file]
            file = "{zone}"
            name_servers = ["ns1.{ZONE}"]
            reload = ["/bin/true"]
            [lookup]
            resolver = "127.0.0.1:{free_port()}"
        """)
        self.declare()
        wait_until(lambda: zone.exists() and "niklas.v6" in zone.read_text(), "the zone to have the records")
        self.expect_nothing_forbidden(service, "execve")

    @unittest.skipIf(NO_SYSTEMD, "systemd is not installed")
    def test_no_system_call_of_names_is_forbidden_with_a_provider_over_https(self):
        hetzner = Hetzner(self.scratch, ZONE, "token")
        token = self.folder("credentials") / "key"
        token.write_text("token\n")
        token.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(token, "nobody", "nogroup")
        service = self.start_traced(f"""
            provider = "hetzner"
            [hetzner]
            token_file = "{token}"
            endpoint = "{hetzner.endpoint}"
            ca_file = "{hetzner.ca_file}"
            [lookup]
            servers = ["127.0.0.1:{free_port()}"]
        """)
        self.declare()
        wait_until(lambda: hetzner.values("niklas", "MX"), "the provider to have the records")
        self.expect_nothing_forbidden(service, "connect")

    def test_it_needs_no_capability_and_says_when_it_is_ready(self):
        self.needs_root()
        notify = ServiceSocket(self.scratch.path / "notify")
        shutil.chown(notify.path, "nobody", "nogroup")
        config = self.configuration(f"""
            provider = "zone_file"
            [zone_file]
            file = "{self.folder("zones")}/{ZONE}.zone"
            name_servers = ["ns1.{ZONE}"]
        """)
        argv = [*NOBODY, NAMING, "--config", config]
        service = self.scratch.start("confined", argv, env={**os.environ, "NOTIFY_SOCKET": str(notify.path)})
        self.assertEqual(notify.next(), "READY=1")
        self.assertRegex(Path(f"/proc/{service.pid}/status").read_text(), r"CapBnd:\s+0000000000000000\n")
        service.signal(signal.SIGTERM)
        self.assertEqual(notify.next(), "STOPPING=1")
        self.assertEqual(service.exit_status(), 0)

    def test_its_folder_lets_in_who_is_in_the_group_and_it_says_no_to_other_users(self):
        """As the unit has it: the folder is open to the group alone, the socket to all, and the user decides."""
        self.needs_root()
        config = self.configuration(f"""
            provider = "zone_file"
            [zone_file]
            file = "{self.folder("zones")}/{ZONE}.zone"
            name_servers = ["ns1.{ZONE}"]
        """, relay="daemon")
        self.socket.parent.chmod(int(self.unit.setting("RuntimeDirectoryMode")[0], 8))
        self.scratch.start("service", [*NOBODY, NAMING, "--config", config]).wait_for_log('event="sisumail-dns ready"')
        self.assertIn('{"hello":', self.greet("daemon", "nogroup"))
        self.assertIn("Permission denied", self.greet("daemon"))
        self.assertIn('{"problem":', self.greet("games", "nogroup"))

    def greet(self, user: str, *groups: str) -> str:
        """What a user of these groups besides the own hears first."""
        script = self.scratch.path / "greet.py"
        script.write_text(GREET)
        script.chmod(0o644)
        words = ["--groups=" + ",".join(groups)] if groups else ["--clear-groups"]
        argv = ["setpriv", f"--reuid={user}", f"--regid={user}", *words, "python3", script, self.socket, ZONE]
        return self.scratch.run(argv).stdout

    def test_the_installed_configuration_is_understood(self):
        text = (self.unit.path.parent / "dns.toml").read_text()
        self.assertIn('"/run/credentials/sisumail-dns.service/key"', text)
        key = self.scratch.path / "key"
        key.write_text("hmac-sha256:sisumail-dns:c2VjcmV0IHNlY3JldCBzZWNyZXQ=\n")
        key.chmod(0o600)
        config = self.scratch.path / "dns.toml"
        mine = f'[peers]\nrelay = "{os.getuid()}"\n'
        config.write_text(text.replace("/run/credentials/sisumail-dns.service/key", str(key)) + mine)
        self.assertEqual(self.scratch.must_run([NAMING, "--config", config, "--check-config"]), "")

    def folder(self, name: str) -> Path:
        folder = self.scratch.path / name
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody", "nogroup")
        return folder

    def configuration(self, provider: str, relay: str = str(os.geteuid())) -> Path:
        self.socket = self.folder("run") / "socket"
        config = self.scratch.path / "dns.toml"
        config.write_text(f"""
            zone = "{ZONE}"
            state = "{self.folder("state")}"
            socket = "{self.socket}"
            {provider}
            [peers]
            relay = "{relay}"
        """)
        return config

    def start_traced(self, provider: str) -> Process:
        self.trace = self.folder("traced") / "trace"
        confined = NOBODY if os.geteuid() == 0 else ()
        argv = [*confined, "strace", "-f", "-qq", "-o", self.trace, NAMING, "--config", self.configuration(provider)]
        service = self.scratch.start("traced", argv)
        service.wait_for_log('event="sisumail-dns ready"')
        return service

    def declare(self) -> None:
        peer = DeclaringPeer(self.socket, ZONE)
        self.scratch.at_end(peer.close)
        peer.declare("niklas", *RECORDS)
        peer.next("state")

    def expect_nothing_forbidden(self, service: Process, surely_called: str) -> None:
        """Stops it, and compares what it called with the unit's filter."""
        (traced,) = Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text().split()
        os.kill(int(traced), signal.SIGTERM)
        self.assertEqual(service.exit_status(), 0)
        self.assertIn(surely_called, calls_of(self.trace))
        self.assertEqual(self.unit.forbids(self.trace), set())
        self.assertEqual(self.unit.forbidden_families(self.trace), set())

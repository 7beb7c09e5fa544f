"""Mistakes on the command line of sisumail-relay."""

import os
import re
import socket

from harness.command_line import FAILURE, USAGE, CommandLineStory, replaced
from harness.programs import RELAY, USER, Relay
from harness.scratch import free_port


class RelayCommandLine(CommandLineStory):
    def argv(self, *changes: str) -> list:
        """A command line in order, with `changes` (option, value, ...)."""
        words = {
            "--ssh-listen": f"127.0.0.1:{free_port()}",
            "--tier1-listen": f"127.0.0.1:{free_port()}",
            "--dev-user": USER,
            "--state": str(self.scratch.path / "state"),
        }
        return [RELAY, *replaced(words, changes)]

    def test_bad_values_of_options(self):
        for key, value, words in (
            ("--ssh-listen", "nonsense", "ssh-listen"),
            ("--ssh-listen", "127.0.0.1:70000", "ssh-listen"),
            ("--ssh-listen", "127.0.0.1", "ssh-listen"),
            ("--tier1-listen", "127.0.0.1:-1", "tier1-listen"),
            ("--dev-user", "Not A Name", "dev-user"),
            ("--dev-user", "-x", "dev-user"),
            ("--threads", "0", "threads"),
            ("--threads", "many", "threads"),
            ("--limit", "nonsense", "limit"),
            ("--limit", "no-such-limit=3", "no-such-limit"),
            ("--log-level", "loud", "log-level"),
            ("--log-format", "xml", "log-format"),
        ):
            self.expect_one_line(self.argv(key, value), USAGE, words)

    def test_unknown_option_and_unwanted_word(self):
        self.expect_one_line([RELAY, "--no-such-option"], USAGE, "no-such-option")
        self.expect_one_line([*self.argv(), "word"], USAGE, "word")

    def test_without_its_options_it_says_which_are_missing(self):
        self.expect_one_line([RELAY], USAGE, "--ssh-listen|--dev-user|--state")

    def test_addresses_that_are_not_loopback_are_refused_with_dev_user(self):
        for key in ("--ssh-listen", "--tier1-listen"):
            for address in ("0.0.0.0:2222", "[::]:2222", "192.0.2.1:2222"):
                self.expect_one_line(self.argv(key, address), USAGE, "loopback")

    def zone_argv(self, *changes: str) -> list:
        words = {
            "--ssh-listen": f"127.0.0.1:{free_port()}",
            "--zone": "sisu.test",
            "--ipv6-prefix": "2001:db8:5157:2::/64",
            "--tier1-port": str(free_port()),
            "--state": str(self.scratch.path / "state"),
        }
        return [RELAY, *replaced(words, changes)]

    def test_bad_values_of_options_of_a_zone(self):
        for key, value, words in (
            ("--zone", "bad..zone", "zone"),
            ("--ipv6-prefix", "2001:db8::/48", "ipv6-prefix"),
            ("--ipv6-prefix", "2001:db8::1/64", "ipv6-prefix"),
            ("--tier1-port", "0", "tier1-port"),
            ("--claim-policy", "everybody", "claim-policy"),
            ("--spool-default", "perhaps", "spool-default"),
            ("--tier1-listen", "127.0.0.1:2525", "tier1-listen"),
            ("--dev-user", "niklas", "exclude each other"),
            ("--ssh-listen", "nonsense", "ssh-listen"),
        ):
            self.expect_one_line(self.zone_argv(key, value), USAGE, words)

    def test_users_and_senders_need_ports_of_their_own(self):
        port = str(free_port())
        for address in (f":{port}", f"0.0.0.0:{port}", f"[2001:db8:5157:2::1]:{port}"):
            argv = self.zone_argv("--tier1-port", port, "--ssh-listen", address)
            self.expect_one_line(argv, USAGE, f"ssh-listen: port {port} is where senders connect")

    def test_a_program_that_listens_for_all_addresses_is_named_in_a_zone(self):
        with socket.create_server(("::", 0), family=socket.AF_INET6) as wildcard:
            port = wildcard.getsockname()[1]
            words = rf"tier1-port: \[::\]:{port} is listened on by .*pid {os.getpid()}"
            self.expect_one_line(self.zone_argv("--tier1-port", str(port)), FAILURE, words)

    def test_a_port_in_use_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.expect_one_line(self.argv("--ssh-listen", address), FAILURE, f"{address}.*in use")

    def test_a_program_that_listens_for_all_addresses_is_named(self):
        with socket.create_server(("0.0.0.0", 0)) as wildcard:
            port = wildcard.getsockname()[1]
            words = f"0.0.0.0:{port} is listened on by .*pid {os.getpid()}"
            self.expect_one_line(self.argv("--tier1-listen", f"127.0.0.1:{port}"), FAILURE, words)

    def test_a_state_folder_in_use_is_named(self):
        relay = Relay(self.scratch)
        self.expect_one_line(self.argv("--state", str(relay.state)), FAILURE, re.escape(str(relay.state)))

    def test_a_state_folder_that_cannot_be_made_is_named(self):
        file = self.scratch.path / "file"
        file.write_text("")
        self.expect_one_line(self.argv("--state", str(file / "state")), FAILURE, str(file))

    def test_a_host_key_that_others_can_read_is_refused(self):
        relay = Relay(self.scratch)
        relay.process.stop()
        (key,) = [path for path in relay.state.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
        key.chmod(0o644)
        self.expect_one_line(self.argv("--state", str(relay.state)), FAILURE, re.escape(str(key)))

    def test_a_host_key_that_is_damaged_is_refused(self):
        relay = Relay(self.scratch)
        relay.process.stop()
        (key,) = [path for path in relay.state.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
        key.write_text("damaged")
        self.expect_one_line(self.argv("--state", str(relay.state)), FAILURE, re.escape(str(key)))

    def test_help_version_and_limits_end_with_status_0(self):
        for option, words in (("--help", "--ssh-listen"), ("--version", r"\d+\.\d+"), ("--show-limits", r"\d")):
            with self.subTest(option):
                done = self.scratch.run([RELAY, option], 20)
                self.assertEqual(done.returncode, 0)
                self.assertRegex(done.stdout, words)

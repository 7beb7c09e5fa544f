"""Mistakes on the command line of sisumail."""

import re
import socket

from harness.command_line import FAILURE, USAGE, CommandLineStory, replaced
from harness.programs import CLIENT, USER, Relay, make_key
from harness.scratch import free_port


class ClientCommandLine(CommandLineStory):
    def setUp(self):
        self.key = make_key(self.scratch, "key")

    def argv(self, *changes: str) -> list:
        words = {
            "--relay": f"127.0.0.1:{free_port()}",
            "--user": USER,
            "--key": str(self.key),
            "--maildir": str(self.scratch.path / "mail"),
            "--state": str(self.scratch.path / "state"),
            "--known-hosts": str(self.scratch.path / "known_hosts"),
            "--tls-policy": "pragmatic",
        }
        return [CLIENT, *replaced(words, changes)]

    def test_bad_values_of_options(self):
        for key, value, words in (
            ("--relay", "", "relay"),
            ("--relay", "127.0.0.1:99999", "relay"),
            ("--user", "Not A Name", "user"),
            ("--zone", "bad..zone", "zone"),
            ("--smtp-listen", "nonsense", "smtp-listen"),
            ("--smtp-listen-proxy", "nonsense", "smtp-listen-proxy"),
            ("--smtp-listen-proxy", "192.0.2.1:2526", "loopback"),
            ("--tls-policy", "none", "tls-policy"),
            ("--log-level", "loud", "log-level"),
        ):
            self.expect_one_line(self.argv(key, value), USAGE, words)

    def test_unknown_option_and_unwanted_word(self):
        self.expect_one_line([CLIENT, "--no-such-option"], USAGE, "no-such-option")
        self.expect_one_line([*self.argv(), "word"], USAGE, "word")

    def test_without_its_options_it_says_which_are_missing(self):
        self.expect_one_line([CLIENT], USAGE, "--relay|--user|--maildir")

    def test_keys_that_cannot_be_used_are_named(self):
        missing = str(self.scratch.path / "missing")
        self.expect_one_line(self.argv("--key", missing), FAILURE, re.escape(missing))
        readable = make_key(self.scratch, "readable")
        readable.chmod(0o644)
        self.expect_one_line(self.argv("--key", str(readable)), FAILURE, re.escape(str(readable)))
        rsa = self.scratch.path / "rsa"
        self.scratch.must_run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", rsa])
        self.expect_one_line(self.argv("--key", str(rsa)), FAILURE, "ed25519")
        garbage = self.scratch.path / "garbage"
        garbage.write_text("no key")
        garbage.chmod(0o600)
        self.expect_one_line(self.argv("--key", str(garbage)), FAILURE, re.escape(str(garbage)))

    def test_an_encrypted_key_without_a_terminal_names_both_ways(self):
        locked = make_key(self.scratch, "locked", passphrase="correct horse")
        argv = self.argv("--key", str(locked))
        # setsid: no controlling terminal to ask on.
        with self.subTest("no way to ask"):
            done = self.scratch.run(argv, 20, start_new_session=True)
            self.assertEqual(done.returncode, FAILURE, done.stdout)
            self.assertIn("terminal", done.stdout)
            self.assertIn("--key-passphrase-file", done.stdout)
        wrong = self.scratch.path / "wrong"
        wrong.write_text("incorrect\n")
        wrong.chmod(0o600)
        self.expect_one_line([*argv, "--key-passphrase-file", wrong], FAILURE, "passphrase")

    def test_a_port_in_use_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.expect_one_line(self.argv("--smtp-listen", address), FAILURE, f"{address}.*in use")

    def test_a_maildir_that_cannot_be_made_is_named(self):
        file = self.scratch.path / "file"
        file.write_text("")
        self.expect_one_line(self.argv("--maildir", str(file / "mail")), FAILURE, re.escape(str(file)))

    def test_tls_files_that_do_not_fit(self):
        missing = str(self.scratch.path / "missing.pem")
        self.expect_one_line(self.argv("--tls-cert", missing, "--tls-key", missing), FAILURE, re.escape(missing))
        self.expect_one_line(self.argv("--tls-cert", missing), USAGE, "tls-key")

    def test_strict_policy_without_a_chain_that_verifies_is_refused(self):
        self.expect_one_line(self.argv("--tls-policy", "strict"), FAILURE, "strict|verif")

    def test_an_unknown_host_key_is_refused_and_says_how_to_accept(self):
        relay = Relay(self.scratch)
        done = self.scratch.run(self.argv("--relay", f"127.0.0.1:{relay.ssh_port}"), 30)
        self.assertEqual(done.returncode, FAILURE, done.stdout)
        self.assertIn("--accept-new-host-key", done.stdout)
        self.assertIn("SHA256:", done.stdout)

    def test_help_and_version_end_with_status_0(self):
        for option, words in (("--help", "--maildir"), ("--version", r"\d+\.\d+")):
            with self.subTest(option):
                done = self.scratch.run([CLIENT, option], 20)
                self.assertEqual(done.returncode, 0)
                self.assertRegex(done.stdout, words)

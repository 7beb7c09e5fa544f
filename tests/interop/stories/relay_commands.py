"""The relay's commands, as a person runs them with stock ssh."""

import json
import re
import subprocess

from harness.programs import USER, Relay, make_key
from harness.story import Story


class RelayCommands(Story):
    def setUp(self):
        self.relay = Relay(self.scratch)
        self.key = make_key(self.scratch, "id_ed25519")

    def ssh(self, *words: str, typed: str = "") -> subprocess.CompletedProcess:
        argv = ["ssh", "-F", "none", "-p", str(self.relay.ssh_port), "-i", str(self.key), "-o", "IdentitiesOnly=yes"]
        argv += ["-o", "IdentityAgent=none", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"]
        argv += ["-o", "StrictHostKeyChecking=accept-new", "-o", f"UserKnownHostsFile={self.scratch.path}/known_hosts"]
        return subprocess.run([*argv, *words], input=typed, capture_output=True, text=True, timeout=30)

    def command(self, *words: str) -> subprocess.CompletedProcess:
        return self.ssh(f"{USER}@127.0.0.1", *words)

    def test_whoami_answers_people_and_programs(self):
        text = self.command("whoami")
        self.assertEqual((text.returncode, text.stderr), (0, ""))
        fingerprint = self.scratch.must_run(["ssh-keygen", "-l", "-f", self.key]).split()[1]
        self.assertRegex(text.stdout, rf"name +{USER}\nkey +{re.escape(fingerprint)}\n")
        answer = json.loads(self.command("whoami", "--json").stdout)
        self.assertEqual((answer["name"], answer["fingerprint"]), (USER, fingerprint))
        self.assertEqual(answer["addresses"], [f"127.0.0.1:{self.relay.tier1_port}"])

    def test_status_says_whether_mail_comes(self):
        self.assertEqual(json.loads(self.command("status", "--json").stdout)["presence"], "absent")

    def test_mistakes_end_with_status_2_and_one_line(self):
        for words in (("nonsense",), ("whoami", "extra"), ("whoami", "--jsn"), ("'unclosed",), ("WHOAMI",)):
            with self.subTest(words):
                done = self.command(*words)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_a_shell_greets_and_runs_the_same_commands(self):
        done = self.ssh(f"{USER}@127.0.0.1", typed="whoami\nnonsense\nexit\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"You are {USER}", done.stdout)
        self.assertIn("There is no shell here", done.stdout)
        self.assertRegex(done.stdout, rf"name +{USER}\n")

    def test_everything_else_that_ssh_can_ask_for_is_refused(self):
        target = f"{USER}@127.0.0.1"
        for words in (
            ("-s", target, "sftp"),
            ("-W", "127.0.0.1:22", target),
            ("-N", "-o", "ExitOnForwardFailure=yes", "-R", "2222:127.0.0.1:22", target),
            ("-N", "-o", "ExitOnForwardFailure=yes", "-R", f"{self.scratch.path}/socket:127.0.0.1:22", target),
            ("-o", "PreferredAuthentications=password", target, "whoami"),
            ("-o", "PreferredAuthentications=keyboard-interactive", target, "whoami"),
        ):
            with self.subTest(words):
                self.assertEqual(self.ssh(*words).returncode, 255)
        self.assertEqual(self.command("whoami").returncode, 0)

    def test_old_algorithms_are_not_offered(self):
        for option in (
            "KexAlgorithms=diffie-hellman-group14-sha256",
            "Ciphers=aes256-ctr",
            "Ciphers=aes128-cbc",
            "HostKeyAlgorithms=rsa-sha2-512",
        ):
            with self.subTest(option):
                self.assertEqual(self.ssh("-o", option, f"{USER}@127.0.0.1", "whoami").returncode, 255)
        for option in (
            "Ciphers=chacha20-poly1305@openssh.com",
            "Ciphers=aes256-gcm@openssh.com",
            "Ciphers=aes128-gcm@openssh.com",
        ):
            with self.subTest(option):
                self.assertEqual(self.ssh("-o", option, f"{USER}@127.0.0.1", "whoami").returncode, 0)

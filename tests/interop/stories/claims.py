"""Claiming a name, and what a user has from then on, with stock ssh and with the client."""

import json
import os
import pty
import re
import select
import subprocess
import time

from harness.programs import make_key
from harness.registrar import ZONE, Registrar
from harness.scratch import wait_until
from harness.story import Story


class Claims(Story):
    def setUp(self):
        self.relay = Registrar(self.scratch)
        self.key = make_key(self.scratch, "id_ed25519")

    def fingerprint(self, key) -> str:
        return self.scratch.must_run(["ssh-keygen", "-l", "-f", key]).split()[1]

    def invitations(self, name: str, key) -> list[dict]:
        lines = self.relay.ssh(name, key, "invite", "list", "--json").stdout.splitlines()
        return [json.loads(line) for line in lines]

    def test_claim_tells_a_person_all_that_is_to_know(self):
        done = self.relay.ssh("niklas", self.key, "claim", "--invite", self.relay.invite())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for line in (
            rf"key +{re.escape(self.fingerprint(self.key))}",
            rf"address +\[2001:db8:5157:2:[0-9a-f:]+\]:{self.relay.tier1_port}",
            rf"mail +\*@niklas\.{ZONE} ",
            r"tier 2 +off: senders without IPv6 .*\"spool on\"",
        ):
            self.assertRegex(done.stdout, line)
        self.assertEqual(len(re.findall(r"^invite +[0-9a-z-]{29}$", done.stdout, re.M)), 3)

    def test_claim_tells_a_program_the_same(self):
        answer = self.relay.claim("niklas", self.key, self.relay.invite())
        self.assertEqual((answer["name"], answer["mail_domain"], answer["tier2"]), ("niklas", f"niklas.{ZONE}", False))
        self.assertEqual(answer["fingerprint"], self.fingerprint(self.key))
        self.assertEqual(len(answer["invites"]), 3)
        (user,) = json.loads("[" + ",".join(self.relay.operator("user", "list", "--json").splitlines()) + "]")
        self.assertEqual(user["fingerprint"], answer["fingerprint"])
        self.assertEqual(answer["addresses"], [f"[{user['address']}]:{self.relay.tier1_port}"])

    def test_invitations_fan_out_3_2_1_0(self):
        code = self.relay.invite()
        for generation, expected in enumerate((3, 2, 1, 0)):
            key = make_key(self.scratch, f"generation-{generation}")
            answer = self.relay.claim(f"g{generation}x", key, code)
            self.assertEqual(len(answer["invites"]), expected)
            self.assertEqual({one["code"] for one in self.invitations(f"g{generation}x", key)}, set(answer["invites"]))
            code = answer["invites"][0] if answer["invites"] else None
        first = self.invitations("g0x", self.scratch.path / "generation-0")
        self.assertEqual(sorted(one["state"] for one in first), ["open", "open", "used"])
        (used,) = [one for one in first if one["state"] == "used"]
        self.assertEqual((used["used_by"], "code" in used), ("g1x", False))

    def test_a_newcomer_may_only_claim_and_is_told_so(self):
        for line in ("whoami", "status --json", "events", "invite list", "lookup x", "spool on"):
            with self.subTest(line):
                done = self.relay.ssh("niklas", self.key, line)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertRegex(done.stderr, r'^you have no name here yet: "claim" binds the name niklas .*\n$')
        helped = self.relay.ssh("niklas", self.key, "help", "--json").stdout.splitlines()
        self.assertEqual([json.loads(line)["command"] for line in helped], ["help", "claim"])
        forward = ("-N", "-o", "ExitOnForwardFailure=yes", "-R", "smtp-delivery:25:127.0.0.1:1")
        self.assertEqual(self.relay.ssh("niklas", self.key, options=forward).returncode, 255)

    def test_a_newcomer_has_one_command_at_a_time_and_not_for_long(self):
        self.relay.restart("--limit", "claim-time=4s")
        socket = self.scratch.path / "control"
        master = subprocess.Popen(
            self.relay.ssh_argv("niklas", self.key, options=("-M", "-S", socket, "-N")),
            stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        self.scratch.at_end(master.kill)
        wait_until(socket.exists, "the control socket")
        shell = subprocess.Popen(
            self.relay.ssh_argv("niklas", self.key, options=("-S", socket, "-T")),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.scratch.at_end(shell.kill)
        self.assertIn("Nobody has the name niklas yet", shell.stdout.readline())
        second = self.relay.ssh("niklas", self.key, "help", options=("-S", socket))
        refusal = "one command at a time until you have claimed a name\n"
        self.assertEqual((second.returncode, second.stderr), (3, refusal))
        self.relay.wait_until_gone(master)
        self.assertIn("no name was claimed in time", master.stderr.read())
        self.assertIn("limit=claim-time", self.relay.process.log())

    def test_a_claim_makes_the_running_session_that_of_the_user(self):
        typed = f"whoami\nclaim --invite {self.relay.invite()}\nwhoami --json\nspool on\nstatus --json\nexit\n"
        done = self.relay.ssh("niklas", self.key, typed=typed)
        self.assertEqual(done.returncode, 0)
        self.assertIn("you have no name here yet", done.stdout)
        whoami, status = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        self.assertEqual((whoami["name"], whoami["tier2"]), ("niklas", False))
        self.assertEqual((status["session"], status["tier2"], status["invites"]), (whoami["session"], True, 3))

    def test_a_shell_in_a_terminal_takes_a_claim_by_hand(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ["TERM"] = "xterm"
            argv = self.relay.ssh_argv("niklas", self.key)
            os.execvp(argv[0], argv)
        seen = b""

        def expect(words: str) -> None:
            nonlocal seen
            end = time.monotonic() + 30
            while words.encode() not in seen:
                self.assertLess(time.monotonic(), end, f"no {words!r} in {seen!r}")
                if select.select([terminal], [], [], 1)[0]:
                    seen += os.read(terminal, 4096)
            seen = seen.split(words.encode(), 1)[1]

        expect("niklas> ")
        os.write(terminal, b"whoamx\x7fi\r")
        expect("you have no name here yet")
        os.write(terminal, f"claim --invite {self.relay.invite()}\r".encode())
        expect("The name niklas is yours")
        expect("niklas> ")
        os.write(terminal, b"nonsense\x03events\r")
        expect("events\r\n")
        os.write(terminal, b"\x03lookup niklas\r")
        expect("ssh-ed25519 AAAA")
        os.write(terminal, b"\x04")
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
        os.close(terminal)

    def test_lookup_gives_a_key_and_nothing_else(self):
        self.relay.claim("niklas", self.key, self.relay.invite())
        other = self.relay.user("otto")
        done = self.relay.ssh("otto", other, "lookup", "niklas")
        self.assertEqual(done.stdout.split(), self.key.with_suffix(".pub").read_text().split()[:2])
        self.relay.user("gone")
        self.relay.operator("user", "remove", "gone")
        wait_until(lambda: self.relay.ssh("otto", other, "lookup", "gone").returncode == 1, "the relay to see it")
        for name in ("nobody", "gone", "root", "a.b", "''"):
            done = self.relay.ssh("otto", other, "lookup", "--", name)
            self.assertEqual((done.returncode, done.stderr), (1, "there is no user of that name\n"), name)

    def test_lookups_are_limited(self):
        self.relay.restart("--limit", "lookups-per-user=5")
        self.relay.claim("niklas", self.key, self.relay.invite())
        typed = "".join(f"lookup name{i}\n" for i in range(8))
        done = self.relay.ssh("niklas", self.key, typed=typed)
        self.assertEqual(done.stdout.count("there is no user of that name"), 5)
        self.assertEqual(done.stdout.count("too many look-ups"), 3)
        self.assertIn("limit=lookups-per-user", self.relay.process.log())

    def test_the_client_claims_at_its_first_connection_and_serves(self):
        argv = self.relay.client_argv("niklas", self.key, "--invite", self.relay.invite())
        client = self.scratch.start("client", argv)
        client.wait_for_log("online")
        for words in ("asking it for the name", f"mail=*@niklas.{ZONE}", "invitations=3", "Tier 2 is off"):
            self.assertIn(words, client.log())
        wait_until(self.relay.has_presence, "presence")
        client.stop()
        again = self.scratch.start("client-again", self.relay.client_argv("niklas", self.key))
        again.wait_for_log("online")
        self.assertNotIn("asking it for the name", again.log())

    def test_a_client_whose_claim_is_refused_ends_with_the_reason(self):
        before = self.relay.registry()
        for extra, words in (((), "asks for an invitation"), (("--invite", "0000-0000"), "code is wrong")):
            with self.subTest(words):
                done = self.scratch.run(self.relay.client_argv("niklas", self.key, *extra), 30)
                self.assertEqual(done.returncode, 1)
                last = done.stdout.splitlines()[-1]
                self.assertRegex(last, rf"^sisumail: the relay did not give this key the name: .*{words}")
        self.assertEqual(self.relay.registry(), before)

    def test_everything_is_there_after_a_restart(self):
        answer = self.relay.claim("niklas", self.key, self.relay.invite())
        self.relay.ssh("niklas", self.key, "spool", "on")
        self.relay.restart()
        whoami = json.loads(self.relay.ssh("niklas", self.key, "whoami", "--json").stdout)
        self.assertEqual((whoami["addresses"], whoami["tier2"]), (answer["addresses"], True))

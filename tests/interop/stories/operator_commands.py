"""The operator's commands beside a relay that runs."""

import json
import os
import pty
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from harness.operator import Operator
from harness.programs import RELAY, make_key
from harness.scratch import wait_until
from harness.story import Story
from harness.zone import Crowd, Machine, ZoneRelay, ssh_argv


class OperatorCommands(Story):
    def setUp(self):
        self.needs_root()
        self.machine = Machine(self.scratch)
        self.operator = Operator(self.scratch.path / "zone-state")

    def serve(self, users: int, *extra: str) -> None:
        self.crowd = Crowd(self.scratch, self.machine, users)
        self.relay = ZoneRelay(self.scratch, self.machine, extra)

    def ssh(self, name: str, *words: str, before: tuple = ()) -> subprocess.CompletedProcess:
        key = self.scratch.path / f"{name}-key"
        if not key.exists():
            self.crowd.key(name, key)
        argv = self.machine.inside(ssh_argv(self.scratch, name, key, *words, before=before))
        return subprocess.run(list(map(str, argv)), capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)

    def expect_gone(self, name: str) -> None:
        """The relay ends the sessions of the user by itself, and the address closes with them."""
        began = time.monotonic()
        wait_until(lambda: re.search(rf'event="session ended".* user={name} ', self.relay.process.log()), "the end", 10)
        print(f"the session ended within {time.monotonic() - began:.2f} s of the command; ", end="")
        wait_until(lambda: self.crowd.addresses[name] not in self.relay.presences(), f"{name} to be absent", 10)

    def test_suspending_ends_the_live_session_and_restoring_lets_it_back_in(self):
        self.serve(3)
        self.crowd.present(3)
        self.assertEqual(self.ssh("user1", "whoami").returncode, 0)
        self.assertRegex(self.operator.run("user", "suspend", "user1"), "^user1 is suspended: ")
        self.expect_gone("user1")
        refused = self.ssh("user1", "whoami")
        self.assertEqual(refused.returncode, 255)
        self.assertIn("suspended", refused.stderr)
        others = {self.crowd.addresses[name] for name in ("user0", "user2")}
        self.assertEqual(set(self.relay.presences()), others)
        self.operator.run("user", "restore", "user1")
        wait_until(lambda: self.ssh("user1", "whoami").returncode == 0, "user1 to be let in again", 10)

    def test_removing_ends_the_live_session_for_good(self):
        self.serve(2)
        self.crowd.present(2)
        self.operator.run("user", "remove", "user0")
        self.expect_gone("user0")
        self.assertIn("removed", self.ssh("user0", "whoami").stderr)
        self.assertEqual(self.operator.try_run("user", "restore", "user0").returncode, 1)
        self.assertEqual(self.ssh("user1", "whoami").returncode, 0)

    def test_purging_ends_what_a_session_could_still_do(self):
        self.serve(1)
        self.crowd.present(1)
        self.operator.run("user", "remove", "user0")
        self.operator.run("user", "purge", "user0")
        self.expect_gone("user0")
        self.assertEqual(self.ssh("user0", "whoami").returncode, 255)
        self.assertEqual(self.operator.users(), {})

    def test_users_are_listed_and_shown_while_the_relay_runs(self):
        self.serve(20)
        self.assertEqual(self.ssh("user7", "whoami").returncode, 0)
        users = self.operator.users()
        self.assertEqual({name: user["address"] for name, user in users.items()}, self.crowd.addresses)
        self.assertEqual(len(self.operator.run("user", "list").splitlines()), 21)
        by_key = self.operator.objects("user", "show", users["user7"]["fingerprint"])
        self.assertEqual(by_key[0]["name"], "user7")

    def test_an_invitation_is_minted_and_used_and_another_revoked_and_refused(self):
        self.serve(0)
        used, revoked = self.operator.run("invite", "mint", "2").split()
        self.operator.run("invite", "revoke", revoked)
        for name in ("ada", "zoe"):
            make_key(self.scratch, f"{name}-key")
        self.assertIn("withdrawn", self.ssh("zoe", "claim", "--invite", revoked).stderr)
        claimed = self.ssh("ada", "claim", "--invite", used)
        self.assertEqual(claimed.returncode, 0, claimed.stderr)
        states = [invite["state"] for invite in self.operator.objects("invite", "list")]
        self.assertEqual(sorted(states), ["open", "open", "open", "revoked", "used"])
        self.assertEqual(set(self.operator.users()), {"ada"})

    def test_releasing_a_name_asks_a_person_twice(self):
        self.serve(1)
        self.operator.run("user", "remove", "user0")
        without = self.operator.try_run("user", "purge", "user0", "--release-name", typed="user0\nuser0\n")
        self.assertEqual(without.returncode, 2)
        self.assertIn("--yes-release user0", without.stderr)
        self.assertEqual(self.on_terminal(["user0", "yes"]), 1)
        self.assertIn("user0", self.operator.users())
        self.assertEqual(self.on_terminal(["user0", "user0"]), 0)
        self.assertNotIn("user0", self.operator.users())

    def on_terminal(self, answers: list[str]) -> int:
        """purge --release-name in a pty; each question gets the next answer. The exit status."""
        pid, terminal = pty.fork()
        if pid == 0:
            argv = [str(RELAY), "user", "purge", "user0", "--release-name", "--state", str(self.operator.state)]
            os.execv(argv[0], argv)
        seen, left = "", list(answers)
        try:
            while data := os.read(terminal, 4096):
                seen += data.decode()
                if seen.endswith(": ") and left:
                    os.write(terminal, left.pop(0).encode() + b"\n")
                    seen += "\n"
        except OSError:
            pass  # Linux's way to say that the other end is closed
        finally:
            os.close(terminal)
        self.assertIn("gets all mail that is still sent to its former owner", seen)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def test_no_colour_and_no_terminal_mean_no_escapes(self):
        self.serve(1)
        self.assertNotIn("\x1b", self.operator.run("user", "list"))
        for variables, colours in (({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"TERM": "xterm"}, True)):
            clean = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
            inner = f"{RELAY} user list --state {self.operator.state}"
            shown = self.scratch.must_run(["script", "-qec", inner, "/dev/null"], env={**clean, **variables})
            self.assertEqual("\x1b[1mNAME" in shown, colours, variables)

    def claim(self, number: int) -> tuple[str, str]:
        """Claims a name of its own, from a source of its own; the name, and what the relay answered."""
        name = f"claimed{number}"
        make_key(self.scratch, f"{name}-key")
        done = self.ssh(name, "claim", "--json", before=("-b", f"127.0.{number + 1}.1"))
        return name, done.stdout if done.returncode == 0 else done.stderr

    def test_backups_taken_during_claims_restore_to_a_consistent_state(self):
        self.serve(200, "--claim-policy", "open")
        backups = []
        with ThreadPoolExecutor(4) as lanes:
            claims = [lanes.submit(self.claim, number) for number in range(40)]
            while not all(claim.done() for claim in claims):
                granted = {claim.result()[0] for claim in claims if claim.done()}
                file = self.scratch.path / f"backup-{len(backups)}"
                self.operator.run("registry", "backup", file)
                backups.append((file, granted))
        for claim in claims:
            name, answer = claim.result()
            self.assertEqual(json.loads(answer)["name"], name)
        self.assertGreater(len(backups), 3)
        self.relay.process.signal(signal.SIGTERM)
        self.assertEqual(self.relay.process.exit_status(), 0)
        final = self.operator.users()
        self.assertEqual(len(final), 240)
        for number, (file, granted) in enumerate(backups):
            state = self.scratch.path / f"restored-{number}"
            state.mkdir(mode=0o700)
            elsewhere = Operator(state)
            elsewhere.run("registry", "restore", file)
            self.assertEqual(elsewhere.objects("registry", "check")[0]["sound"], True)
            users = elsewhere.users()
            # All that was granted before is in it, and nothing that was never granted, or otherwise.
            self.assertGreaterEqual(set(users), granted)
            self.assertLessEqual({(name, user["address"]) for name, user in users.items()},
                                 {(name, user["address"]) for name, user in final.items()})

    def test_a_restore_is_refused_beside_the_relay_and_serves_after_it(self):
        self.serve(2)
        backup = self.scratch.path / "backup"
        self.operator.run("registry", "backup", backup)
        self.operator.run("user", "remove", "user1")
        refused = self.operator.try_run("registry", "restore", backup)
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))
        self.assertIn("the relay is running: stop it before a restore", refused.stderr)
        self.relay.process.stop()
        self.operator.run("registry", "restore", backup)
        self.relay.start()
        self.assertEqual(self.ssh("user1", "whoami").returncode, 0)

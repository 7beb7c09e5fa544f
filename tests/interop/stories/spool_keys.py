"""The keys of spool.ZONE: sisumail-tier2 makes them, has them published as a user of its own, and rolls them; also when it
is killed behind each step, and when sisumail-dns is away."""

import json
import os
import pwd

from harness.dns import Answer
from harness.names import TIER2_USER, Names
from harness.programs import BUILD
from harness.scratch import Failed, Process, wait_until
from harness.story import Story
from harness.zone import ZONE

TIER2 = BUILD / "relay/tier2/sisumail-tier2"
LIBRARY = BUILD / "tests/support/kill_at_step/kill_at_step.so"
TLSA = f"_25._tcp.spool.{ZONE}."
TTL = 1
# The wish; former, switch, next; the ends of wish and former.
STEPS = 6


class SpoolKeys(Story):
    def setUp(self):
        self.needs_root()
        self.names = Names(self.scratch)
        self.state = self.scratch.path / "tier2"
        self.state.mkdir(mode=0o700)
        user = pwd.getpwnam(TIER2_USER)
        os.chown(self.state, user.pw_uid, user.pw_gid)

    def argv(self, command: str, user: str = TIER2_USER) -> list:
        options = ("--zone", ZONE, "--state", self.state, "--dns-socket", self.names.service.socket, "--tlsa-ttl", TTL)
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        return self.names.machine.inside([*become, TIER2, "key", command, *options])

    def command(self, command: str) -> str:
        return self.scratch.must_run(self.argv(command))

    def keys(self) -> dict:
        """What is stored; the world's view may be missing while sisumail-dns is away."""
        said = self.scratch.run([*self.argv("status"), "--json"]).stdout
        return json.loads(said.splitlines()[0])

    def expect_published(self, *keys: str) -> Answer:
        return self.names.resolver.wait_for(TLSA, "TLSA", [f"3 1 1 {key.upper()}" for key in keys])

    def expect_settled(self, keys: dict) -> None:
        self.assertFalse(keys["rolling"])
        self.expect_published(keys["current"]["sha256"], keys["next"]["sha256"])

    def start_roll(self, step: int) -> Process:
        """One that is killed behind its step of this number."""
        env = {**os.environ, "LD_PRELOAD": str(LIBRARY), "KILL_AT_STEP": str(step)}
        return self.scratch.start(f"roll-{step}", self.argv("roll"), env=env)

    def test_the_keys_are_made_published_and_rolled(self):
        self.command("init")
        before = self.keys()
        self.expect_settled(before)
        self.command("roll")
        after = self.keys()
        self.assertEqual(after["current"]["sha256"], before["next"]["sha256"])
        self.expect_settled(after)

    def test_nobody_else_may_change_them(self):
        done = self.scratch.run(self.argv("init", "nobody"))
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual(self.names.authority.ask(TLSA, "TLSA").values, [])

    def test_a_roll_that_is_killed_behind_each_step_is_carried_on(self):
        self.command("init")
        for step in range(1, STEPS + 1):
            before = self.keys()
            roll = self.start_roll(step)
            wait_until(lambda: not roll.running(), f"the roll to be killed at step {step}", 60)
            self.assertNotEqual(roll.popen.returncode, 0)
            # Behind the last step nothing is left to carry on but to publish.
            self.command("roll" if self.keys()["rolling"] else "init")
            after = self.keys()
            self.assertEqual(after["current"]["sha256"], before["next"]["sha256"], f"rolled once, behind step {step}")
            self.expect_settled(after)

    def test_a_roll_waits_for_sisumail_dns(self):
        self.command("init")
        before = self.keys()
        self.names.service.stop()
        roll = self.scratch.start("roll", self.argv("roll"))
        roll.wait_for_log("tried again", 20)
        self.assertEqual(self.keys()["current"]["sha256"], before["current"]["sha256"])
        self.names.service.start()
        wait_until(lambda: not roll.running(), "the roll to end", 60)
        if roll.popen.returncode != 0:
            raise Failed(f"the roll ended with {roll.popen.returncode}")
        self.expect_settled(self.keys())

"""deploy/quickstart.sh, on the build folder that is there."""

import os
import re
import signal

from harness.programs import ROOT
from harness.scratch import wait_until
from harness.story import Story

QUICKSTART = ROOT / "deploy/quickstart.sh"


class Quickstart(Story):
    def environment(self) -> dict[str, str]:
        # Its own scratch directory inside of ours: what it leaves behind would be seen.
        return os.environ | {"TMPDIR": str(self.scratch.path)}

    def left_behind(self) -> list[str]:
        return [path.name for path in self.scratch.path.iterdir() if path.name.startswith("sisumail-quickstart")]

    def test_once_delivers_a_message_and_cleans_up(self):
        done = self.scratch.run([QUICKSTART, "--once"], 500, env=self.environment())
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("250 2.0.0 stored as", done.stdout)
        self.assertIn("Sisumail-Tier: 1", done.stdout)
        self.assertIn("the message arrived byte for byte", done.stdout)
        self.assertNotIn("\x1b", done.stdout, "colours are for terminals")
        self.assertEqual(self.left_behind(), [])

    def test_without_once_both_run_until_ctrl_c(self):
        quickstart = self.scratch.start("quickstart", [QUICKSTART], env=self.environment(), start_new_session=True)
        quickstart.wait_for_log("All of it is removed at the end", 500)
        (smtp_port,) = re.findall(r"mail +127\.0\.0\.1:(\d+)", quickstart.log())
        done = self.scratch.run(["swaks", "--server", f"127.0.0.1:{smtp_port}", "--tls", "--to", "hello@niklas.test"])
        self.assertEqual(done.returncode, 0, done.stdout)
        os.killpg(quickstart.pid, signal.SIGINT)
        self.assertEqual(quickstart.exit_status(60), 0, quickstart.log())
        wait_until(lambda: not self.left_behind(), "the quickstart to clean up")

    def test_unknown_words_are_refused(self):
        done = self.scratch.run([QUICKSTART, "--onec"])
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stdout, "usage: deploy/quickstart.sh [--once]\n")

"""The commands of README.md, as they stand there, in a network namespace where their ports are free."""

import os
import re

from harness import maildir
from harness.netns import Namespace
from harness.programs import ROOT
from harness.scratch import Process, wait_until
from harness.story import Story


class Readme(Story):
    def setUp(self):
        self.needs_root()
        self.namespace = Namespace(self.scratch)
        self.home = self.scratch.path / "home"
        (self.home / ".ssh").mkdir(parents=True)
        self.scratch.must_run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.home / ".ssh/id_ed25519"])
        text = (ROOT / "README.md").read_text()
        section = text[text.index("## Three terminals") : text.index("## What it does not promise")]
        blocks = re.findall(r"(?:^    .+\n)+", section, re.MULTILINE)
        self.commands = [re.sub(r"\\\n\s*", "", block).strip() for block in blocks]

    def command(self, program: str) -> str:
        (found,) = [command for command in self.commands if program in command.split()[0]]
        return found

    def shell(self, command: str) -> list:
        # exec: the process is the program, not the shell.
        return self.namespace.inside(["bash", "-c", f"cd {ROOT} && exec {command}"])

    def start(self, name: str, command: str) -> Process:
        return self.scratch.start(name, self.shell(command), env=os.environ | {"HOME": str(self.home)})

    def test_three_terminals(self):
        # As root the state would be in /var/lib: not in a test.
        relay = self.start("relay", self.command("sisumail-relay") + f" --state {self.home}/relay-state")
        relay.wait_for_log("relay ready")
        refused = self.start("refused", self.command("client/sisumail"))
        self.assertEqual(refused.exit_status(), 1)
        self.assertIn("--accept-new-host-key", refused.log())
        client = self.start("client", self.command("client/sisumail") + " --accept-new-host-key")
        client.wait_for_log("online")

        banner = self.scratch.run(self.shell("timeout 3 " + self.command("nc"))).stdout
        self.assertRegex(banner, r"^220 niklas\.v6\.test ESMTP")
        local = self.scratch.run(self.shell("timeout 3 " + self.command("nc").replace("2525", "2526"))).stdout
        self.assertEqual(local, banner)
        sent = self.scratch.run(self.shell(self.command("swaks")))
        self.assertEqual(sent.returncode, 0, sent.stdout)
        (stored,) = wait_until(lambda: maildir.read_all(self.home / "Mail"), "the message")
        self.assertEqual(stored.field("Sisumail-Tier"), "1")

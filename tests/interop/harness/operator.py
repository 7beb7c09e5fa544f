"""The operator's commands, as a person or a script runs them."""

import json
import subprocess
from pathlib import Path

from harness.programs import RELAY
from harness.scratch import Failed


class Operator:
    """Runs commands on the registry in a state directory."""

    def __init__(self, state: Path):
        self.state = state

    def try_run(self, *words, typed: str | None = None) -> subprocess.CompletedProcess:
        argv = [RELAY, *words, "--state", self.state]
        return subprocess.run(list(map(str, argv)), input=typed or "", capture_output=True, text=True, timeout=60)

    def run(self, *words) -> str:
        done = self.try_run(*words)
        if done.returncode != 0:
            raise Failed(f"{words} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def objects(self, *words) -> list[dict]:
        return [json.loads(line) for line in self.run(*words, "--json").splitlines()]

    def users(self) -> dict[str, dict]:
        return {user["name"]: user for user in self.objects("user", "list")}

"""Load on a server and the check of what became of it, for the programs of this folder."""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "interop"))

from harness.programs import ADDRESS, BUILD, ROOT  # noqa: E402
from harness.scratch import Failed, Process, Scratch  # noqa: E402

SMTP_LOAD = BUILD / "tests/support/smtp_load/smtp_load"
VERIFY = ROOT / "tests/support/verify_maildir.py"


class Load:
    """smtp_load in the background; its journal is in the scratch directory."""

    def __init__(self, scratch: Scratch, name: str, port: int, *words):
        self.scratch = scratch
        self.journal = scratch.path / f"{name}.journal"
        argv = [SMTP_LOAD, f"127.0.0.1:{port}", "--starttls", "--to", ADDRESS, "--journal", self.journal, "--json", *words]
        self.process: Process = scratch.start(name, argv)

    def wait(self, limit: float) -> dict:
        """The figures that it printed, once it has ended with status 0."""
        status = self.process.exit_status(limit)
        figures = json.loads(self.process.log().splitlines()[-1])
        if status != 0:
            raise Failed(f"smtp_load ended with {status}: {figures}")
        return figures


def verify(journal: Path, *maildirs: Path) -> str:
    """The verifier's summary; Failed with its list of faults."""
    done = subprocess.run([VERIFY, journal, *maildirs], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(done.stdout + done.stderr)
    return done.stdout.strip()

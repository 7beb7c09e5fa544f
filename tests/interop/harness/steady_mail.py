"""Mail that keeps coming: one message every so often, by a real MTA, while a story does something else."""

import re
import threading
import time
from pathlib import Path

from harness import checks, maildir
from harness.messages import make
from harness.postfix import Postfix
from harness.scratch import Failed

SENDER = "ada@sender.example"


class SteadyMail:
    """with SteadyMail(postfix, "hello@user.zone") as mail: ..."""

    def __init__(self, sender: Postfix, recipient: str, every: float = 0.1):
        self.sender, self.recipient, self.every = sender, recipient, every
        self.sent: dict[str, bytes] = {}
        self._end = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "SteadyMail":
        self._log_before = len(self.sender.log())
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._end.set()
        self._thread.join()
        if self._failure:
            raise self._failure

    def _run(self) -> None:
        try:
            due = time.monotonic()
            while not self._end.wait(max(0.0, due - time.monotonic())):
                seed = f"steady {len(self.sent)}"
                self.sent[seed] = make(seed, 1000)
                self.sender.submit(SENDER, self.recipient, self.sent[seed])
                due += self.every
        except BaseException as failure:  # shown by the story, not by the thread
            self._failure = failure

    def log(self) -> str:
        return self.sender.log()[self._log_before :]

    def expect_none_deferred(self, hosts: str) -> None:
        """After its end: no message had to wait, and each TLS connection to hosts of this pattern was verified."""
        self.sender.wait_until_empty(120)
        lines = self.log().splitlines()
        deferred = [line for line in lines if "status=" in line and "status=sent" not in line]
        if deferred:
            raise Failed(f"{len(deferred)} of {len(self.sent)} messages had to wait:\n" + "\n".join(deferred[:5]))
        connections = [line for line in lines if re.search(f"TLS connection established to {hosts}", line)]
        others = [line for line in connections if ": Verified TLS" not in line]
        if others or not connections:
            raise Failed(f"{len(others)} of {len(connections)} connections were not verified:\n" + "\n".join(others[:5]))

    def expect_each_once(self, folder: Path) -> None:
        own = [one for one in maildir.read_all(folder) if b"X-Test-Id: steady " in one.message]
        checks.expect_all_once(own, self.sent, mta_fields=1)

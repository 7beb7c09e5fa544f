"""Mail that keeps coming: one message every so often, by a real MTA, while a story does something else."""

import threading
import time

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

    def expect_all_delivered_at_once(self, mail: list[maildir.Stored], levels: tuple[str, ...] = ("Verified",)) -> None:
        """After its end: each message is stored once, at its first attempt, and all TLS was of these levels."""
        self.sender.wait_until_empty(120)
        log = self.log()
        trouble = [line for line in log.splitlines() if "status=" in line and "status=sent" not in line]
        if trouble:
            raise Failed(f"{len(trouble)} of {len(self.sent)} messages had to wait:\n" + "\n".join(trouble[:5]))
        others = [line for line in log.splitlines() if "TLS connection established" in line and not any(one in line for one in levels)]
        if others:
            raise Failed("connections were not verified:\n" + "\n".join(others[:5]))
        own = [one for one in mail if b"X-Test-Id: steady " in one.message]
        checks.expect_all_once(own, self.sent, mta_fields=1)

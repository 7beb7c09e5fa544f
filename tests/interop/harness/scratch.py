"""A scratch directory with the processes that run in it. Everything ends with it, by process id."""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path


class Failed(AssertionError):
    """Something that was waited for did not happen."""


def wait_until(condition, what: str, limit: float = 30.0, pause: float = 0.05):
    """Calls `condition` until it returns something true, and returns that."""
    end = time.monotonic() + limit
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Failed(f"waited {limit:.0f} s in vain for: {what}")
        time.sleep(pause)


def free_port() -> int:
    """A TCP port that nobody uses on 127.0.0.1 and ::1, outside of the range that the kernel gives to outgoing
    connections, so that none takes it between now and its use."""
    for _ in range(200):
        port = random.randrange(12000, 32000)
        try:
            for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
                with socket.socket(family) as probe:
                    probe.bind((host, port))
            return port
        except OSError:
            continue
    raise Failed("no free port found")


def can_connect(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False


class Process:
    """A program started by a story; what it prints goes to NAME.log in the scratch directory."""

    def __init__(self, scratch: "Scratch", name: str, argv: list[str], **popen):
        self.name = name
        self.log_path = scratch.path / f"{name}.log"
        with open(self.log_path, "ab") as log:
            log.write(f"$ {' '.join(map(str, argv))}\n".encode())
            log.flush()
            popen.setdefault("stdin", subprocess.DEVNULL)
            self.popen = subprocess.Popen(list(map(str, argv)), stdout=log, stderr=subprocess.STDOUT, **popen)
        self.pid = self.popen.pid

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def running(self) -> bool:
        return self.popen.poll() is None

    def wait_for_log(self, words: str, limit: float = 30.0, after: int = 0) -> None:
        def seen() -> bool:
            if words in self.log()[after:]:
                return True
            if not self.running() and words not in self.log()[after:]:
                raise Failed(f"{self.name} ended with status {self.popen.returncode} before it logged {words!r}")
            return False

        wait_until(seen, f"{self.name} to log {words!r}", limit)

    def signal(self, number: int) -> None:
        self.popen.send_signal(number)

    def exit_status(self, limit: float = 30.0) -> int:
        try:
            return self.popen.wait(limit)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} still runs after {limit:.0f} s") from None

    def stop(self, limit: float = 20.0) -> int:
        """SIGTERM, and SIGKILL for what does not end by it."""
        if self.running():
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            try:
                self.popen.wait(limit)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        return self.popen.returncode


# What AddressSanitizer, LeakSanitizer, UndefinedBehaviorSanitizer and ThreadSanitizer print when they find something.
SANITIZER_REPORT = re.compile(r"(ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:).*")
CRASHES = (signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV)


class Scratch:
    """with Scratch("story") as scratch: ..."""

    def __init__(self, name: str):
        self.path = Path(tempfile.mkdtemp(prefix=f"sisumail-{name}-"))
        self.path.chmod(0o755)  # Postfix runs its parts as its own user
        self._endings: list = []
        self._processes: list[Process] = []

    def __enter__(self) -> "Scratch":
        return self

    def end_all(self) -> None:
        """Ends what runs. Once only; leaving the `with` block does it, too."""
        while self._endings:
            try:
                self._endings.pop()()
            except Exception as error:  # the others must still run
                print(f"while ending: {error}", file=sys.stderr)

    def accidents(self) -> list[str]:
        """After end_all(): which processes crashed, or have a sanitizer's report in their log."""
        found = []
        for process in self._processes:
            if process.popen.returncode is not None and -process.popen.returncode in CRASHES:
                found.append(f"{process.name} was ended by {signal.Signals(-process.popen.returncode).name}")
            if report := SANITIZER_REPORT.search(process.log()):
                found.append(f"{process.name}: {report.group(0)}")
        return found

    def __exit__(self, *_) -> None:
        self.end_all()
        if os.environ.get("SISUMAIL_KEEP_SCRATCH"):
            print(f"kept: {self.path}", file=sys.stderr)
        else:
            shutil.rmtree(self.path, ignore_errors=True)

    def at_end(self, ending) -> None:
        """`ending` is called at the end, last one first."""
        self._endings.append(ending)

    def start(self, name: str, argv: list, **popen) -> Process:
        process = Process(self, name, argv, **popen)
        self._processes.append(process)
        self.at_end(process.stop)
        return process

    def run(self, argv: list, limit: float = 60.0, **options) -> subprocess.CompletedProcess:
        """Runs a program to its end; its output is in .stdout as text, both streams together."""
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(
            list(map(str, argv)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=limit,
            **options,
        )

    def must_run(self, argv: list, limit: float = 60.0, **options) -> str:
        done = self.run(argv, limit, **options)
        if done.returncode != 0:
            raise Failed(f"{' '.join(map(str, argv))} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def print_logs(self, last_lines: int = 60) -> None:
        for log in sorted(self.path.rglob("*.log")):
            lines = log.read_text(errors="replace").splitlines()
            print(f"--- {log.name} ({len(lines)} lines, the last {min(last_lines, len(lines))})", file=sys.stderr)
            print("\n".join(lines[-last_lines:]), file=sys.stderr)

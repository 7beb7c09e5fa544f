"""A registry that is damaged, locked, of a later version, somebody else's, gone, or on a full disk: the relay and the
operator's commands say so in one line and leave it as it is."""

import hashlib
import shutil
import sqlite3
import subprocess

from harness.command_line import FAILURE, CommandLineStory
from harness.operator import Operator
from harness.programs import RELAY
from harness.scratch import free_port

# Holds the registry until standard input ends.
HOLD = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA locking_mode = EXCLUSIVE")
database.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""
IS_HELD = "registry.db: .*another process holds it: end that process, or try again"
COMMANDS = (("user", "list"), ("user", "suspend", "ada"), ("invite", "mint"), ("registry", "check"))


class BrokenRegistry(CommandLineStory):
    def setUp(self):
        self.make_registry(self.scratch.path / "state")

    def make_registry(self, state) -> None:
        """One with an open invitation, as the relay's first start makes it."""
        self.state = state
        self.file = state / "registry.db"
        relay = self.scratch.start(f"first-start-{state.name}", self.relay())
        relay.wait_for_log("relay ready")
        self.assertEqual(relay.stop(), 0)
        Operator(state).run("invite", "mint")

    def relay(self) -> list:
        options = ["--zone", "sisu.test", "--ipv6-prefix", "2001:db8:5157:1::/64", "--tier1-port", str(free_port())]
        return [RELAY, *options, "--ssh-listen", f"127.0.0.1:{free_port()}", "--state", self.state]

    def expect_refusals(self, words: str) -> None:
        """By the relay and by each command; the file stays as it is, byte for byte."""
        before = self.digest()
        self.expect_one_line(self.relay(), FAILURE, words)
        for command in (*COMMANDS, ("registry", "backup", self.scratch.path / "backup")):
            self.expect_one_line([RELAY, *command, "--state", self.state], FAILURE, words)
        self.assertEqual(self.digest(), before)
        self.assertFalse((self.scratch.path / "backup").exists())

    def digest(self) -> str:
        return hashlib.sha256(self.file.read_bytes()).hexdigest() if self.file.exists() else "gone"

    def test_a_file_that_is_no_database(self):
        self.file.write_bytes(b"this was a registry once\n" * 400)
        self.expect_refusals("registry.db: .*not a database.*left as it is: keep a copy, then restore a backup")

    def test_an_empty_file(self):
        self.file.write_bytes(b"")
        self.expect_refusals("registry.db: .*left as it is: keep a copy, then restore a backup")

    def test_a_file_of_which_half_is_gone(self):
        whole = self.file.read_bytes()
        self.file.write_bytes(whole[: len(whole) // 2])
        self.expect_refusals("registry.db.*(malformed|damaged|not a database)")

    def test_pages_that_are_overwritten(self):
        whole = bytearray(self.file.read_bytes())
        whole[4096:] = b"\xa5" * (len(whole) - 4096)
        self.file.write_bytes(whole)
        before = self.digest()
        self.expect_one_line(self.relay(), FAILURE, "registry.db.*malformed")
        checked = Operator(self.state).try_run("registry", "check")
        self.assertEqual(checked.returncode, 1)
        self.assertRegex(checked.stdout + checked.stderr, "registry.db|page")
        self.assertEqual(self.digest(), before)

    def change(self, sql: str) -> None:
        with sqlite3.connect(self.file) as database:
            database.execute(sql)
        database.close()

    def test_one_of_a_later_version(self):
        self.change("INSERT INTO schema_version(version, applied) VALUES (99, 0)")
        self.expect_refusals("has version 99 of .*knows up to.*run the newer version of the program")

    def test_a_database_of_another_program(self):
        self.file.unlink()
        self.change("CREATE TABLE moz_bookmarks(id)")
        self.expect_refusals("is a database, but not .*left as it is")

    def test_one_that_is_gone_is_not_begun_anew(self):
        self.file.unlink()
        self.expect_one_line(self.relay(), FAILURE, "the registry is gone .*: restore a backup")
        self.expect_refusals("the registry is gone|there is no registry")
        self.assertFalse(self.file.exists())

    def test_an_invite_key_that_is_damaged(self):
        key = self.state / "invite.key"
        key.write_bytes(b"short")
        self.expect_refusals("invite.key")
        self.assertEqual(key.read_bytes(), b"short")

    def test_one_that_another_process_holds(self):
        # Another process, since POSIX locks end when any descriptor of the file is closed in theirs.
        holder = self.scratch.start("holder", ["python3", "-c", HOLD, self.file], stdin=subprocess.PIPE)
        holder.wait_for_log("\nheld\n")
        self.expect_one_line(self.relay(), FAILURE, IS_HELD)
        for command in (("user", "list"), ("invite", "mint")):
            self.expect_one_line([RELAY, *command, "--state", self.state], FAILURE, IS_HELD)
        holder.popen.stdin.close()
        self.assertEqual(holder.exit_status(), 0)
        self.assertEqual(len(Operator(self.state).objects("invite", "list")), 1)

    def test_a_state_directory_that_another_user_owns(self):
        self.needs_root()
        unprivileged = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        done = self.scratch.run([*unprivileged, RELAY, "user", "list", "--state", self.state])
        self.assertEqual(done.returncode, FAILURE)
        self.assertRegex(done.stdout, "registry|Permission denied")
        self.assertEqual(len(done.stdout.splitlines()), 1, done.stdout)

    def test_a_disk_that_is_full(self):
        self.needs_root()
        disk = self.scratch.path / "disk"
        disk.mkdir()
        self.scratch.must_run(["mount", "-t", "tmpfs", "-o", "size=600k,mode=0700", "sisumail-test", disk])
        self.scratch.at_end(lambda: self.scratch.run(["umount", disk]))
        self.make_registry(disk)
        minted = Operator(disk).objects("invite", "list")
        backup = self.scratch.path / "before"
        Operator(disk).run("registry", "backup", backup)
        with open(disk / "filler", "wb", buffering=0) as filler:
            with self.assertRaises(OSError):
                while True:
                    filler.write(b"x" * 4096)
        self.expect_one_line([RELAY, "invite", "mint", "1000", "--state", disk], FAILURE, "free space on its disk")
        self.expect_one_line([RELAY, "registry", "restore", backup, "--state", disk], FAILURE, "free space|No space")
        self.assertEqual(Operator(disk).try_run("registry", "backup", disk / "copy").returncode, FAILURE)
        self.assertFalse((disk / "copy").exists())
        (disk / "filler").unlink()
        self.assertEqual(Operator(disk).objects("invite", "list"), minted)
        self.assertEqual(Operator(disk).objects("registry", "check")[0]["sound"], True)

    def test_a_restore_brings_a_broken_one_back(self):
        backup = self.scratch.path / "backup"
        operator = Operator(self.state)
        operator.run("registry", "backup", backup)
        before = operator.objects("invite", "list")
        self.file.write_bytes(b"damaged" * 1000)
        restored = operator.objects("registry", "restore", backup)[0]
        self.assertEqual(operator.objects("invite", "list"), before)
        with open(restored["former"], "rb") as former:  # what was there is kept
            self.assertEqual(former.read(7), b"damaged")

    def test_backups_that_cannot_be_restored_change_nothing(self):
        operator = Operator(self.state)
        good = self.scratch.path / "good"
        operator.run("registry", "backup", good)
        newer, damaged = self.scratch.path / "newer", self.scratch.path / "damaged"
        shutil.copy(good, newer)
        with sqlite3.connect(newer) as database:
            database.execute("INSERT INTO schema_version(version, applied) VALUES (99, 0)")
        database.close()
        damaged.write_bytes(good.read_bytes()[:8192])
        for backup, words in (
            (newer, "newer: has version 99"),
            (damaged, "damaged"),
            (self.scratch.path / "missing", "missing"),
            (self.scratch.path, str(self.scratch.path)),
        ):
            self.expect_one_line([RELAY, "registry", "restore", backup, "--state", self.state], FAILURE, words)
        self.assertEqual(len(operator.objects("invite", "list")), 1)
        self.assertEqual(list(self.state.glob("registry.db.*")), [])

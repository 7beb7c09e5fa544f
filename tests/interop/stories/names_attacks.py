"""Attacks on other people's records, by name: with the commands of a user of the relay, and at the socket of sisumail-dns."""

import re

from harness.names import RELAY_USER, TIER2_USER, Names, digest
from harness.naming_peer import record_set, talk
from harness.scratch import wait_until
from harness.story import Story
from harness.zone import ZONE

VALUE = "x" * 43
LIFTED = ("--limit", "commands-per-user=10000/min", "--limit", "acme-per-user=10000", "--limit", "tlsa-per-user=10000")
GOOD = f"niklas.v6.{ZONE}"


def label_tricks() -> list[str]:
    """Hosts that are not niklas.v6.ZONE, however much they look like it, like somebody else's, or like the zone."""
    own = f"niklas.v6.{ZONE}"
    return [
        f"otto.v6.{ZONE}", f"OTTO.v6.{ZONE}", f"otto.v6.{ZONE}.", f"otto.V6.{ZONE.upper()}.", f"otto.{own}", f"{own}.otto.v6.{ZONE}",
        f"{own}.evil", f"{own}.evil.example", f"evil.{own}", f"_acme-challenge.{own}", f"_25._tcp.{own}", f"*.{own}", f"{own}..",
        f".{own}", f"niklas.v6..{ZONE}", f"niklas_.v6.{ZONE}", f"_niklas.v6.{ZONE}", f"nik_las.v6.{ZONE}", f"{'a' * 300}.v6.{ZONE}",
        f"niklas.{'a' * 300}.{ZONE}", "a." * 150 + ZONE, f"{own}{'.' * 300}", ZONE, f"{ZONE}.", f"v6.{ZONE}", f"*.v6.{ZONE}",
        f"niklas.{ZONE}", f"t1.niklas.{ZONE}", f"spool.{ZONE}", f"spool.v6.{ZONE}", f"_dmarc.{ZONE}", "test.", "niklas", "niklas.v6",
        "", ".", "*", "@", "@zone", "@spool", f"{own} ", f" {own}", f"{own}\t", f"{own}\\.", f"niklas\\.v6.{ZONE}",
        f"niklas\\046v6.{ZONE}", f"{own};", f"{own}/", f"{own}@", f"n\u0456klas.v6.{ZONE}", f"niklas.v6.\u200b{ZONE}",
        f"niklas\uff0ev6.{ZONE}", f"xn--niklas.v6.{ZONE}", "127.0.0.1", "-", "--", "../../niklas",
    ]  # fmt: skip


class NamesAttacks(Story):
    def setUp(self):
        self.needs_root()

    def serve(self, *options: str) -> None:
        self.names = Names(self.scratch, relay_options=options)
        self.niklas = self.names.claim("niklas")
        self.otto = self.names.claim("otto")
        for name, key in (("niklas", self.niklas), ("otto", self.otto)):
            self.names.must_ssh(name, key, "tlsa", "publish", digest(name))
            self.names.wait_until_live(name, key)
        self.before = self.names.authority.records()

    def expect_nothing_changed(self) -> None:
        """Of what the zone has. What was taken in by mistake would be there by the time that a change of ours is."""
        self.names.must_ssh("otto", self.otto, "acme", "present", f"otto.v6.{ZONE}", VALUE)
        ours = f'_acme-challenge.otto.v6.{ZONE}. 60 TXT "{VALUE}"'
        self.assertEqual(self.names.authority.records(), sorted([*self.before, ours]))

    def refusals(self, lines: list[str]) -> dict[str, tuple[int, str]]:
        """Each line as niklas; line to exit status and answer, which must be a refusal of one line."""
        found = {}
        for line in lines:
            done = self.names.ssh("niklas", self.niklas, line)
            with self.subTest(line[:80]):
                self.assertIn(done.returncode, (1, 2), done.stdout + done.stderr)
                self.assertEqual(done.stdout, "")
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
                self.assertIsNone(re.search("[\x00-\x09\x0b-\x1f]", done.stderr), done.stderr)
            found[line] = done.returncode, done.stderr
        return found

    def test_present_for_others_for_the_zone_and_with_label_tricks(self):
        self.serve(*LIFTED, *self.metrics())
        said = self.refusals([f"acme present {quoted(host)} {VALUE}" for host in label_tricks()])
        said |= self.refusals([f"acme cleanup {quoted(host)} {VALUE}" for host in label_tricks()[:10]])
        strangers = sum(1 for status, _ in said.values() if status == 1)
        self.assertGreater(strangers, 50)
        self.assertEqual(self.refused_count(), strangers)
        log = self.names.relay.process.log()
        for host in (f"otto.v6.{ZONE}", f"{GOOD}.evil", ZONE):
            words = rf'event="name of somebody else refused" .* user=niklas .* host={re.escape(host)}$'
            self.assertTrue(re.search(words, log, re.MULTILINE), host)
        self.expect_nothing_changed()

    def metrics(self) -> tuple[str, str]:
        return "--metrics-listen", "127.0.0.1:9150"

    def refused_count(self) -> int:
        page = self.names.machine.run(["curl", "-s", "http://127.0.0.1:9150/metrics"])
        return int(re.search(r"^sisumail_relay_names_refused_total (\d+)", page, re.MULTILINE).group(1))

    def test_values_that_are_none(self):
        self.serve(*LIFTED)
        values = ["", "'", "x" * 42, "x" * 44, "x" * 300, *("x" * 42 + end for end in ("=", "+", "/", '"', "\\", " y", "\u00e4"))]
        self.refusals([f"acme present {GOOD} {quoted(value)}" for value in values])
        digests = ["0" * 63, "0" * 65, "g" * 64, "3 1 1 " + "0" * 64, "0" * 64 + " 1", "", "*"]
        self.refusals([f"tlsa publish {quoted(one)}" for one in digests])
        self.refusals(["tlsa publish", "tlsa publish " + " ".join(digest(str(i)) for i in range(5))])
        accounts = ["http://ca.example/1", "ca.example", "https://" + "a" * 300]
        accounts += [f"https://ca.example/{end}" for end in (";x=y", '"', "'", "\\", "a b", "\u00e4")]
        self.refusals([f"acme account {quoted(one)}" for one in accounts])
        self.expect_nothing_changed()

    def test_more_values_than_eight(self):
        self.serve()
        values = [digest(str(number))[:43] for number in range(9)]
        for value in values[:8]:
            self.names.must_ssh("niklas", self.niklas, "acme", "present", GOOD, value)
        done = self.names.ssh("niklas", self.niklas, "acme", "present", GOOD, values[8])
        self.assertIn(done.returncode, (1, 3), done.stderr)
        self.assertEqual(len(self.names.authority.ask(f"_acme-challenge.{GOOD}", "TXT").values), 8)
        for value in values[:8]:
            self.names.must_ssh("niklas", self.niklas, "acme", "cleanup", GOOD, value)
        wait_until(lambda: self.names.authority.records() == self.before, "the challenges to go")

    def test_floods(self):
        self.serve("--limit", "tlsa-per-user=5", "--limit", "acme-per-user=5")
        lines = [f"tlsa publish {digest(str(i))}" for i in range(20)] + [f"acme present otto.v6.{ZONE} {VALUE}"] * 20
        done = self.names.ssh("niklas", self.niklas, typed="".join(f"{line}\n" for line in lines))
        self.assertEqual(done.stdout.count("too many"), 31, "one tlsa publish was made before")
        for limit in ("tlsa-per-user", "acme-per-user"):
            self.assertIn(f"limit={limit}", self.names.relay.process.log())
        # Others are not concerned.
        self.names.must_ssh("otto", self.otto, "tlsa", "publish", digest("another"))


class NamingSocketAttacks(Story):
    def setUp(self):
        self.needs_root()
        self.names = Names(self.scratch)
        self.names.relay.process.stop()
        self.before = self.names.authority.records()

    HELLO = {"hello": {"version": 1, "zone": f"{ZONE}."}}

    def talk(self, user: str, *lines, **options):
        return talk(self.names.service.socket, user, self.HELLO, *lines, **options)

    def test_another_user_of_the_machine_is_cut(self):
        said = self.talk("games", record_set("niklas", (f"niklas.{ZONE}.", "A", "192.0.2.66")))
        self.assertIn(said.end, ("closed", "Permission denied", "Connection reset by peer"))
        self.assertEqual((said.of("hello"), said.of("state")), ([], []))
        self.assertEqual(self.names.authority.records(), self.before)

    def test_tier2_has_the_spool_only(self):
        said = self.talk(TIER2_USER, record_set("niklas", (f"niklas.{ZONE}.", "A", "192.0.2.66")), {"ask": {"what": "sync"}})
        self.assertIn("you may not declare niklas", said.of("state")[0]["problem"])
        self.assertEqual(said.of("done"), [])
        self.assertEqual(self.names.authority.records(), self.before)

    def test_records_under_names_of_others(self):
        lines = [
            record_set("niklas", (name, "TXT", '"evil"'))
            for name in (
                f"{ZONE}.", f"otto.{ZONE}.", f"otto.v6.{ZONE}.", f"spool.{ZONE}.", f"_dmarc.{ZONE}.", f"v6.{ZONE}.",
                f"xniklas.{ZONE}.", f"x-niklas.v6.{ZONE}.", f"niklas.v6.{ZONE}.evil.", "niklas.v6.evil.", ".", "",
                f"niklas.{ZONE}", f"niklas\\.{ZONE}.", f"{'a' * 64}.niklas.{ZONE}.", f"{'a.' * 126}niklas.{ZONE}.",
            )
        ]  # fmt: skip
        owners = ("", "@spool", "@zone", "v6", "NIKLAS", "a.b", "x" * 64, ".", "*")
        lines += [record_set(owner, (f"niklas.{ZONE}.", "TXT", '"evil"')) for owner in owners]
        said = self.talk(RELAY_USER, *lines)
        refused = [state for state in said.of("state") if state["problem"].startswith("refused: ")]
        self.assertEqual(len(said.of("problem")) + len(refused), len(lines), said)
        self.assertEqual(self.names.authority.records(), self.before)

    def test_lines_that_are_none(self):
        for lines in ([b"x" * 1_000_000], [b"x\n"], [b"[]\n"], [b"{\n"], [b"\0" * 100 + b"\n"], [b"{}\n" * 1000]):
            with self.subTest(lines[0][:20]):
                self.talk(RELAY_USER, *lines, quiet=0.5)
        # It serves on.
        self.assertTrue(self.talk("root", {"ask": {"what": "diff"}}).of("done"))


def quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"

"""Attacks on names, by name, with stock ssh. Each is refused with one line, and changes nothing in the registry."""

import base64
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from harness.programs import make_key
from harness.registrar import ZONE, Registrar
from harness.scratch import wait_until
from harness.story import Story


class ClaimAttacks(Story):
    def setUp(self):
        self.relay = Registrar(self.scratch)
        self.key = make_key(self.scratch, "id_ed25519")

    @contextmanager
    def unchanged(self):
        before = self.relay.registry()
        yield
        self.assertEqual(self.relay.registry(), before)

    def expect_refused_claim(self, name, key, words: str, *more: str) -> None:
        """Let in to claim, and the claim is refused."""
        done = self.relay.ssh(name, key, "claim", *more)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertRegex(done.stderr, rf"^[^\n]*{words}[^\n]*\n$")

    def expect_refused_log_in(self, name, key, words: str) -> None:
        done = self.relay.ssh(name, key, "claim")
        self.assertEqual((done.returncode, done.stdout), (255, ""))
        self.assertRegex(done.stderr, words)

    def test_claim_without_with_a_wrong_a_used_and_a_revoked_code(self):
        used, revoked, good = self.relay.invite(), self.relay.invite(), self.relay.invite()
        self.relay.claim("otto", make_key(self.scratch, "otto"), used)
        self.relay.operator("invite", "revoke", revoked)
        with self.unchanged():
            self.expect_refused_claim("niklas", self.key, "asks for an invitation")
            self.expect_refused_claim("niklas", self.key, "code is wrong", "--invite", "nonsense")
            almost = good[:-1] + ("0" if good[-1] != "0" else "1")
            self.expect_refused_claim("niklas", self.key, "code is wrong", "--invite", almost)
            self.expect_refused_claim("niklas", self.key, "used already", "--invite", used)
            self.expect_refused_claim("niklas", self.key, "withdrawn", "--invite", revoked)
        self.relay.claim("niklas", self.key, good.upper())

    def test_claim_at_a_closed_relay(self):
        code = self.relay.invite()
        self.relay.restart("--claim-policy", "closed")
        with self.unchanged():
            self.expect_refused_claim("niklas", self.key, "takes no new names", "--invite", code)

    def test_claims_and_wrong_codes_are_limited_as_the_operator_says(self):
        def guess():
            self.expect_refused_claim("zoe", make_key(self.scratch, "zoe"), "code is wrong", "--invite", "nonsense")

        cases = (
            ("wrong-invites-per-source", guess, "too many wrong invitation codes came from your network"),
            ("claims-per-source", lambda: self.relay.user("otto"), "too many names were claimed from your network"),
            ("claims", lambda: None, "too many names were claimed here"),  # otto was the first
        )
        for limit, use_up, words in cases:
            with self.subTest(limit):
                self.relay.restart("--limit", f"{limit}=1")
                use_up()
                code = self.relay.invite()
                with self.unchanged():
                    self.expect_refused_claim("niklas", self.key, words, "--invite", code)
                self.relay.process.wait_for_log(f"limit={limit} ")

    def test_another_users_key_a_taken_name_and_a_wrong_key(self):
        otto = self.relay.user("otto")
        self.relay.claim("niklas", self.key, self.relay.invite())
        stranger = make_key(self.scratch, "stranger")
        with self.unchanged():
            self.expect_refused_log_in("niklas", otto, "your key has another name here")
            self.expect_refused_log_in("newname", otto, "your key has another name here")
            self.expect_refused_log_in("niklas", stranger, "belongs to another key")

    def test_other_kinds_of_keys_are_refused_with_the_reason(self):
        kinds = [("rsa", "-b", "2048"), ("ecdsa",)]
        for kind, *more in kinds:
            self.scratch.must_run(["ssh-keygen", "-q", "-t", kind, *more, "-N", "", "-f", self.scratch.path / kind])
            with self.subTest(kind), self.unchanged():
                self.expect_refused_log_in("niklas", self.scratch.path / kind, "only ed25519 keys are taken here")
        options = tuple(word for kind, *_ in kinds for word in ("-i", self.scratch.path / kind))
        done = self.relay.ssh("niklas", self.key, "help", options=options)
        self.assertEqual(done.returncode, 0, "a key that fits is found behind those that do not")

    def test_a_key_of_a_hardware_token_is_refused_with_the_reason(self):
        """ssh offers the public key first; the token would be asked only for a key that is wanted."""
        fields = (b"sk-ssh-ed25519@openssh.com", bytes(range(32)), b"ssh:")
        blob = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
        public = self.scratch.path / "token.pub"
        public.write_text(f"sk-ssh-ed25519@openssh.com {base64.b64encode(blob).decode()} a token\n")
        with self.unchanged():
            self.expect_refused_log_in("niklas", public, "only ed25519 keys are taken here")

    def test_a_replayed_claim(self):
        code = self.relay.invite()
        self.relay.claim("niklas", self.key, code)
        with self.unchanged():
            for _ in range(3):
                self.expect_refused_claim("niklas", self.key, "bound to your key already", "--invite", code)
            self.expect_refused_claim("other", make_key(self.scratch, "other"), "used already", "--invite", code)

    def test_claim_of_a_removed_and_of_a_purged_name(self):
        owner = self.relay.user("niklas")
        self.relay.operator("user", "remove", "niklas")
        wait_until(lambda: "removed" in self.relay.ssh("niklas", owner, "help").stderr, "the relay to see the removal")
        with self.unchanged():
            self.expect_refused_log_in("niklas", self.key, "belongs to another key")
            self.expect_refused_log_in("niklas", owner, "was removed")
            self.expect_refused_log_in("newname", owner, "another name")
        self.relay.operator("user", "purge", "niklas")
        wait_until(lambda: "former" in self.relay.ssh("newname", owner, "claim").stderr, "the relay to see the purge")
        with self.unchanged():
            self.expect_refused_log_in("niklas", self.key, "belongs to another key")
            self.expect_refused_log_in("newname", owner, "former account")

    def test_names_with_unicode_dots_uppercase_and_punycode(self):
        with self.unchanged():
            for name, words in (
                ("münchen", "beyond ASCII"),
                ("nik\u200blas", "beyond ASCII"),
                ("nіklas", "beyond ASCII"),  # Cyrillic
                ("a.b", "a dot"),
                (f"niklas.{ZONE}", "a dot"),
                ("xn--mnchen-3ya", "reserved in DNS"),
                ("12345", "only digits"),
                ("niklas-", "hyphen|'-'"),
                ("postmaster", "reserved"),
                ("V6", "reserved"),
                ("under_score", "not allowed"),
                ("a b", "not allowed"),
                ("x" * 64, "63|long"),
            ):
                with self.subTest(name):
                    self.expect_refused_log_in(name, self.key, words)
        self.assertEqual(self.relay.claim("NikLas", self.key, self.relay.invite())["name"], "niklas")
        stranger = make_key(self.scratch, "stranger")
        self.expect_refused_log_in("NIKLAS", stranger, "belongs to another key")

    def test_command_injection_in_arguments(self):
        otto = self.relay.user("otto")
        trap = self.scratch.path / "trap"
        with self.unchanged():
            for line in (
                f"claim --invite $(touch {trap})",
                f"claim --invite `touch {trap}`",
                f"claim --invite x; touch {trap}",
                f"claim --invite x | touch {trap}",
                f"claim --invite x\ntouch {trap}",
                f"claim --invite 'x' && touch {trap}",
                f"claim --invite \"x\" > {trap}",
                "claim --invite \"'; DELETE FROM users; --\"",
                "claim --invite '%s%n%x'",
                f"lookup \"' OR '1'='1\"",
                f"lookup ../../{trap}",
                f"; touch {trap}",
                f"sh -c 'touch {trap}'",
                "claim --invite " + "x" * 3000,
                "claim --invite " + "x" * 5000,
                "claim " + "x " * 100,
                "claim --invite 'unclosed",
                "claim --invite \\",
                "claim --invite a --invite b",
            ):
                for name, key in (("niklas", self.key), ("otto", otto)):
                    with self.subTest(line[:60], name=name):
                        done = self.relay.ssh(name, key, line)
                        self.assertIn(done.returncode, (1, 2, 255), done.stdout)
                        self.assertEqual(done.stdout, "")
                        self.assertIsNone(re.search("[\x00-\x08\x0b-\x1f]", done.stderr.replace("\r", "")), done.stderr)
        self.assertFalse(trap.exists())

    def test_invite_guessing(self):
        good = self.relay.invite()
        with self.unchanged():
            for _ in range(10):
                self.expect_refused_claim("niklas", self.key, "code is wrong", "--invite", "0" * 24)
            self.expect_refused_claim("niklas", self.key, "too many wrong invitation codes", "--invite", good)
        self.relay.restart()  # counts of wrong codes end with the process, the codes stay good
        self.relay.claim("niklas", self.key, good)

    def test_a_squatting_flood(self):
        self.relay.restart("--claim-policy", "open")
        for i in range(10):
            self.relay.claim(f"squat-{i}", make_key(self.scratch, f"squat-{i}"))
        with self.unchanged():
            self.expect_refused_claim("niklas", self.key, "too many names were claimed from your network")
        self.relay.restart("--claim-policy", "open")
        with self.unchanged():
            self.expect_refused_claim("niklas", self.key, "too many names were claimed from your network")

    def test_a_flood_of_commands(self):
        self.relay.restart("--limit", "commands-per-source=5")
        done = self.relay.ssh("niklas", self.key, typed="claim\n" * 20)
        self.assertEqual(done.stdout.count("asks for an invitation"), 5)
        self.assertEqual(done.stdout.count("too many commands"), 15)
        self.assertIn("limit=commands-per-source", self.relay.process.log())

    def race(self, claims: list[tuple]) -> list[tuple]:
        """Claims all at once; those that were granted."""
        with ThreadPoolExecutor(len(claims)) as pool:
            ends = list(pool.map(lambda one: self.relay.ssh(one[0], one[1], "claim", "--invite", one[2]), claims))
        for done in ends:
            self.assertIn(done.returncode, (0, 1, 255), done.stderr)
        return [claim for claim, done in zip(claims, ends) if done.returncode == 0]

    def test_concurrent_claims_of_one_name(self):
        keys = [make_key(self.scratch, f"racer-{i}") for i in range(8)]
        codes = [self.relay.invite() for _ in keys]
        ((_, winner, code),) = self.race([("niklas", key, code) for key, code in zip(keys, codes)])
        self.assertEqual(self.relay.ssh("niklas", winner, "whoami").returncode, 0)
        loser = next(key for key in keys if key != winner)
        unused = next(one for one in codes if one != code)
        self.relay.claim("another", loser, unused)

    def test_concurrent_claims_of_one_key(self):
        names = [f"name-{i}" for i in range(8)]
        ((winner, _, _),) = self.race([(name, self.key, self.relay.invite()) for name in names])
        self.assertEqual(self.relay.ssh(winner, self.key, "whoami").returncode, 0)
        self.assertEqual(len(self.relay.operator("user", "list", "--json").splitlines()), 1)

    def test_concurrent_claims_with_one_code(self):
        code = self.relay.invite()
        claims = [(f"name-{i}", make_key(self.scratch, f"racer-{i}"), code) for i in range(8)]
        self.assertEqual(len(self.race(claims)), 1)
        self.assertEqual(len(self.relay.operator("user", "list", "--json").splitlines()), 1)

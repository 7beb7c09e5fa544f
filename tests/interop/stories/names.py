"""A claimed name becomes a mail domain: its records are in the zone soon, validate, and go with the user; what other hands
have written there stays."""

import json
import re
import shutil
import time

from harness.dns import SECONDARY, Secondary
from harness.names import RELAY_USER, Names, digest, templates
from harness.scratch import wait_until
from harness.story import Story
from harness.zone import ZONE

# What stands under a user's names by other hands: in sets that we share, whose TTL is one for all, and in others.
FOREIGN = (
    f'niklas.{ZONE}. 3600 TXT "site-verification=abc"',
    f"niklas.{ZONE}. 300 A 192.0.2.80",
    f"www.niklas.{ZONE}. 300 CNAME niklas.{ZONE}.",
    f'_acme-challenge.niklas.v6.{ZONE}. 60 TXT "somebody else\'s"',
)


class NamesStory(Story):
    def setUp(self):
        self.needs_root()

    def serve(self, **options) -> None:
        self.names = Names(self.scratch, **options)

    def user(self, name: str, *digests: str):
        """One whose records are live."""
        key = self.names.claim(name)
        if digests:
            self.names.must_ssh(name, key, "tlsa", "publish", *digests)
        self.names.wait_until_live(name, key)
        return key

    def expect_records(self, name: str, *digests: str, foreign: tuple = ()) -> None:
        expected = templates(name, self.names.address(name), *digests)
        self.assertEqual(self.names.records_of(name), sorted([*expected, *foreign]))


class PublishedNames(NamesStory):
    def test_a_claim_is_in_the_zone_and_validates(self):
        self.serve()
        began = time.monotonic()
        key = self.names.claim("niklas")
        claimed = time.monotonic()
        records = templates("niklas", self.names.address("niklas"))
        self.names.wait_until_validated(records)
        print(f"claim to AD of all records: {time.monotonic() - began:.2f} s, of these the claim itself ", end="")
        print(f"{claimed - began:.2f} s")
        self.names.wait_until_live("niklas", key)
        self.expect_records("niklas")

        began = time.monotonic()
        both = (digest("this"), digest("next"))
        self.names.must_ssh("niklas", key, "tlsa", "publish", *both)
        self.names.wait_until_validated(templates("niklas", self.names.address("niklas"), *both))
        print(f"tlsa publish to AD: {time.monotonic() - began:.2f} s")
        status = self.names.wait_until_live("niklas", key)
        self.assertEqual({one["sha256"] for one in status["tlsa"]}, set(both))
        self.assertTrue(status["signed"])
        self.expect_records("niklas", *both)

    def test_a_removed_users_records_go_and_a_suspended_ones_stay(self):
        self.serve()
        for name in ("niklas", "otto", "emma"):
            self.user(name, digest(name))
        before = self.names.records_of("otto")
        self.names.operator.run("user", "suspend", "otto")
        self.names.operator.run("user", "remove", "niklas")
        wait_until(lambda: not self.names.records_of("niklas"), "the records of the removed user to go")
        self.assertEqual(self.names.records_of("otto"), before)
        self.expect_records("emma", digest("emma"))
        # Also of one who was removed while the relay was away.
        self.names.relay.process.stop()
        self.names.operator.run("user", "remove", "emma")
        self.names.relay.start()
        wait_until(lambda: not self.names.records_of("emma"), "the records of the second one to go")
        self.assertEqual(self.names.records_of("otto"), before)

    def test_a_relay_with_an_empty_registry_takes_nobodys_records_away(self):
        self.serve()
        for name in ("niklas", "otto"):
            self.user(name, digest(name))
        before = {name: self.names.records_of(name) for name in ("niklas", "otto")}
        relay = self.names.relay
        relay.process.stop()
        right, relay.state = relay.state, self.scratch.path / "wrong-state"
        relay.state.mkdir(mode=0o700)
        shutil.chown(relay.state, RELAY_USER)
        relay.start()
        relay.process.wait_for_log("the relay does not know 2 whose records are here (niklas, otto)")
        done = self.names.run_dns("sync")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stderr, "does not know 2 whose records are here")
        self.assertEqual({name: self.names.records_of(name) for name in before}, before)

        relay.process.stop()
        relay.state = right
        relay.start()
        wait_until(lambda: self.names.run_dns("sync").returncode == 0, "the right relay to be back")
        self.assertEqual(self.names.run_dns("prune").returncode, 0)
        self.assertEqual({name: self.names.records_of(name) for name in before}, before)

    def test_what_an_operator_prunes_is_gone(self):
        self.serve()
        self.user("niklas")
        relay = self.names.relay
        relay.process.stop()
        relay.state = self.scratch.path / "new-state"
        relay.state.mkdir(mode=0o700)
        shutil.chown(relay.state, RELAY_USER)
        relay.start()
        relay.process.wait_for_log("the relay does not know 1 whose records are here")
        self.assertRegex(self.names.run_dns("prune").stdout, "removed .*niklas")
        self.assertEqual(self.names.records_of("niklas"), [])

    def test_hosts_of_users_in_another_zone(self):
        self.serve(relay_options=("--tier1-zone", f"mx.{ZONE}"))
        key = self.names.claim("niklas")
        who = json.loads(self.names.must_ssh("niklas", key, "whoami", "--json"))
        self.assertEqual(who["host"], f"niklas.mx.{ZONE}")
        wait_until(lambda: "is not a name of niklas" in self.names.status("niklas", key).get("problem", ""), "a refusal")
        service = self.names.service
        service.stop()
        service.config.write_text(f'tier1_zone = "mx.{ZONE}"\n' + service.config.read_text())
        service.start()
        self.names.wait_until_live("niklas", key)
        expected = [line.replace(".v6.", ".mx.") for line in templates("niklas", self.names.address("niklas"))]
        found = [line for line in self.names.authority.records() if line.startswith(f"niklas.mx.{ZONE}. ")]
        self.assertEqual(sorted(found), sorted(line for line in expected if line.startswith(f"niklas.mx.{ZONE}. ")))

    def test_records_by_other_hands_stay(self):
        self.serve(records=FOREIGN)
        key = self.user("niklas", digest("this"))
        self.expect_records("niklas", digest("this"), foreign=FOREIGN)
        value = "-" + "x" * 42  # base64url: one in 64 begins so, and is no option behind --
        host = f"niklas.v6.{ZONE}"
        self.names.must_ssh("niklas", key, "acme", "present", "--", host, value)
        late = f'niklas.{ZONE}. 3600 TXT "written later"'
        self.names.authority.edit(f"set {late}")
        challenge = f'_acme-challenge.{host}. 60 TXT "{value}"'
        self.assertIn(challenge.split(" 60 ")[1], " ".join(self.names.records_of("niklas")))
        self.names.must_ssh("niklas", key, "acme", "cleanup", "--", host, value)
        self.names.must_ssh("niklas", key, "tlsa", "publish", digest("next"))
        self.names.wait_until_live("niklas", key)
        self.expect_records("niklas", digest("next"), foreign=(*FOREIGN, late))
        self.names.operator.run("user", "remove", "niklas")
        everything = sorted((*FOREIGN, late))
        wait_until(lambda: self.names.records_of("niklas") == everything, "what is ours to go")

    def test_what_was_broken_by_hand_is_found_and_mended(self):
        self.serve()
        self.user("niklas", digest("this"))
        whole = self.names.records_of("niklas")
        self.assertEqual(self.names.dns("diff"), [])
        foreign = f'niklas.{ZONE}. 3600 TXT "by another hand"'
        self.names.authority.edit(
            f"unset niklas.{ZONE}. MX", f"unset _25._tcp.niklas.v6.{ZONE}. TLSA", f"set {foreign}"
        )
        for what in ("diff", "check"):
            with self.subTest(what):
                findings = self.names.dns(what)
                missing = {one["record"].split(None, 2)[2] for one in findings if one["kind"] == "missing"}
                self.assertIn(f"MX 10 niklas.v6.{ZONE}.", missing)
                self.assertIn(f"TLSA 3 1 1 {digest('this')}", missing)
        self.assertIn("foreign", {one["kind"] for one in self.names.dns("diff")})
        self.names.run_dns("sync")
        self.assertEqual(self.names.records_of("niklas"), sorted([*whole, foreign]))
        serial = self.names.authority.ask(ZONE, "SOA").values
        self.names.run_dns("sync")
        self.assertEqual(self.names.authority.ask(ZONE, "SOA").values, serial, "a second sync changed something")

    def test_an_unsigned_zone_gets_no_tlsa_and_says_so(self):
        self.serve(signing=False)
        key = self.user("niklas", digest("this"))
        self.expect_records("niklas")
        status = self.names.status("niklas", key)
        self.assertEqual((status["signed"], status["tlsa"]), (False, []))
        self.assertIn("DANE: no, zone not signed", self.names.run_dns("check").stdout)
        self.assertIn("unsigned", {one["kind"] for one in self.names.dns("check")})

    def test_a_record_is_live_when_every_server_has_it(self):
        self.serve(secondary=True)
        self.user("niklas")
        self.names.secondary.stop()
        key = self.names.claim("otto")
        wait_until(lambda: self.names.records_of("otto"), "the primary to have it")
        wait_until(lambda: SECONDARY in self.names.status("otto", key).get("problem", ""), "the reason")
        self.assertEqual(self.names.status("otto", key)["state"], "pending")
        self.names.secondary.start()
        self.names.wait_until_live("otto", key)

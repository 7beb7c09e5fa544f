"""Name server, sisumail-dns and relay come and go, and the credentials are wrong: no claim waits for them or is lost."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from harness.dns import AUTHORITY, TsigKey
from harness.names import Names, templates
from harness.programs import make_key
from harness.scratch import wait_until
from harness.story import Story

CLAIMS_PER_NETWORK = 10  # more within an hour are a squatting flood to the relay


class NamesOutage(Story):
    def setUp(self):
        self.needs_root()
        self.names = Names(self.scratch)

    def claim_many(self, count: int, meanwhile=None) -> dict[str, Path]:
        """From many networks at once. Every one is granted."""
        names = [f"user{number}" for number in range(count)]

        def claim(number: int) -> Path:
            return self.names.claim(names[number], source=f"127.1.{number // CLAIMS_PER_NETWORK}.1")

        with ThreadPoolExecutor(4) as pool:
            return dict(zip(names, pool.map(claim, range(count))))

    def missing(self, names) -> list[str]:
        """What the name server has not, of all that these should have."""
        users = self.names.operator.users()
        wanted = {line for name in names for line in templates(name, users[name]["address"])}
        return sorted(wanted - set(self.names.authority.records()))

    def wait_until_all_there(self, names, limit: float = 120) -> float:
        began = time.monotonic()
        wait_until(lambda: not self.missing(names), "all records to be there", limit, 0.1)
        return time.monotonic() - began

    def expect_whole(self) -> None:
        """Neither too little nor too much, in the eyes of sisumail-dns either."""
        self.assertEqual(self.names.dns("diff"), [])

    @contextmanager
    def over_and_over(self, what, pause: tuple[float, float] = (0.2, 1.5)):
        """`what` again and again, at random moments, while the block runs, and once at least."""
        end = threading.Event()
        chance = random.Random(self.id())
        failures = []

        def run() -> None:
            try:
                while True:
                    what()
                    if end.wait(chance.uniform(*pause)):
                        return
            except BaseException as failure:  # shown by the story, not by the thread
                failures.append(failure)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()
        if failures:
            raise failures[0]

    def test_a_hundred_claims_while_the_name_server_is_away(self):
        self.names.authority.stop()
        began = time.monotonic()
        keys = self.claim_many(100)
        print(f"100 claims without a name server: {time.monotonic() - began:.1f} s")
        status = self.names.status("user0", keys["user0"])
        self.assertEqual(status["state"], "pending")
        self.assertIn(AUTHORITY, status["problem"])
        self.names.authority.start()
        took = self.wait_until_all_there(keys)
        began = time.monotonic()
        for name, key in keys.items():
            self.names.wait_until_live(name, key)
        print(f"all records there {took:.1f} s after its return; all 100 asked and live {time.monotonic() - began:.1f} s later")
        self.expect_whole()

    def test_the_name_server_is_killed_over_and_over(self):
        def kill() -> None:
            self.names.authority.kill()
            self.names.authority.start()

        with self.over_and_over(kill):
            keys = self.claim_many(40)
        self.wait_until_all_there(keys)
        self.expect_whole()

    def test_sisumail_dns_is_killed_over_and_over(self):
        def kill() -> None:
            self.names.service.kill()
            self.names.service.start()

        with self.over_and_over(kill):
            keys = self.claim_many(40)
        self.wait_until_all_there(keys)
        self.expect_whole()

    def test_claims_while_sisumail_dns_is_away_and_the_relay_is_killed(self):
        self.names.service.stop()
        keys = self.claim_many(10)
        self.names.relay.process.popen.kill()
        self.names.relay.process.popen.wait()
        self.names.operator.run("user", "remove", "user3")
        self.names.relay.start()
        keys["late"] = self.names.claim("late", source="127.2.0.1")
        self.names.service.start()
        del keys["user3"]
        self.wait_until_all_there(keys)
        self.assertEqual(self.names.records_of("user3"), [])
        self.expect_whole()

    def test_the_relay_is_killed_while_records_are_on_their_way(self):
        self.names.authority.stop()
        keys = self.claim_many(10)
        self.names.relay.process.popen.kill()
        self.names.relay.process.popen.wait()
        # sisumail-dns has the work in its own database: it needs no relay for it.
        self.names.authority.start()
        self.wait_until_all_there(keys)
        self.names.relay.start()
        self.names.wait_until_live("user0", keys["user0"])
        self.expect_whole()

    def test_a_wrong_key_is_said_clearly_and_nothing_is_lost(self):
        self.names.service.stop()
        self.names.service.use_key(TsigKey())
        self.names.service.start()
        key = self.names.claim("niklas")
        said = "127.0.0.2:53: BADSIG: it has another secret for the key ddns"  # RFC 8945 5.3.2, and what it means
        wait_until(lambda: said in self.names.status("niklas", key).get("problem", ""), "the reason")
        self.assertIn(said, self.names.service.process.log())
        check = self.names.run_dns("check")
        self.assertEqual(check.returncode, 1)
        self.assertIn("BADSIG", check.stdout + check.stderr)
        self.names.service.stop()
        self.names.service.use_key(self.names.key)
        self.names.service.start()
        self.names.wait_until_live("niklas", key)
        self.expect_whole()

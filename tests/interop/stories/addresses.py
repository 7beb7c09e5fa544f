"""Every user has an address, and it answers exactly while the user is present. In a network namespace with AnyIP."""

import json
import signal
import statistics

from harness.scratch import wait_until
from harness.story import Story
from harness.zone import TIER1_PORT, Crowd, Machine, ZoneRelay, ssh_argv

REFUSED = "Connection refused"
LIFTED = ("--limit", "unauthenticated-per-source=100000", "--limit", "early-drop-start=100%")


class Addresses(Story):
    def setUp(self):
        self.needs_root()
        self.machine = Machine(self.scratch)

    def serve(self, users: int, *extra: str) -> tuple[Crowd, ZoneRelay]:
        crowd = Crowd(self.scratch, self.machine, users)
        return crowd, ZoneRelay(self.scratch, self.machine, (*LIFTED, *extra))

    def ssh(self, crowd: Crowd, name: str, *words: str, before: tuple = ()) -> list:
        key = self.scratch.path / f"{name}-key"
        if not key.exists():
            crowd.key(name, key)
        return self.machine.inside(ssh_argv(self.scratch, name, key, *words, before=before))

    def test_of_a_thousand_users_the_500_present_answer_and_the_kernel_refuses_for_the_others(self):
        crowd, relay = self.serve(1000, "--log-level", "debug")
        took = crowd.present(500)
        names = {address: name for name, address in crowd.addresses.items()}
        present = [crowd.addresses[f"user{number}"] for number in range(500)]
        absent = [crowd.addresses[f"user{number}"] for number in range(500, 1000)]
        self.assertEqual(sorted(relay.presences()), sorted(present))

        before = self.machine.tcp_counters()
        answers = self.machine.probe(present)
        between = self.machine.tcp_counters()
        refusals = self.machine.probe(absent)
        after = self.machine.tcp_counters()

        for one in answers:
            self.assertEqual((one.heard, one.error), (f"220 {names[one.address]} here\r\n", None))
        for one in refusals:
            self.assertEqual((one.heard, one.error), (None, REFUSED), names[one.address])
        # The kernel's own count: 500 connections were accepted while the present ones were asked, none for the others,
        # each of which got one reset.
        self.assertEqual(between["PassiveOpens"] - before["PassiveOpens"], 500)
        self.assertEqual(after["PassiveOpens"] - between["PassiveOpens"], 0)
        self.assertEqual(after["OutRsts"] - between["OutRsts"], 500)
        self.assertEqual(relay.process.log().count("connection accepted"), 500)
        connected, refused = ([one.connected * 1e6 for one in some] for some in (answers, refusals))
        print(f"500 users present in {took:.2f} s; connected in {statistics.median(connected):.0f} us, refused in ", end="")
        print(f"{statistics.median(refused):.0f} us (medians, Python)")

    def test_a_session_that_ends_closes_its_address_at_once(self):
        crowd, relay = self.serve(3)
        crowd.present(3)
        for name in crowd.addresses:
            self.assertEqual(self.machine.answer(crowd.addresses[name]), f"220 {name} here\r\n")
        crowd.leave("user1")
        wait_until(lambda: len(relay.presences()) == 2, "the address to close", 2, 0.005)
        self.assertEqual(self.machine.answer(crowd.addresses["user1"]), REFUSED)
        for name in ("user0", "user2"):
            self.assertEqual(self.machine.answer(crowd.addresses[name]), f"220 {name} here\r\n")
        # A client that is killed says nothing; the kernel closes its connection, and that is enough.
        crowd.process.signal(signal.SIGKILL)
        wait_until(lambda: not relay.presences(), "all addresses to close", 2, 0.005)

    def test_cancelling_the_forward_closes_the_address_and_the_session_goes_on(self):
        crowd, relay = self.serve(1)
        control = self.scratch.path / "control"
        forward = ("-R", "smtp-delivery:25:127.0.0.1:9")
        master = ("-N", "-M", "-S", str(control), *forward)
        session = self.scratch.start("ssh", self.ssh(crowd, "user0", before=master))
        wait_until(relay.presences, "presence", 20)
        self.scratch.must_run(self.ssh(crowd, "user0", before=("-S", str(control), "-O", "cancel", *forward)))
        wait_until(lambda: not relay.presences(), "absence", 5)
        self.assertTrue(session.running())
        self.scratch.must_run(self.ssh(crowd, "user0", before=("-S", str(control), "-O", "forward", *forward)))
        wait_until(relay.presences, "presence again", 5)

    def test_a_command_session_changes_nothing(self):
        crowd, relay = self.serve(2)
        address = crowd.addresses["user1"]
        self.assertEqual(self.scratch.run(self.ssh(crowd, "user1", "whoami")).returncode, 0)
        self.assertEqual(self.machine.answer(address), REFUSED)
        crowd.present(2)
        before = relay.process.log().count("listener opened")
        idle = self.scratch.start("events", self.ssh(crowd, "user1", "events"))
        said = json.loads(self.scratch.must_run(self.ssh(crowd, "user1", "whoami", "--json")).splitlines()[-1])
        self.assertEqual(said["addresses"], [f"[{address}]:{TIER1_PORT}"])
        self.assertEqual(self.machine.answer(address), "220 user1 here\r\n")
        idle.stop()
        self.assertEqual(self.machine.answer(address), "220 user1 here\r\n")
        self.assertEqual(relay.process.log().count("listener opened"), before)
        self.assertNotIn("took_over=true", relay.process.log())

    def test_a_user_with_an_ipv4_address_is_reached_at_both_while_present(self):
        words = ("--tier1-ipv4", "127.0.0.7:25=user0", "--tier1-ipv4", "127.0.0.8:2525=user0", "--tier1-ipv4", "127.0.0.9:25=user1")
        crowd, relay = self.serve(2, *words)
        for address, port in (("127.0.0.7", 25), ("127.0.0.8", 2525), ("127.0.0.9", 25)):
            self.assertEqual(self.machine.answer(address, port), REFUSED)
        crowd.present(1)
        for address, port in ((crowd.addresses["user0"], 25), ("127.0.0.7", 25), ("127.0.0.8", 2525)):
            self.assertEqual(self.machine.answer(address, port), "220 user0 here\r\n")
        self.assertEqual(self.machine.answer("127.0.0.9"), REFUSED)
        said = json.loads(self.scratch.must_run(self.ssh(crowd, "user0", "whoami", "--json")).splitlines()[-1])
        self.assertEqual(said["addresses"], [f"[{crowd.addresses['user0']}]:25", "127.0.0.7:25", "127.0.0.8:2525"])
        crowd.leave("user0")
        wait_until(lambda: not relay.presences(), "absence", 5)
        self.assertEqual(self.machine.answer("127.0.0.7"), REFUSED)
        self.assertEqual(self.machine.answer("127.0.0.8", 2525), REFUSED)


class Wildcard(Story):
    """A program that listens on all addresses would take the mail of every user who is away."""

    def setUp(self):
        self.needs_root()
        self.machine = Machine(self.scratch)
        self.crowd = Crowd(self.scratch, self.machine, 2)
        self.others = 0

    def listen(self, address: str, port: int = TIER1_PORT):
        """Answers whoever connects with its own greeting; ends at once if it cannot listen."""
        family = "AF_INET6" if ":" in address else "AF_INET"
        code = (
            f"import socket\ns = socket.create_server(('{address}', {port}), family=socket.{family})\n"
            "print('at', 'work', flush=True)\n"  # not the words of this line, which is logged, too
            "while True:\n c, _ = s.accept()\n c.sendall(b'220 not the relay\\r\\n')\n c.close()\n"
        )
        self.others += 1
        return self.scratch.start(f"other{self.others}", self.machine.inside(["python3", "-c", code]))

    def test_the_relay_does_not_start_beside_one_and_names_it(self):
        for address, extra in (("::", ()), ("0.0.0.0", ()), ("0.0.0.0", ("--tier1-ipv4", "127.0.0.7:25=user0"))):
            with self.subTest(address):
                other = self.listen(address)
                other.wait_for_log("at work")
                argv = self.machine.inside([*ZoneRelay.argv_of(self.crowd.state), *extra])
                done = self.scratch.run(argv, 20)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertEqual(len(done.stdout.splitlines()), 1, done.stdout)
                self.assertIn(f":25 is listened on by python3 (pid {other.pid})", done.stdout)
                other.stop()

    def test_nobody_can_come_while_a_user_is_present(self):
        relay = ZoneRelay(self.scratch, self.machine)
        self.crowd.present(1)
        other = self.listen("::")
        self.assertNotEqual(other.exit_status(), 0)
        self.assertIn("Address already in use", other.log())
        self.assertEqual(self.machine.answer(self.crowd.addresses["user0"]), "220 user0 here\r\n")
        self.assertEqual(self.machine.answer(self.crowd.addresses["user1"]), REFUSED)
        self.assertNotIn("wildcard", relay.process.log())

    def test_one_that_comes_while_all_are_away_is_noticed_named_and_counted(self):
        relay = ZoneRelay(self.scratch, self.machine)
        other = self.listen("::")
        other.wait_for_log("at work")
        # What makes it worth noticing: it takes a user's mail.
        self.assertEqual(self.machine.answer(self.crowd.addresses["user0"]), "220 not the relay\r\n")
        relay.process.wait_for_log("wildcard listener", 20)
        self.assertRegex(relay.process.log(), rf'wildcard listener.*address=.*25.*program="?python3 \(pid {other.pid}\)')
        # Presence fails, with the reason, and works again when the other has gone.
        key = self.crowd.key("user0", self.scratch.path / "key")
        argv = self.machine.inside(ssh_argv(self.scratch, "user0", key, before=("-N", "-R", "smtp-raw:25:127.0.0.1:9")))
        refused = self.scratch.run(argv, 20)
        self.assertIn("remote port forwarding failed", refused.stdout)
        self.assertRegex(relay.process.log(), rf"no presence.*belongs to python3 \(pid {other.pid}\)")
        other.stop()
        relay.process.wait_for_log("wildcard listener gone", 20)
        self.scratch.start("ssh", argv)
        wait_until(relay.presences, "presence", 20)

    def test_listeners_on_other_ports_and_single_addresses_do_no_harm(self):
        self.listen("::", 587).wait_for_log("at work")
        self.listen("127.0.0.1").wait_for_log("at work")
        relay = ZoneRelay(self.scratch, self.machine)
        self.crowd.present(2)
        self.assertEqual(self.machine.answer(self.crowd.addresses["user1"]), "220 user1 here\r\n")
        self.assertNotIn("wildcard", relay.process.log())

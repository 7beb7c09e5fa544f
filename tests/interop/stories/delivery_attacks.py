"""Attacks on deliveries, by a user's own client and by senders (harness/attack.py)."""

import contextlib
import socket
import threading
import time

from harness.attack import RESET, AttackStory
from harness.programs import banner
from harness.scratch import wait_until


class AsAUsersClient(AttackStory):
    """The client side of deliveries, with senders."""

    def start_client(self, name: str):
        client = self.attack(name)
        self.relay.wait_for_presence()
        return client

    def test_a_client_that_ignores_windows_is_cut(self):
        self.restart("channel-bytes=1280000")
        client = self.start_client("ignores_windows")
        self.sender(4096)  # and reads nothing
        client.exit_status(120)
        self.expect_bite("channel-bytes")

    def test_a_client_that_makes_the_relay_hold_too_much_is_cut(self):
        self.restart("channel-bytes=1GiB", "memory=4MiB")
        client = self.start_client("ignores_windows")
        self.sender(4096)
        client.exit_status(120)
        self.expect_bite("memory")

    def test_a_client_that_sends_on_after_the_close_is_cut(self):
        self.restart("discarded-bytes=1280000")
        client = self.start_client("sends_after_close")
        sender = self.sender()
        sender.recv(100)
        # A reset: the relay closes the channel.
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        sender.close()
        client.wait_for_log("closed")
        client.exit_status(120)
        self.expect_bite("discarded-bytes")

    def test_a_client_that_confirms_no_close_is_cut(self):
        self.restart("unconfirmed-closes=5")
        client = self.start_client("never_closes")
        with contextlib.suppress(ConnectionError):  # refused once the client has been cut
            for _ in range(8):
                sender = self.sender()
                sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                sender.close()
        client.exit_status(60)
        self.expect_bite("unconfirmed-closes")

    def test_senders_wait_for_a_client_that_confirms_nothing_only_in_bounded_number(self):
        self.restart("unconfirmed-opens=3", "channel-open=1h")
        self.start_client("never_confirms")
        waiting = [self.sender() for _ in range(3)]
        one_more = self.sender()
        self.assertTrue(one_more.recv(200).startswith(b"421 4.7.0 "))
        self.expect_bite("unconfirmed-opens")
        waiting[0].setblocking(False)
        with self.assertRaises(BlockingIOError):
            waiting[0].recv(1)

    def test_events_that_nobody_reads_are_dropped_beyond_the_queue(self):
        # Each sender who is not answered makes two: deliveries suspended, deliveries on again.
        self.restart("event-queue=1", "channel-open=100ms")
        client = self.start_client("reads_no_events")
        for _ in range(3):
            self.relay.wait_for_presence()
            self.assertTrue(self.sender().recv(200).startswith(b"421 "))
        self.expect_bite("event-queue")
        self.assertTrue(client.running())

    def test_a_connection_that_one_side_has_left_has_its_own_idle_limit(self):
        self.restart("half-closed-idle=300ms")
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        self.scratch.start("ssh", self.ssh_argv("-N", "-R", f"smtp-raw:25:127.0.0.1:{server.getsockname()[1]}"))
        self.relay.wait_for_presence()
        sender = self.sender()
        device, _ = server.accept()
        sender.shutdown(socket.SHUT_WR)
        self.assertEqual(device.recv(10), b"")
        self.assertEqual(sender.recv(10), b"")  # the relay ends it
        self.expect_bite("half-closed-idle")

    def test_the_kernel_queues_as_many_senders_as_the_limit_says(self):
        self.restart("listen-backlog=3")
        self.scratch.start("ssh", self.ssh_argv("-N", "-R", "smtp-raw:25:127.0.0.1:9"))
        self.relay.wait_for_presence()
        line = self.scratch.must_run(["ss", "-Hltn", f"sport = :{self.relay.tier1_port}"])
        self.assertEqual(line.split()[2], "3")


class Senders(AttackStory):
    """Limits on senders, each with its 421 in clear before any channel opens."""

    def setUp(self):
        super().setUp()
        self.server = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.addCleanup(self.server.close)

    def serve(self, *limits: str) -> None:
        self.restart(*limits)
        forward = f"smtp-raw:25:127.0.0.1:{self.server.getsockname()[1]}"
        self.scratch.start("ssh", self.ssh_argv("-N", "-R", forward))
        self.relay.wait_for_presence()

    def come_and_go(self, count: int) -> None:
        for _ in range(count):
            with socket.create_connection(("127.0.0.1", self.relay.tier1_port), 30) as sender:
                device, _ = self.server.accept()
                device.close()
                self.assertEqual(sender.recv(10), b"")

    def expect_421(self, reason: str = "too many connections") -> None:
        self.assertEqual(banner("127.0.0.1", self.relay.tier1_port), f"421 4.7.0 {reason}, try again later\r\n")

    def test_new_connections_are_limited_per_minute(self):
        for limit in ("arrivals-per-user", "arrivals-per-address", "arrivals-per-prefix"):
            with self.subTest(limit):
                self.serve(f"{limit}=5/min")
                before = len(self.lines(limit))
                self.come_and_go(5)
                for _ in range(20):
                    self.expect_421()
                self.assertEqual(len(self.lines(limit)) - before, 1)
                self.assertEqual(self.counted(limit), 20)
                self.assertEqual(self.whoami().returncode, 0)

    def test_connections_at_once_are_limited(self):
        for limit in ("connections", "connections-per-user", "connections-per-source", "connections-per-address"):
            with self.subTest(limit):
                self.serve(f"{limit}=3")
                before = len(self.lines(limit))
                open_ones = [self.sender() for _ in range(3)]
                for _ in open_ones:
                    self.server.accept()[0].sendall(b"220\r\n")
                for sender in open_ones:
                    self.assertEqual(sender.recv(10), b"220\r\n")
                for _ in range(5):
                    self.expect_421()
                self.assertEqual(len(self.lines(limit)) - before, 1)

    def test_without_memory_for_its_buffers_a_connection_is_refused(self):
        self.serve("memory=1500KiB", "pipe-buffer=512KiB")  # each connection has two buffers
        first = self.sender()
        self.server.accept()[0].sendall(b"220\r\n")
        self.assertEqual(first.recv(10), b"220\r\n")
        self.expect_421("the relay is short of memory")
        first.close()
        wait_until(lambda: self.lines("memory"), "the limit to bite")
        wait_until(lambda: 'event="connection ended"' in self.relay.process.log(), "its end")
        self.come_and_go(1)

    def test_the_rate_holds_in_each_direction_by_itself(self):
        """1 MB/s each way, with one second's worth at once: 3 MB take 2 s, and both ways at once take no longer."""
        self.serve("user-rate=1MB/s")
        sender = self.sender()
        device, _ = self.server.accept()
        size = 3_000_000

        def pull(connection: socket.socket) -> None:
            left = size
            while left:
                left -= len(connection.recv(min(left, 65536)))

        began = time.monotonic()
        threads = [threading.Thread(target=one.sendall, args=(bytes(size),)) for one in (sender, device)]
        threads += [threading.Thread(target=pull, args=(one,)) for one in (sender, device)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        took = time.monotonic() - began
        print(f"3 MB each way in {took:.2f} s")
        self.assertGreater(took, 1.9)  # a floor; were the rate for both together, it would be 5 s
        self.assertLess(took, 4.5)
        self.assertEqual(len(self.lines("user-rate")), 1)

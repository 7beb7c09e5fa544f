"""The relay as a pipe, seen with stock ssh and plain sockets at both ends: every byte passes, half-close is kept, and
memory stays bounded whatever either side does."""

import hashlib
import random
import socket
import threading
import time

from harness.programs import USER, Relay, make_key
from harness.scratch import Scratch, wait_until
from harness.story import Story

MIB = 1024 * 1024
# Two buffers of 64 KiB and the SSH window for a connection, and what the allocator keeps: far below what is sent.
MEMORY_GROWTH = 24 * MIB


def resident(pid: int, key: str = "VmRSS") -> int:
    """Bytes of memory of a process: VmRSS now, VmHWM at most so far."""
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith(key + ":"):
                return int(line.split()[1]) * 1024
    raise AssertionError(f"{key} of process {pid} is not known")


class Server:
    """A listening socket whose connections are handled by `serve`, one thread each."""

    def __init__(self, scratch: Scratch, serve):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        scratch.at_end(self.socket.close)
        threading.Thread(target=self._accept, args=(serve,), daemon=True).start()

    def _accept(self, serve) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()


class Piping(Story):
    def setUp(self):
        self.relay = Relay(self.scratch)
        self.key = make_key(self.scratch, "id_ed25519")

    def forward_to(self, serve) -> None:
        server = Server(self.scratch, serve)
        argv = ["ssh", "-F", "none", "-N", "-p", self.relay.ssh_port, "-i", self.key, "-o", "IdentitiesOnly=yes"]
        argv += ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new", "-o", "IdentityAgent=none"]
        argv += ["-o", f"UserKnownHostsFile={self.scratch.path / 'known_hosts'}"]
        argv += ["-R", f"smtp-raw:25:127.0.0.1:{server.port}", f"{USER}@127.0.0.1"]
        self.scratch.start("ssh", argv)
        self.relay.wait_for_presence()

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.relay.tier1_port), timeout=120)
        self.addCleanup(connection.close)
        return connection

    def test_a_gigabyte_passes_unchanged_in_bounded_memory(self):
        received = hashlib.sha256()
        done = threading.Event()

        def serve(connection: socket.socket) -> None:
            while block := connection.recv(MIB):
                received.update(block)
            done.set()
            connection.close()

        self.forward_to(serve)
        before = resident(self.relay.process.pid)
        block = random.Random(1).randbytes(MIB)
        sent = hashlib.sha256()
        connection = self.connect()
        for _ in range(1024):
            connection.sendall(block)
            sent.update(block)
        connection.shutdown(socket.SHUT_WR)
        self.assertTrue(done.wait(120))
        self.assertEqual(received.hexdigest(), sent.hexdigest())
        growth = resident(self.relay.process.pid, "VmHWM") - before
        print(f"memory grew by {growth / MIB:.1f} MiB")
        self.assertLess(growth, MEMORY_GROWTH)

    def push_until_stuck(self, connection: socket.socket) -> int:
        """Sends until nothing more goes for two seconds; how much went."""
        block = bytes(MIB)
        connection.settimeout(2)
        sent = 0
        try:
            while sent < 1024 * MIB:
                sent += connection.send(block)
        except TimeoutError:
            pass
        return sent

    def expect_stuck(self, before: int, sent: int) -> None:
        growth = resident(self.relay.process.pid, "VmHWM") - before
        print(f"stuck after {sent / MIB:.1f} MiB, memory grew by {growth / MIB:.1f} MiB")
        # Socket buffers of three connections and the window of the channel in ssh.
        self.assertLess(sent, 64 * MIB, "nothing held the sender back")
        self.assertLess(growth, MEMORY_GROWTH)

    def test_a_client_that_does_not_read_holds_the_sender_back(self):
        self.forward_to(lambda connection: time.sleep(300))
        before = resident(self.relay.process.pid)
        self.expect_stuck(before, self.push_until_stuck(self.connect()))

    def test_a_sender_that_does_not_read_holds_the_client_back(self):
        stuck_after: list[int] = []
        self.forward_to(lambda connection: stuck_after.append(self.push_until_stuck(connection)))
        before = resident(self.relay.process.pid)
        connection = self.connect()
        wait_until(lambda: stuck_after, "the client's side to be held back", 60)
        self.expect_stuck(before, stuck_after[0])
        self.assertTrue(connection.recv(1))

    def test_half_close_is_kept_in_both_directions(self):
        def answer_after_the_end(connection: socket.socket) -> None:
            heard = b""
            while block := connection.recv(65536):
                heard += block
            connection.sendall(b"heard " + heard)
            connection.close()

        self.forward_to(answer_after_the_end)
        connection = self.connect()
        connection.sendall(b"all of it")
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while block := connection.recv(65536):
            answer += block
        self.assertEqual(answer, b"heard all of it")

    def test_bytes_come_through_both_ways_at_once(self):
        def echo(connection: socket.socket) -> None:
            while block := connection.recv(65536):
                connection.sendall(block)
            connection.close()

        self.forward_to(echo)
        wanted = random.Random(2).randbytes(32 * MIB)
        connections = [self.connect() for _ in range(4)]

        def push(connection: socket.socket) -> None:
            connection.sendall(wanted)
            connection.shutdown(socket.SHUT_WR)

        for connection in connections:
            threading.Thread(target=push, args=(connection,), daemon=True).start()
        for connection in connections:
            echoed = hashlib.sha256()
            while block := connection.recv(MIB):
                echoed.update(block)
            self.assertEqual(echoed.hexdigest(), hashlib.sha256(wanted).hexdigest())

"""Network namespaces of a story's own: nothing in them is seen by the machine, and they go away with it."""

import os
import secrets
import shutil
from pathlib import Path

from harness.scratch import Scratch


class Namespace:
    """`lo` is up; commands run inside with `inside(argv)`."""

    def __init__(self, scratch: Scratch):
        self.scratch = scratch
        self.name = f"sisu-{os.getpid()}-{secrets.token_hex(3)}"
        scratch.must_run(["ip", "netns", "add", self.name])
        scratch.at_end(lambda: scratch.run(["ip", "netns", "del", self.name]))
        self.ip("link", "set", "lo", "up")

    def inside(self, argv: list) -> list:
        """`ip netns exec` replaces itself, so the process id stays that of the program."""
        return ["ip", "netns", "exec", self.name, *argv]

    def use_resolver(self, address: str) -> None:
        """Programs that are started from now on ask there, and believe it when it says that it has validated."""
        # `ip netns exec` shows this file to its programs as /etc/resolv.conf.
        files = Path("/etc/netns") / self.name
        files.mkdir(parents=True)
        self.scratch.at_end(lambda: shutil.rmtree(files))
        (files / "resolv.conf").write_text(f"nameserver {address}\noptions edns0 trust-ad\n")

    def ip(self, *words: str) -> str:
        return self.scratch.must_run(["ip", "-n", self.name, *words])

    def run(self, argv: list, limit: float = 60.0) -> str:
        return self.scratch.must_run(self.inside(argv), limit)


class Cable:
    """Two namespaces joined by a cable that can be cut: `server`, where 127.0.0.1 is the relay's, and `client`, which
    reaches that same 127.0.0.1 over the cable.

    A relay with --dev-user listens on loopback only. So the loopback network is taken off `lo` in both namespaces (but
    for the server's 127.0.0.1) and routed over the veth pair, which Linux allows with route_localnet.
    """

    SERVER = "127.9.0.1"
    CLIENT = "127.9.0.2"

    def __init__(self, scratch: Scratch):
        self.server = Namespace(scratch)
        self.client = Namespace(scratch)
        scratch.must_run(
            ["ip", "link", "add", "cable0", "netns", self.server.name]
            + ["type", "veth", "peer", "name", "cable1", "netns", self.client.name]
        )
        for space, device in ((self.server, "cable0"), (self.client, "cable1")):
            space.ip("addr", "del", "127.0.0.1/8", "dev", "lo")
            space.run(["sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1"])
            space.run(["sysctl", "-qw", f"net.ipv4.conf.{device}.route_localnet=1"])
        self.server.ip("addr", "add", "127.0.0.1/32", "dev", "lo")
        self.server.ip("addr", "add", f"{self.SERVER}/32", "dev", "cable0")
        self.client.ip("addr", "add", f"{self.CLIENT}/32", "dev", "cable1")
        self.restore(self.server)
        self.restore(self.client)

    def cut(self, end: Namespace) -> None:
        """Takes the link down at one end. There the kernel knows; the other end just hears nothing any more."""
        end.ip("link", "set", self._device(end), "down")

    def restore(self, end: Namespace) -> None:
        """Link up, and the routes that went with it."""
        device = self._device(end)
        end.ip("link", "set", device, "up")
        if end is self.server:
            end.ip("route", "replace", f"{self.CLIENT}/32", "dev", device, "src", self.SERVER)
        else:
            for address in ("127.0.0.1", self.SERVER):
                end.ip("route", "replace", f"{address}/32", "dev", device, "src", self.CLIENT)

    def _device(self, end: Namespace) -> str:
        return "cable0" if end is self.server else "cable1"

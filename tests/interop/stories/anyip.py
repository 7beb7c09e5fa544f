"""deploy/anyip.sh on a machine of its own: a namespace with an uplink to a router, and a directory for its files."""

from harness.netns import Namespace
from harness.programs import ROOT
from harness.scratch import wait_until
from harness.story import Story

SCRIPT = ROOT / "deploy/anyip.sh"
PREFIX = "2001:db8:1:2::/64"
USER = "2001:db8:1:2:9bf2:77:1c:e601"  # no interface has it
SENDER = "2001:db8:9::1"  # somewhere behind the router
NAME = "2001-db8-1-2--_64"

# `serve ADDRESS` binds as the relay does, and answers each connection with "hi"; `ask ADDRESS` prints what SENDER hears.
PEER = """
import socket, sys
word, address, freebind = sys.argv[1], sys.argv[2], 78
if word == "ask":
    try:
        with socket.create_connection((address, 25), timeout=5, source_address=(sys.argv[3], 0)) as connection:
            print(connection.recv(9).decode())
    except OSError as error:
        print(error)
    sys.exit()
listener = socket.socket(socket.AF_INET6)
listener.setsockopt(socket.IPPROTO_IPV6, freebind, 1)
listener.bind((address, 25))
listener.listen()
print("listening", flush=True)
while True:
    connection, _ = listener.accept()
    connection.sendall(b"hi")
    connection.close()
"""


class AnyIp(Story):
    def setUp(self):
        self.needs_root()
        self.host, self.router = Namespace(self.scratch), Namespace(self.scratch)
        self.scratch.must_run(
            ["ip", "link", "add", "up0", "netns", self.host.name, "type", "veth"]
            + ["peer", "name", "down0", "netns", self.router.name]
        )
        for space, device in ((self.host, "up0"), (self.router, "down0")):
            space.ip("link", "set", device, "up")
        self.router.ip("addr", "add", f"{SENDER}/128", "dev", "lo")
        self.files = self.scratch.path / "files"
        (self.files / "etc/network").mkdir(parents=True)
        (self.files / "etc/network/interfaces").write_text("auto lo\nsource /etc/network/interfaces.d/*\n")

    # --- Two kinds of providers

    def is_routed(self) -> None:
        """The /64 is routed to the machine's own address on another network."""
        self.host.ip("addr", "add", "2001:db8:1:1::10/64", "dev", "up0", "nodad")
        self.router.ip("addr", "add", "2001:db8:1:1::1/64", "dev", "down0", "nodad")
        self.host.ip("-6", "route", "add", "default", "via", "2001:db8:1:1::1", "dev", "up0")
        self.router.ip("-6", "route", "add", PREFIX, "via", "2001:db8:1:1::10", "dev", "down0")

    def is_on_link(self) -> None:
        """The /64 is the network between router and machine."""
        self.host.ip("addr", "add", "2001:db8:1:2::10/64", "dev", "up0", "nodad")
        self.router.ip("addr", "add", "2001:db8:1:2::1/64", "dev", "down0", "nodad")
        self.host.ip("-6", "route", "add", "default", "via", "2001:db8:1:2::1", "dev", "up0")

    # --- What the stories do

    def anyip(self, *words: str, status: int = 0) -> str:
        argv = self.host.inside([SCRIPT, "--files-under", self.files, *words])
        done = self.scratch.run(argv)
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def state(self) -> tuple:
        """All that the script may change: local routes, settings, files with their content."""
        routes = self.host.ip("-6", "route", "show", "table", "local", "type", "local").splitlines()
        routes = [route for route in routes if " fe80:" not in route]  # these come when the link has settled
        settings = self.host.run(["sysctl", "net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.lo.disable_ipv6"])
        etc = self.files / "etc"
        files = {str(path): path.read_text() if path.is_file() else None for path in sorted(etc.rglob("*"))}
        return routes, settings, files

    def serve_user(self) -> None:
        script = self.scratch.path / "peer.py"
        script.write_text(PEER)
        server = self.scratch.start("user", self.host.inside(["python3", script, "serve", USER]))
        server.wait_for_log("listening")

    def ask(self, address: str) -> str:
        return self.router.run(["python3", self.scratch.path / "peer.py", "ask", address, SENDER]).strip()

    def expect_users_answer_and_absent_ones_refuse(self) -> None:
        self.serve_user()
        self.assertEqual(self.ask(USER), "hi")
        self.assertIn("Connection refused", self.ask("2001:db8:1:2:4141:0:77:1"))

    # --- Stories

    def test_a_routed_prefix_reaches_present_users_and_is_refused_for_absent_ones(self):
        self.is_routed()
        said = self.anyip("--persist", "ifupdown", PREFIX)
        self.assertIn("mode: routed", said)
        self.assertFalse((self.files / "etc/ndppd.conf").exists())
        self.expect_users_answer_and_absent_ones_refuse()
        self.assertNotIn("PROBLEM", self.anyip("--check", PREFIX))
        # The listener above had IPV6_FREEBIND, as the relay's have; this setting it does not need.
        self.assertIn("= 0", self.host.run(["sysctl", "net.ipv6.ip_nonlocal_bind"]))

    def test_an_on_link_prefix_needs_somebody_who_answers_for_the_addresses(self):
        self.is_on_link()
        said = self.anyip("--persist", "ifupdown", PREFIX)
        self.assertIn("mode: on-link", said)
        self.serve_user()
        self.assertIn("No route to host", self.ask(USER))
        self.assertIn("PROBLEM: ndppd does not run", self.anyip("--check", PREFIX, status=1))
        config = self.files / "etc/ndppd.conf"
        self.scratch.start("ndppd", self.host.inside(["ndppd", "-c", config]))
        wait_until(lambda: self.ask(USER) == "hi", "ndppd to answer for the user's address", 20)
        self.assertIn("Connection refused", self.ask("2001:db8:1:2:4141:0:77:1"))
        self.assertIn("ok: ndppd runs", self.anyip("--check", PREFIX))

    def test_a_second_run_changes_nothing(self):
        self.is_on_link()
        self.anyip("--persist", "networkd", PREFIX)
        before = self.state()
        self.assertNotIn("done:", self.anyip("--persist", "networkd", "2001:DB8:0001:2:0::/64"))
        self.assertEqual(self.state(), before)

    def test_dry_run_changes_nothing_and_says_all_of_it(self):
        self.is_on_link()
        before = self.state()
        said = self.anyip("--persist", "networkd", "--dry-run", PREFIX)
        self.assertEqual(self.state(), before)
        wanted = [line.removeprefix("would: ") for line in said.splitlines() if line.startswith("would: ")]
        done = self.anyip("--persist", "networkd", PREFIX)
        self.assertEqual(wanted, [line.removeprefix("done: ") for line in done.splitlines() if line.startswith("done: ")])
        self.assertEqual(len(wanted), 3, said)  # the route, ndppd.conf, the file of networkd

    def test_remove_undoes_exactly_what_was_done(self):
        for mode, prepare in (("routed", self.is_routed), ("on-link", None)):
            for persist in ("networkd", "ifupdown", "none"):
                with self.subTest(f"{mode}, {persist}"):
                    if prepare:
                        prepare()
                        prepare = None
                    before = self.state()
                    self.anyip("--mode", mode, "--persist", persist, PREFIX)
                    self.assertNotEqual(self.state(), before)
                    self.anyip("--remove")
                    self.assertEqual(self.state(), before)
                    self.anyip("--remove", status=1)

    def test_remove_leaves_what_was_there_before_and_what_was_changed_since(self):
        self.is_routed()
        self.host.ip("-6", "route", "add", "local", PREFIX, "dev", "lo")
        self.anyip("--persist", "ifupdown", PREFIX)
        file = self.files / f"etc/network/interfaces.d/sisumail-anyip-{NAME}"
        file.write_text(file.read_text() + "    up true\n")
        self.assertIn("was changed since", self.anyip("--remove", PREFIX))
        self.assertTrue(file.exists())
        self.assertIn(PREFIX, self.host.ip("-6", "route", "show", "table", "local"))

    def test_ipv6_that_is_off_is_turned_on_and_off_again(self):
        self.is_routed()
        self.host.run(["sysctl", "-qw", "net.ipv6.conf.lo.disable_ipv6=1"])
        before = self.state()
        self.assertIn("PROBLEM: net.ipv6.conf.lo.disable_ipv6 = 1", self.anyip("--check", PREFIX, status=1))
        self.anyip("--persist", "ifupdown", PREFIX)
        self.expect_users_answer_and_absent_ones_refuse()
        self.assertIn("disable_ipv6 = 0", (self.files / "etc/sysctl.d/60-sisumail-anyip.conf").read_text())
        self.anyip("--remove")
        self.assertEqual(self.state()[1:], before[1:])

    def test_ifupdown_sets_the_route_from_the_file(self):
        self.is_routed()
        self.anyip("--persist", "ifupdown", PREFIX)
        self.host.ip("-6", "route", "del", "local", PREFIX, "dev", "lo")
        config = self.files / f"etc/network/interfaces.d/sisumail-anyip-{NAME}"
        config.write_text("auto lo\n" + config.read_text())
        state = self.scratch.path / "ifstate"
        state.mkdir()
        words = [f"--interfaces={config}", f"--state-dir={state}", "lo"]
        self.host.run(["ifup", *words])
        self.assertIn(PREFIX, self.host.ip("-6", "route", "show", "table", "local"))

    def test_networkd_sets_the_route_from_the_file(self):
        self.is_routed()
        self.anyip("--persist", "networkd", PREFIX)
        self.host.ip("-6", "route", "del", "local", PREFIX, "dev", "lo")
        # networkd by itself, in a mount namespace with its folders and without udev (it does not wait for udev where
        # /sys is read-only).
        script = self.scratch.path / "networkd.sh"
        script.write_text(
            "set -e\nmount -t tmpfs -o ro none /sys\nmount -t tmpfs none /run\nmount -t tmpfs none /etc/systemd/network\n"
            "mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp /run/dbus\n"
            "chown -R systemd-network:systemd-network /run/systemd/netif\n"
            f"cp {self.files}/etc/systemd/network/* /etc/systemd/network\n"
            "exec /lib/systemd/systemd-networkd\n"
        )
        self.scratch.start("networkd", self.host.inside(["unshare", "-m", "bash", script]))
        local = ("-6", "route", "show", "table", "local")
        wait_until(lambda: PREFIX in self.host.ip(*local), "networkd to set the route", 20)
        addresses = self.host.ip("addr", "show", "dev", "lo")
        self.assertIn("127.0.0.1", addresses)
        self.assertIn("::1", addresses)

    def test_a_file_of_networkd_that_is_there_for_lo_gets_a_drop_in(self):
        self.is_routed()
        folder = self.files / "etc/systemd/network"
        folder.mkdir(parents=True)
        (folder / "lo.network").write_text("[Match]\nName=lo\n[Network]\nAddress=192.0.2.1/32\n")
        self.anyip("--persist", "networkd", PREFIX)
        self.assertEqual([path.name for path in folder.iterdir() if path.is_file()], ["lo.network"])
        self.assertIn("Type=local", (folder / f"lo.network.d/sisumail-anyip-{NAME}.conf").read_text())

    def test_check_names_a_program_that_listens_for_all_addresses(self):
        self.is_routed()
        self.anyip("--persist", "ifupdown", PREFIX)
        for address, family in (("::", "AF_INET6"), ("0.0.0.0", "AF_INET")):
            with self.subTest(address):
                code = f"import socket, time; s = socket.create_server(('{address}', 25), family=socket.{family}); time.sleep(60)"
                program = self.scratch.start("wildcard", self.host.inside(["python3", "-c", code]))
                words = rf"PROBLEM: \S+:25 is listened on by python3 \(pid {program.pid}\)"
                wait_until(lambda: "LISTEN" in self.host.run(["ss", "-lnt"]), "the listener")
                self.assertRegex(self.anyip("--check", PREFIX, status=1), words)
                self.assertIn("ok: nobody listens on all addresses at port 2525", self.anyip("--check", "--port", "2525", PREFIX))
                program.stop()
        self.assertNotIn("PROBLEM", self.anyip("--check", PREFIX))

    def test_check_misses_what_is_not_there(self):
        self.is_routed()
        said = self.anyip("--check", PREFIX, status=1)
        self.assertRegex(said, "PROBLEM: no local route")
        self.assertRegex(said, "PROBLEM: nothing sets the route at the next start")

    def test_foreign_files_are_never_overwritten(self):
        self.is_on_link()
        config = self.files / "etc/ndppd.conf"
        config.write_text("proxy eth0 {}\n")
        self.assertIn("was not written by this script", self.anyip("--persist", "none", PREFIX, status=1))
        self.assertEqual(config.read_text(), "proxy eth0 {}\n")
        (self.files / "etc/network/interfaces").write_text("auto lo\n")
        said = self.anyip("--mode", "routed", "--persist", "ifupdown", PREFIX, status=1)
        self.assertIn("source /etc/network/interfaces.d/*", said)

    def test_mistakes_get_one_line_and_status_2(self):
        self.is_routed()
        before = self.state()
        for words, reason in (
            ([], "which prefix"),
            (["nonsense"], "has no length"),
            (["2001:db8:1:2::"], "has no length"),
            (["2001:db8:1:2::/48"], "not of a /48"),
            (["2001:db8:1:2::/128"], "not of a /128"),
            (["2001:db8:1:2::1/64"], "behind the first 64"),
            (["2001:db8:1:2:3::/64"], "behind the first 64"),
            (["fe80::/64"], "link-local"),
            (["ff02::/64"], "multicast"),
            (["::/64"], "unspecified"),
            (["192.0.2.0/64"], "not an IPv6 prefix"),
            (["1:2:3:4:5:6:7:8:9/64"], "not an IPv6 prefix"),
            (["2001:db8:::/64"], "not an IPv6 prefix"),
            (["2001::db8::/64"], "not an IPv6 prefix"),
            (["2001:db8:1:2:/64"], "not an IPv6 prefix"),
            (["2001:db8:1:12345::/64"], "not an IPv6 prefix"),
            (["2001:db8:1:g::/64"], "not an IPv6 prefix"),
            (["$(reboot)/64"], "not an IPv6 prefix"),
            ([PREFIX, PREFIX], "one prefix"),
            (["--port", "0", PREFIX], "not a port"),
            (["--port", "65536", PREFIX], "not a port"),
            (["--port", "08", PREFIX], "not a port"),
            (["--port"], "wants a value"),
            (["--mode", "l2", PREFIX], "none of: auto routed on-link"),
            (["--persist", "netplan", PREFIX], "none of: auto networkd ifupdown none"),
            (["--bogus", PREFIX], "no option --bogus"),
        ):
            with self.subTest(" ".join(words)):
                said = self.anyip(*words, status=2)
                self.assertEqual(len(said.splitlines()), 1, said)
                self.assertIn(reason, said)
        said = self.anyip("--uplink", "nowhere0", PREFIX, status=1)
        self.assertIn("no network device nowhere0", said)
        self.assertEqual(self.state(), before)

    def test_without_a_default_route_it_asks_for_the_uplink(self):
        self.assertIn("name the device with --uplink", self.anyip(PREFIX, status=1))

"""sisumail-dns with the provider "hetzner", before a server that answers as Hetzner's documentation says. Never before the
service itself."""

from harness.declaring_peer import DeclaringPeer
from harness.hetzner import Hetzner
from harness.programs import NAMING
from harness.scratch import free_port, wait_until
from harness.story import Story

ZONE, TOKEN = "example.org", "a-token-of-64-characters"
MX = "niklas.example.org. 3600 MX 10 niklas.v6.example.org."
SPF = 'niklas.example.org. 3600 TXT "v=spf1 -all"'
AAAA = "niklas.v6.example.org. 300 AAAA 2001:db8::1"
CAA = 'niklas.v6.example.org. 300 CAA 0 issue "letsencrypt.org; validationmethods=dns-01"'
TLSA = "_25._tcp.niklas.v6.example.org. 300 TLSA 3 1 1 " + "a" * 64


class HetznerStory(Story):
    def start(self, token: str = TOKEN):
        self.hetzner = Hetzner(self.scratch, ZONE, TOKEN)
        self.key = self.scratch.path / "token"
        self.key.write_text(token + "\n")
        self.key.chmod(0o600)
        state = self.scratch.path / "state"
        state.mkdir(mode=0o700)
        self.socket = self.scratch.path / "socket"
        config = self.scratch.path / "dns.toml"
        # Nobody serves the zone: what is looked at here is what the provider was told.
        config.write_text(f"""
            zone = "{ZONE}"
            provider = "hetzner"
            state = "{state}"
            socket = "{self.socket}"
            [peers]
            relay = "0"
            [hetzner]
            token_file = "{self.key}"
            endpoint = "{self.hetzner.endpoint}"
            ca_file = "{self.hetzner.ca_file}"
            [lookup]
            servers = ["127.0.0.1:{free_port()}"]
        """)
        self.dns = self.scratch.start("sisumail-dns", [NAMING, "--config", config])
        self.dns.wait_for_log('event="sisumail-dns ready"')
        peer = DeclaringPeer(self.socket, ZONE)
        self.scratch.at_end(peer.close)
        return peer

    def setUp(self):
        self.needs_root()

    def wait_for(self, name: str, type_: str, *values: str) -> None:
        wait_until(lambda: sorted(self.hetzner.values(name, type_)) == sorted(values), f"{name} {type_} {values}")

    def test_records_of_users_come_and_go_and_others_stay(self):
        peer = self.start()
        self.assertEqual((peer.hello["signed"], peer.hello["provider"][:20]), (False, "hetzner example.org."))
        self.hetzner.sets["niklas", "TXT"] = {"ttl": 600, "values": ['"of somebody else"']}
        peer.declare("niklas", MX, SPF, AAAA, CAA, TLSA)
        self.wait_for("niklas", "MX", "10 niklas.v6.example.org.")
        self.wait_for("niklas", "TXT", '"of somebody else"', '"v=spf1 -all"')
        self.wait_for("niklas.v6", "AAAA", "2001:db8::1")
        self.wait_for("niklas.v6", "CAA", CAA.split(" CAA ")[1])
        self.assertEqual(self.hetzner.values("_25._tcp.niklas.v6", "TLSA"), [])  # the zone is not signed
        peer.declare("niklas")
        self.wait_for("niklas", "MX")
        self.wait_for("niklas", "TXT", '"of somebody else"')
        self.wait_for("niklas.v6", "AAAA")

    def test_failures_of_the_service_are_sat_out(self):
        peer = self.start()
        busy = (429, "rate_limit_exceeded", {"Retry-After": "1"})
        with_trouble = [(502, "bad_gateway", {})] * 3 + [busy, (500, "server_error", {}), (423, "locked", {})]
        self.hetzner.failing += with_trouble
        peer.declare("niklas", MX, AAAA)
        self.wait_for("niklas", "MX", "10 niklas.v6.example.org.")
        self.wait_for("niklas.v6", "AAAA", "2001:db8::1")
        self.assertEqual(self.hetzner.failing, [])

    def test_a_wrong_token_is_told_and_a_right_one_taken(self):
        peer = self.start(token="another")
        peer.declare("niklas", MX, AAAA)
        state = peer.next("state")
        while not state["problem"]:
            state = peer.next("state")
        self.assertIn("401 unauthorized: unable to authenticate", state["problem"])
        self.assertIn(str(self.key), state["problem"])
        self.assertNotIn("another", state["problem"].replace(str(self.key), ""))
        self.key.write_text(TOKEN)
        peer.say(ask={"what": "sync"})
        self.wait_for("niklas", "MX", "10 niklas.v6.example.org.")

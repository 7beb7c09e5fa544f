"""What a real sender does while a user is away: Postfix goes on to the next MX in the same attempt, because the kernel
refuses the connection at once."""

import re

from harness.dns import NameServer
from harness.messages import make
from harness.postfix import Postfix
from harness.scratch import wait_until
from harness.story import Story
from harness.zone import TIER1_PORT, ZONE, Crowd, Machine, ZoneRelay, ssh_argv

SPOOL = "fd53::25"
USER_PORT = 2600
SENDER = "ada@sender.example"
RECIPIENT = f"hello@user0.{ZONE}"


class SecondMx(Story):
    def setUp(self):
        self.needs_root()
        self.machine = Machine(self.scratch)
        self.machine.ip("addr", "add", f"{SPOOL}/128", "dev", "lo")
        self.crowd = Crowd(self.scratch, self.machine, 1)
        self.relay = ZoneRelay(self.scratch, self.machine)
        records = [
            f"user0 MX 10 user0.v6.{ZONE}.",
            f"user0 MX 20 spool.{ZONE}.",
            f"user0.v6 AAAA {self.crowd.addresses['user0']}",
            f"spool AAAA {SPOOL}",
        ]
        NameServer(self.scratch, self.machine, ZONE, records)
        self.sink("spool", f"[{SPOOL}]:{TIER1_PORT}")
        self.sink("user", f"127.0.0.1:{USER_PORT}")
        settings = {"inet_protocols": "all", "smtp_host_lookup": "dns", "mynetworks": "127.0.0.0/8"}
        settings |= {"smtp_tls_security_level": "may", "smtp_connection_cache_on_demand": "no"}
        self.sender = Postfix(self.scratch, "sender", settings, namespace=self.machine)

    def sink(self, name: str, where: str) -> None:
        """A mail server that takes everything."""
        self.scratch.start(name, self.machine.inside(["smtp-sink", "-u", "postfix", "-h", f"{name}.{ZONE}", where, "100"]))
        port = where.rsplit(":", 1)[1]
        wait_until(lambda: self.machine.run(["ss", "-Hltn", f"sport = :{port}"]).strip(), f"{name} to listen")

    def present(self):
        key = self.crowd.key("user0", self.scratch.path / "key")
        words = ("-N", "-R", f"smtp-raw:25:127.0.0.1:{USER_PORT}")
        session = self.scratch.start("ssh", self.machine.inside(ssh_argv(self.scratch, "user0", key, before=words)))
        wait_until(self.relay.presences, "presence", 20)
        return session

    def deliver(self) -> str:
        return self.sender.deliver(SENDER, RECIPIENT, make("second mx", 2000))

    def test_mail_goes_to_the_user_while_present_and_to_the_second_mx_while_away_in_the_same_attempt(self):
        address = self.crowd.addresses["user0"]
        session = self.present()
        log = self.deliver()
        self.assertRegex(log, rf"to=<{RECIPIENT}>, relay=user0\.v6\.{ZONE}\[{address}\]:25, .* status=sent")

        session.stop()
        wait_until(lambda: not self.relay.presences(), "absence", 5)
        log = self.deliver()
        refused = rf"connect to user0\.v6\.{ZONE}\[{address}\]:25: Connection refused"
        sent = rf"to=<{RECIPIENT}>, relay=spool\.{ZONE}\[{SPOOL}\]:25, .* status=sent"
        self.assertRegex(log, re.compile(f"{refused}.*{sent}", re.DOTALL))
        self.assertEqual(log.count("(queue active)"), 1, "it took a second attempt")
        self.assertNotIn("status=deferred", log)
        (delay,) = re.findall(r"delay=([0-9.]+)", log)
        print(f"delivered to the second MX {delay} s after it was handed to Postfix")

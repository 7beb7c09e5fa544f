"""deploy/knot as it stands: both servers started with the files of the guide, in the addresses of the guide, and the
guide's commands run one by one. Only paths differ."""

import re
import shutil
from pathlib import Path

from harness.netns import Namespace
from harness.scratch import wait_until
from harness.story import Story

DEPLOY = Path(__file__).parents[3] / "deploy/knot"
GUIDE = (DEPLOY / "README.md").read_text()
FIRST = ("192.0.2.53", "2001:db8::53")
SECOND = ("198.51.100.53", "2001:db8:2::53")

UNBOUND = """\
server:
    directory: "{path}"
    username: ""
    chroot: ""
    pidfile: ""
    use-syslog: no
    interface: 127.0.0.9
    do-not-query-localhost: no
    root-hints: "{path}/empty"
    module-config: "validator iterator"
    trust-anchor-file: "{path}/anchor"
remote-control:
    control-enable: no
stub-zone:
    name: "example.org"
    stub-addr: 198.51.100.53@53
"""


class Host:
    """A machine of the guide: its files in a folder, its programs in a namespace."""

    def __init__(self, story: Story, name: str, addresses: tuple):
        self.story, self.scratch, self.name = story, story.scratch, name
        self.space = Namespace(story.scratch)
        self.addresses = addresses
        self.path = story.scratch.path / name
        self.fresh_disk("disk")

    def fresh_disk(self, name: str) -> None:
        self.disk = self.path / name
        for folder in ("etc/knot", "etc/sisumail", "var/lib/knot", "var/backups/knot", "run/knot"):
            (self.disk / folder).mkdir(parents=True)
            if not folder.startswith("etc"):
                shutil.chown(self.disk / folder, "knot", "knot")

    def there(self, text: str) -> str:
        """Paths of the guide as they are here."""
        return re.sub(r"(?<![\w/])/(etc|var|run)/", rf"{self.disk}/\1/", text)

    def install(self, source: str, target: str) -> None:
        text = self.there((DEPLOY / source).read_text()).replace("target: syslog", "target: stderr")
        Path(self.there(target)).write_text(text)

    def start(self) -> None:
        self.knot = self.scratch.start(f"knot-{self.name}", self.space.inside(["knotd", "-c", self.config()]))
        status = self.space.inside(["knotc", "-c", self.config(), "zone-status", "example.org"])
        wait_until(lambda: "serial: " in self.scratch.run(status).stdout, f"the zone on {self.name}")

    def config(self) -> str:
        return self.there("/etc/knot/knot.conf")

    def guide(self, command: str, stdin: str = "", fails: bool = False) -> str:
        """A command of the guide, word by word, as if typed on this host."""
        self.story.assertIn(command, GUIDE, "the guide has another command")
        words = re.sub(r"^(keymgr) (?!-t)|^(knotc) ", lambda found: f"{found[0]}-c {self.config()} ", self.there(command))
        source = self.path / "stdin"
        source.write_text(stdin)
        done = self.scratch.run(self.space.inside(["sh", "-c", f"{words} <{source}"]))
        if not fails:
            self.story.assertEqual(done.returncode, 0, f"{command}: {done.stdout}")
        return done.stdout


class KnotZone(Story):
    def setUp(self):
        super().setUp()
        self.needs_root()
        self.first, self.second = Host(self, "ns1", FIRST), Host(self, "ns2", SECOND)
        self.connect()
        self.make_keys()
        self.first.install("knot.conf", "/etc/knot/knot.conf")
        self.first.install("example.org.zone", "/var/lib/knot/example.org.zone")
        shutil.chown(self.first.there("/var/lib/knot/example.org.zone"), "knot", "knot")
        self.second.install("knot-second.conf", "/etc/knot/knot.conf")
        for host in (self.first, self.second):
            host.guide("knotc conf-check")
            host.start()
        self.wait_for_the_same_serial()

    def connect(self):
        here, there = self.first.space, self.second.space
        self.scratch.must_run(
            ["ip", "link", "add", "wire", "netns", here.name, "type", "veth", "peer", "name", "wire", "netns", there.name]
        )
        for host, peer in ((self.first, self.second), (self.second, self.first)):
            for address in host.addresses:
                bits, flags = ("128", ["nodad"]) if ":" in address else ("32", [])
                host.space.ip("addr", "add", f"{address}/{bits}", "dev", "wire", *flags)
            host.space.ip("link", "set", "wire", "up")
            for mine, other in zip(host.addresses, peer.addresses):
                host.space.ip("route", "add", other, "dev", "wire", "src", mine)

    def make_keys(self):
        for command in (
            "keymgr -t sisumail-dns hmac-sha256 > /etc/knot/sisumail-dns.conf",
            "keymgr -t secondary hmac-sha256 > /etc/knot/secondary.conf",
            "sed -n 's/^# //p' /etc/knot/sisumail-dns.conf > /etc/sisumail/dns.key",
            "chown root:knot /etc/knot/sisumail-dns.conf /etc/knot/secondary.conf",
            "chmod 640 /etc/knot/sisumail-dns.conf /etc/knot/secondary.conf",
            "chmod 600 /etc/sisumail/dns.key",
        ):
            self.first.guide(command)
        shutil.copy(self.first.there("/etc/knot/secondary.conf"), self.second.there("/etc/knot/secondary.conf"))

    def serials(self) -> tuple[str, str]:
        commands = [f"kdig @{host.addresses[0]} example.org SOA +short" for host in (self.first, self.second)]
        return tuple(self.first.guide(command).split()[2:3] for command in commands)

    def wait_for_the_same_serial(self):
        wait_until(lambda: (found := self.serials())[0] and found[0] == found[1], "both servers to have the same zone")

    def update(self, lines: str, key: str = "/etc/sisumail/dns.key", server: str = "127.0.0.1", fails=False) -> str:
        script = f"server {server}\nzone example.org.\n{lines}\nsend\n"
        command = self.first.there(f"knsupdate -v -k {key}")
        source = self.first.path / "update"
        source.write_text(script)
        done = self.scratch.run(self.first.space.inside(["sh", "-c", f"{command} <{source}"]))
        self.assertEqual(done.returncode != 0, fails, done.stdout)
        return done.stdout

    def ask(self, *words: str) -> str:
        return self.first.space.run(["kdig", "+short", "@127.0.0.1", *words])

    def test_the_zone_is_signed_as_the_guide_says(self):
        say = self.first.guide
        say("kzonecheck -o example.org. /var/lib/knot/example.org.zone")
        self.assertIn("serial", say("knotc zone-status example.org"))
        soa, signature = say("kdig @127.0.0.1 example.org SOA +dnssec +short").splitlines()
        self.assertEqual(soa.split()[-1], "60")
        self.assertTrue(signature.startswith("SOA 13 2 60 "))
        self.assertEqual(say("kdig @127.0.0.1 example.org NSEC3PARAM +short").strip(), "1 0 0 -")
        self.assertIn("13 2 ", say("keymgr example.org ds"))
        self.assertEqual(
            say("kdig @198.51.100.53 example.org DNSKEY +short"), self.ask("example.org", "DNSKEY"), "the second server"
        )
        self.first.space.run(["knotc", "-c", self.first.config(), "-b", "zone-flush", "example.org"])
        self.first.space.run(
            ["kzonecheck", "-d", "on", "-o", "example.org.", self.first.there("/var/lib/knot/example.org.zone")]
        )

    def test_the_zone_validates_by_its_delegation_signer(self):
        path = self.scratch.path / "unbound"
        path.mkdir()
        (path / "empty").write_text("")
        (path / "anchor").write_text(self.first.guide("keymgr example.org ds"))
        (path / "unbound.conf").write_text(UNBOUND.format(path=path))
        # Asked in the second server's network, of what that serves.
        inside = self.second.space.inside
        unbound = self.scratch.start("unbound", inside(["unbound", "-d", "-p", "-c", path / "unbound.conf"]))
        unbound.wait_for_log("start of service", 20)

        def flags(name: str) -> str:
            said = self.scratch.run(inside(["kdig", "@127.0.0.9", name, "A", "+dnssec", "+time=2"])).stdout
            return re.search(r"Flags: ([^;]*);", said)[1] if "status: " in said else ""

        self.assertIn(" ad", wait_until(lambda: flags("ns2.example.org"), "the resolver"))
        self.assertIn(" ad", flags("nobody.example.org"), "that there is no such name, too")

    def test_users_cannot_be_listed(self):
        said = self.first.guide("kdig @127.0.0.1 example.org AXFR", fails=True)
        self.assertIn("NOTAUTH", said)
        denial = self.first.space.run(["kdig", "@127.0.0.1", "nobody.example.org", "A", "+dnssec"])
        self.assertIn("NSEC3", denial)
        self.assertNotIn("\tNSEC\t", denial)

    def test_the_key_of_sisumail_dns_may_what_it_needs_and_no_more(self):
        script = re.search(r"( {4}server 127.*?\n)\n", GUIDE, re.DOTALL)[1]
        self.first.guide("knsupdate -k /etc/sisumail/dns.key", stdin=re.sub(r"(?m)^ {4}", "", script))
        self.assertIn("SOA", self.first.guide("kdig -k /etc/sisumail/dns.key @127.0.0.1 example.org AXFR"))
        self.update('add u.example.org. 300 TXT "v=spf1 -all"')
        self.assertIn("spf1", self.ask("u.example.org", "TXT"))
        for attempt in (
            "add example.org. 60 NS ns.evil.test.",
            "add sub.example.org. 60 NS ns.evil.test.",
            "del ns1.example.org.",
            "add example.org. 60 DNSKEY 257 3 13 AAAA",
            "add sub.example.org. 60 DS 1 13 2 " + 64 * "0",
            "add www.example.org. 60 CNAME evil.test.",
            "del example.org. SOA",
        ):
            self.update(attempt, fails=True)
        self.assertNotIn("evil", self.first.guide("kdig -k /etc/sisumail/dns.key @127.0.0.1 example.org AXFR"))

    def test_others_may_nothing(self):
        line = 'add u.example.org. 300 TXT "x"'
        self.update(line, server="192.0.2.53", fails=True)  # the right key, but not by way of loopback
        secondary = Path(self.first.there("/etc/knot/secondary.conf")).read_text().splitlines()[0].removeprefix("# ")
        Path(self.first.there("/etc/knot/secondary.key")).write_text(secondary)
        self.update(line, key="/etc/knot/secondary.key", fails=True)
        stolen = self.second.path / "stolen"
        shutil.copy(self.first.there("/etc/sisumail/dns.key"), stolen)
        refused = self.scratch.run(
            self.second.space.inside(["kdig", "-k", stolen, "@192.0.2.53", "example.org", "AXFR", "+retry=0"])
        )
        self.assertNotIn("hostmaster", refused.stdout)
        self.assertEqual(self.ask("u.example.org", "TXT"), "")

    def test_the_second_server_follows_and_is_asked_when_the_first_is_gone(self):
        self.update('add u.example.org. 300 TXT "new"')
        self.wait_for_the_same_serial()
        self.first.knot.stop()
        answer = self.second.space.run(["kdig", "@2001:db8:2::53", "u.example.org", "TXT", "+short"])
        self.assertEqual(answer.strip(), '"new"')

    def test_many_questions_from_this_host_are_not_limited(self):
        names = "\n".join(f"u{number}.example.org" for number in range(2_000))
        (self.first.path / "names").write_text(names)
        batch = f"kdig @198.51.100.53 +short +time=1 +retry=0 $(cat {self.first.path}/names)"
        said = self.scratch.run(self.first.space.inside(["bash", "-c", batch])).stdout
        self.assertNotIn("ERROR", said)
        self.assertNotIn("truncated", said)

    def test_updates_and_records_by_hand_survive_a_kill_and_a_restart(self):
        for command in (
            "knotc zone-begin example.org",
            "knotc zone-set example.org www 3600 A 192.0.2.80",
            "knotc zone-commit example.org",
        ):
            self.first.guide(command)
        self.update('add u.example.org. 300 TXT "ours"')
        self.first.knot.popen.kill()
        self.first.knot.popen.wait()
        self.first.start()
        self.assertIn("192.0.2.80", self.first.guide("knotc zone-read example.org www"))
        self.assertEqual(self.ask("u.example.org", "TXT").strip(), '"ours"')
        self.first.guide("knotc zone-begin example.org")
        self.first.guide("knotc zone-unset example.org www A 192.0.2.80")
        self.first.guide("knotc zone-commit example.org")
        self.assertEqual(self.ask("www.example.org", "A"), "")

    def test_another_signing_key_is_published_beside_the_old(self):
        before = self.ask("example.org", "DNSKEY").splitlines()
        self.assertEqual(len(before), 1)
        self.first.guide("knotc zone-key-rollover example.org ksk")
        wait_until(lambda: len(self.ask("example.org", "DNSKEY").splitlines()) == 2, "the new key")
        self.assertIn(before[0], self.ask("example.org", "DNSKEY").splitlines())
        self.first.guide("knotc reload")

    def test_a_backup_brings_the_key_back(self):
        self.update('add u.example.org. 300 TXT "ours"')
        before = self.first.guide("keymgr example.org ds")
        self.first.guide("knotc -b zone-backup example.org +backupdir /var/backups/knot")
        backup = self.first.there("/var/backups/knot")
        keys = Path(self.first.there("/etc/knot"))
        self.first.knot.stop()
        self.first.fresh_disk("new-disk")
        shutil.copytree(backup, self.first.there("/var/backups/knot"), dirs_exist_ok=True)
        self.scratch.must_run(["chown", "-R", "knot:knot", self.first.there("/var/backups/knot")])
        for file in ("sisumail-dns.conf", "secondary.conf"):
            shutil.copy2(keys / file, self.first.there(f"/etc/knot/{file}"))
            shutil.chown(self.first.there(f"/etc/knot/{file}"), "root", "knot")
        self.first.install("knot.conf", "/etc/knot/knot.conf")
        self.first.start()
        self.first.guide("knotc -b zone-restore example.org +backupdir /var/backups/knot")
        self.assertEqual(self.first.guide("keymgr example.org ds"), before)
        wait_until(lambda: "ours" in self.ask("u.example.org", "TXT"), "the zone to be served again")

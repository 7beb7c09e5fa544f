"""Mistakes on the command line of sisumail-dns and in its configuration, and what it says about itself."""

from harness.command_line import FAILURE, USAGE, CommandLineStory
from harness.programs import NAMING

CONFIG = """\
zone = "example.org"
state = "{path}/state"
socket = "{path}/socket"
provider = "rfc2136"
[peers]
relay = "root"
[rfc2136]
server = "127.0.0.1:53"
key_file = "{path}/key"
"""


class DnsCommandLine(CommandLineStory):
    def setUp(self):
        super().setUp()
        self.path = self.scratch.path
        self.config = self.path / "dns.toml"
        self.configure()
        self.write_key("hmac-sha256:ddns:" + "A" * 43 + "=")

    def configure(self, old: str = "", new: str = "") -> None:
        text = CONFIG.format(path=self.path)
        self.assertIn(old, text)
        self.config.write_text(text.replace(old, new) if old else text)

    def write_key(self, text: str, mode: int = 0o600) -> None:
        (self.path / "key").write_text(text + "\n")
        (self.path / "key").chmod(mode)

    def argv(self, *words: str) -> list:
        return [NAMING, "--config", self.config, *words]

    def test_a_good_configuration_is_checked_and_nothing_is_begun(self):
        self.assertEqual(self.scratch.must_run(self.argv("--check-config")), "")
        self.assertFalse((self.path / "state").exists())

    def test_help_and_version(self):
        self.assertRegex(self.scratch.must_run([NAMING, "--version"]), r"^sisumail-dns \d+\.\d+\.\d+\n$")
        self.assertIn("--check-config", self.scratch.must_run([NAMING, "--help"]))

    def test_bad_options(self):
        for words in (("--no-such-option",), ("word",), ("--log-level", "loud"), ("--log-format", "xml"), ("--config",)):
            self.expect_one_line([NAMING, *words], USAGE, words[0].lstrip("-").split()[0])

    def test_mistakes_in_the_configuration_name_the_line(self):
        for old, new, words in (
            ('"example.org"', "7", "dns.toml:1: zone must be"),
            ('"rfc2136"', '"bind"', "dns.toml:4: provider must be"),
            ('"root"', '"nobody-of-that-name"', "dns.toml:6: relay: the system has no user"),
            ('"127.0.0.1:53"', '"localhost:53"', "dns.toml:8: server: "),
            ("key_file", "tsig_key", 'dns.toml:9: no key is called "tsig_key"'),
        ):
            self.configure(old, new)
            self.expect_one_line(self.argv("--check-config"), USAGE, words)
        self.config.unlink()
        self.expect_one_line(self.argv(), USAGE, "dns.toml: No such file")

    def test_a_key_that_others_may_read_or_that_is_none_is_refused_before_anything_begins(self):
        for text, mode, words in (
            ("hmac-sha256:ddns:" + "A" * 43 + "=", 0o644, "key: others may read or write it: chmod 600 it"),
            ("hmac-md5:ddns:" + "A" * 43 + "=", 0o600, "key: "),
            ("nonsense", 0o600, "key: "),
        ):
            self.write_key(text, mode)
            self.expect_one_line(self.argv(), USAGE, words)
        (self.path / "key").unlink()
        self.expect_one_line(self.argv(), USAGE, "it should hold a credential")

    def test_what_the_machine_does_not_allow(self):
        self.configure("/socket", "/no/such/folder/socket")
        self.expect_one_line(self.argv(), FAILURE, "socket")
        self.configure()
        (self.path / "state").chmod(0o755)
        self.expect_one_line(self.argv(), FAILURE, "others may enter it")

    def test_a_second_one_on_the_same_state_is_refused(self):
        first = self.scratch.start("dns", self.argv())
        first.wait_for_log("sisumail-dns ready")
        self.expect_one_line(self.argv(), FAILURE, "another sisumail-dns uses it")
        self.assertTrue(first.running())

    def test_a_database_of_another_zone_is_refused(self):
        first = self.scratch.start("dns", self.argv())
        first.wait_for_log("sisumail-dns ready")
        self.assertEqual(first.stop(), 0)
        self.configure('"example.org"', '"example.net"')
        self.expect_one_line(self.argv(), FAILURE, "it is of the zone example.org., not of example.net.")

"""sisumail-dns as systemd starts it: the unit, its user, who may speak to it, and the key that nobody else can read."""

import unittest

from harness.programs import RELAY
from harness.story import Story
from harness.unit import NO_SYSTEMD, Unit, Users


class DnsService(Story):
    def setUp(self):
        super().setUp()
        self.unit = Unit(self.scratch, "sisumail-dns")

    @unittest.skipIf(NO_SYSTEMD, "systemd is not installed")
    def test_systemd_understands_the_unit_of_names(self):
        self.assertEqual(self.unit.complaints("/usr/bin/sisumail-dns", RELAY), "")

    @unittest.skipIf(NO_SYSTEMD, "systemd is not installed")
    def test_systemd_finds_little_of_the_unit_of_names_exposed(self):
        level, said = self.unit.exposure()
        self.assertLessEqual(level, 1.4, said)

    @unittest.skipIf(NO_SYSTEMD, "systemd is not installed")
    def test_it_is_a_user_of_its_own_whom_the_relay_may_speak_to(self):
        users = Users(self.scratch, "sisumail-dns", "sisumail-relay")
        uid, home, shell = users.user("sisumail-dns")
        self.assertEqual((home, shell), ("/var/lib/sisumail-dns", "/usr/sbin/nologin"))
        self.assertNotIn(uid, (0, users.user("sisumail-relay")[0]))
        self.assertEqual(self.unit.setting("User"), ["sisumail-dns"])
        self.assertEqual(users.members["sisumail-dns"], ["sisumail-relay"])
        self.assertEqual(users.members["sisumail-relay"], [])
        self.assertEqual(self.unit.setting("RuntimeDirectoryMode"), ["0750"])

    def test_its_unit_has_no_capability_and_its_state_is_closed_to_the_group(self):
        self.assertEqual(self.unit.setting("CapabilityBoundingSet"), [""])
        self.assertEqual(self.unit.setting("AmbientCapabilities"), [])
        self.assertEqual(self.unit.setting("StateDirectoryMode"), ["0700"])
        self.assertEqual(self.unit.setting("LoadCredential"), ["key:/etc/sisumail/dns.key"])

"""The base of all stories: a scratch directory for each, whose logs are shown when it fails. A program that crashes or
that a sanitizer complains about fails its story, whatever else happened."""

import os
import unittest

from harness.scratch import Scratch


class Story(unittest.TestCase):
    maxDiff = 2000
    scratch: Scratch

    def run(self, result=None):
        short_name = self.id().rsplit(".", 1)[-1].removeprefix("test_")[:40]
        with Scratch(short_name) as self.scratch:
            before = len(result.failures) + len(result.errors)
            outcome = super().run(result)
            self.scratch.end_all()
            for accident in self.scratch.accidents():
                result.addFailure(self, (AssertionError, AssertionError(accident), None))
            if len(result.failures) + len(result.errors) > before:
                self.scratch.print_logs()
            return outcome

    def needs_root(self) -> None:
        if os.geteuid() != 0:
            self.fail("this story needs root (Postfix changes users, network namespaces); run it with sudo")

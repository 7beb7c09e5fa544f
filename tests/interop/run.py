#!/usr/bin/env python3
"""Runs interop stories: Sisumail's programs against the world's.

    tests/interop/run.py --list                     the names of all stories
    tests/interop/run.py swaks postfix.thousand...  stories whose names begin so
    SISUMAIL_BUILD=build/asan tests/interop/run.py  all, with the programs of another build
    SISUMAIL_KEEP_SCRATCH=1                         leaves the scratch directories, for a look

In ctest each story is one test, interop:NAME, with label slow.
"""

import argparse
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))


def collect(suite) -> list[unittest.TestCase]:
    found = []
    for entry in suite:
        found += collect(entry) if isinstance(entry, unittest.TestSuite) else [entry]
    return found


def name_of(case: unittest.TestCase) -> str:
    """stories.swaks.Swaks.test_mail_is_stored -> swaks.mail_is_stored"""
    _, module, _, method = case.id().rsplit(".", 3)
    return f"{module}.{method.removeprefix('test_')}"


def stories() -> dict[str, unittest.TestCase]:
    loader = unittest.TestLoader()
    modules = sorted(f"stories.{path.stem}" for path in (HERE / "stories").glob("*.py") if path.stem != "__init__")
    cases = collect(loader.loadTestsFromNames(modules))
    found = {name_of(case): case for case in cases}
    if loader.errors:
        sys.exit("\n".join(loader.errors))
    if len(found) != len(cases):
        sys.exit("two stories of one module have the same name")
    return found


def is_meant(name: str, words: list[str], found: dict) -> bool:
    """A word that is a whole name means that story only."""
    return not words or any(name == word or (word not in found and name.startswith(word)) for word in words)


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs interop stories.")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    parser.add_argument("names", nargs="*", help="beginnings of names; none: all")
    words = parser.parse_args()
    found = stories()
    if words.list:
        print("\n".join(found))
        return 0
    chosen = [case for name, case in found.items() if is_meant(name, words.names, found)]
    if not chosen:
        print("no story has such a name; see --list", file=sys.stderr)
        return 2
    result = unittest.TextTestRunner(verbosity=2).run(unittest.TestSuite(chosen))
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())

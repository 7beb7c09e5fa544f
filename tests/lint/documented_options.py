#!/usr/bin/env python3
"""Every option that --help prints is in the man page and in both completions, and the other way round.

    tests/lint/documented_options.py BUILD_FOLDER
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAMS = {
    "sisumail": ("client/sisumail", "docs/man/sisumail.1"),
    "sisumail-relay": ("relay/sisumail-relay", "docs/man/sisumail-relay.8"),
}
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")


def in_help(program: Path) -> set[str]:
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True, timeout=20).stdout
    # An option stands at the beginning of its line; its explanation may name others.
    found = set()
    for line in text.splitlines():
        head = re.match(r"\s*((?:-\w,?\s*)?--\S+)", line)
        if head:
            found |= set(OPTION.findall(head.group(1)))
    return found


def in_man_page(page: Path) -> set[str]:
    # mdoc: ".It Fl -relay Ar host"
    return set(re.findall(r"^\.It Fl -([a-z][a-z0-9-]*)", page.read_text(), re.MULTILINE))


def part(text: str, begin: str, end: str) -> str:
    start = text.index(begin)
    return text[start : text.index(end, start)]


def in_bash(program: str) -> set[str]:
    text = (ROOT / "deploy/completions/sisumail.bash").read_text()
    function = part(text, f"\n_{program.replace('-', '_')}() {{", "\n}\n")
    return set(OPTION.findall(part(function, 'options="', '"\n')))


def in_zsh(program: str) -> set[str]:
    text = (ROOT / "deploy/completions/_sisumail").read_text()
    words = part(text, "log_options=(", "\n)\n") + part(text, f"\n  {program})\n", ";;")
    return set(re.findall(r"'(?:\([^)]*\)|\*)?--([a-z][a-z0-9-]*)", words))


def main() -> int:
    build = Path(sys.argv[1])
    problems = 0
    for name, (program, page) in PROGRAMS.items():
        options = in_help(build / program)
        if "help" not in options or len(options) < 5:
            print(f"{name} --help: only {sorted(options)} were found in it")
            problems += 1
        places = {page: in_man_page(ROOT / page), "bash completion": in_bash(name), "zsh completion": in_zsh(name)}
        for place, found in places.items():
            for option in sorted(options - found):
                print(f"{name} --{option}: missing in {place}")
            for option in sorted(found - options):
                print(f"{name} --{option}: in {place}, but not in --help")
            problems += len(options ^ found)
    print(f"documented options: {problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

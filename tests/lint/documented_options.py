#!/usr/bin/env python3
"""Every option that --help prints is in the man page and in both completions, and the other way round; so is every key
that sisumail-dns takes in its configuration in the page of that.

    tests/lint/documented_options.py BUILD_FOLDER
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAMS = {
    "sisumail": ("client/sisumail", "docs/man/sisumail.1"),
    "sisumail-relay": ("relay/sisumail-relay", "docs/man/sisumail-relay.8"),
    "sisumail-dns": ("relay/sisumail-dns", "docs/man/sisumail-dns.8"),
    "sisumail-tier2": ("relay/tier2/sisumail-tier2", "docs/man/sisumail-tier2.8"),
}
# The commands of a program share a page, and a function in each completion: page, function, what is a command in the
# program's help, and how many there are at least.
COMMANDS = {
    "sisumail": (
        "docs/man/sisumail-commands.1",
        "_sisumail_command",
        re.compile(r"^  (status|key \w+) ", re.MULTILINE),
        3,
    ),
    "sisumail-relay": (
        "docs/man/sisumail-relay-admin.8",
        "_sisumail_relay_command",
        re.compile(r"^  ((?:user|invite|registry|dns) \w+) ", re.MULTILINE),
        10,
    ),
}
CONFIGURATION_PAGE = "docs/man/sisumail-dns.toml.5"
CONFIGURATION_KEY = re.compile(r"^\.It Ic (\w+)$", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")


def help_of(program: Path, *words: str) -> str:
    return subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=True, timeout=20).stdout


def in_help(text: str) -> set[str]:
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


def in_bash(name: str) -> set[str]:
    text = (ROOT / "deploy/completions/sisumail.bash").read_text()
    function = part(text, f"\n{name}() {{", "\n}\n")
    return set(OPTION.findall(part(function, 'options="', '"\n')))


def in_zsh(begin: str, end: str) -> set[str]:
    text = (ROOT / "deploy/completions/_sisumail").read_text()
    words = part(text, begin, end)
    if "$log_options" in words:
        words += part(text, "log_options=(", "\n)\n")
    return set(re.findall(r"'(?:\([^)]*\)|\*)?--([a-z][a-z0-9-]*)", words))


def compare(name: str, options: set[str], places: dict[str, set[str]], least: int = 5) -> int:
    problems = 0
    if "help" not in options or len(options) < least:
        print(f"{name} --help: only {sorted(options)} were found in it")
        problems += 1
    for place, found in places.items():
        for option in sorted(options - found):
            print(f"{name} --{option}: missing in {place}")
        for option in sorted(found - options):
            print(f"{name} --{option}: in {place}, but not in --help")
        problems += len(options ^ found)
    return problems


def check_program(build: Path, name: str, program: str, page: str) -> int:
    places = {
        page: in_man_page(ROOT / page),
        "bash completion": in_bash("_" + name.replace("-", "_")),
        "zsh completion": in_zsh(f"\n  {name})\n", ";;"),
    }
    return compare(name, in_help(help_of(build / program)), places)


def check_commands(build: Path, name: str, page: str, function: str, pattern: re.Pattern[str], least: int) -> int:
    program = build / PROGRAMS[name][0]
    commands = pattern.findall(help_of(program))
    options = set().union(*(in_help(help_of(program, *words.split())) for words in commands))
    text = (ROOT / page).read_text()
    missing = [words for words in commands if f"\n.It Cm {words}" not in text]
    for words in missing:
        print(f"{name} {words}: missing in {page}")
    if len(commands) < least:
        print(f"{name} --help: only the commands {commands} were found in it")
    places = {
        page: in_man_page(ROOT / page),
        "bash completion": in_bash(function),
        "zsh completion": in_zsh(f"\n{function}() {{", "\n}\n"),
    }
    problems = compare(f"{name}'s commands", options, places, 4)
    return problems + len(missing) + (0 if len(commands) >= least else 1)


def keys_of(program: Path, table: str) -> set[str]:
    """The program lists them when it meets one that it does not know."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write((f"[{table}]\n" if table else "") + "unheard_of = 1\n")
        file.flush()
        said = subprocess.run([program, "--config", file.name, "--check-config"], capture_output=True, text=True, timeout=20)
    return set(said.stderr.strip().rpartition("there are: ")[2].split(", "))


def check_configuration(build: Path) -> int:
    program = build / PROGRAMS["sisumail-dns"][0]
    text = (ROOT / CONFIGURATION_PAGE).read_text()
    description = part(text, ".Sh DESCRIPTION", ".Sh FILES")
    top, *parts = re.split(r"^\.Ss Table (\w+)\n", description, flags=re.MULTILINE)
    tables = dict(zip(parts[::2], parts[1::2]))
    documented = {"": set(CONFIGURATION_KEY.findall(top)) | set(tables)}
    documented |= {name: set(CONFIGURATION_KEY.findall(body)) for name, body in tables.items()}
    problems = 0
    for table, keys in documented.items():
        for key in sorted(keys ^ keys_of(program, table)):
            print(f"sisumail-dns, [{table}] {key}: in one of {CONFIGURATION_PAGE} and the program only")
            problems += 1
    return problems + (0 if len(tables) > 4 else 1)


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: tests/lint/documented_options.py BUILD_FOLDER", file=sys.stderr)
        return 2
    build = Path(sys.argv[1])
    problems = check_configuration(build)
    problems += sum(check_commands(build, name, *rest) for name, rest in COMMANDS.items())
    for name, (program, page) in PROGRAMS.items():
        problems += check_program(build, name, program, page)
    print(f"documented options: {problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

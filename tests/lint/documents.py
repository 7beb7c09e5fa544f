#!/usr/bin/env python3
"""What the documents name exists, and what the code cites is documented.

    tests/lint/documents.py [ROOT]

  * a path in a document (`common/smtp/reply.hpp`, tests/run.sh) is there
  * a test in a document (`interop:swaks.x`, with * for any) is there
  * a link between pages leads somewhere
  * every RFC that a source file cites stands in docs/rfcs.md
"""

import fnmatch
import re
import subprocess
import sys
from pathlib import Path

TOPS = "common|proto|relay|client|tests|deploy|docs|cmake"
PATH = re.compile(rf"(?<![\w./:-])((?:{TOPS})/[\w./-]*[\w/])")
STORY = re.compile(r"\binterop:([a-z_0-9.]+\*?)")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
CITED = re.compile(r"\bRFC (\d{3,5})\b")
PROGRAM_OUTPUT = ("relay/sisumail-relay", "client/sisumail")  # below build/PRESET


def documents(root: Path) -> list[Path]:
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("proto/*.md"), *root.glob("tests/**/*.md")])


def check_document(root: Path, page: Path, stories: list[str]) -> list[str]:
    text = page.read_text()
    problems = []
    for path in sorted(set(PATH.findall(text))):
        if path in PROGRAM_OUTPUT or (root / path).exists() or list(root.glob(path + ".*")):
            continue
        problems.append(f"names {path}, which is not there")
    for story in sorted(set(STORY.findall(text))):
        if not fnmatch.filter(stories, story.rstrip(".")):
            problems.append(f"names the story interop:{story}, which is not there")
    for link in sorted(set(LINK.findall(text))):
        if not (page.parent / link).exists():
            problems.append(f"links to {link}, which is not there")
    return problems


def check_citations(root: Path) -> list[str]:
    documented = set(re.findall(r"\b(\d{3,5})\b", (root / "docs/rfcs.md").read_text()))
    problems = []
    for top in ("common", "proto", "relay", "client"):
        for path in sorted((root / top).rglob("*.[ch]pp")):
            for number in sorted(set(CITED.findall(path.read_text())) - documented):
                problems.append(f"{path.relative_to(root)}: cites RFC {number}, which docs/rfcs.md does not have")
    return problems


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    listed = subprocess.run([sys.executable, root / "tests/interop/run.py", "--list"], capture_output=True, text=True)
    stories = listed.stdout.split()
    problems = check_citations(root)
    for page in documents(root):
        problems += [f"{page.relative_to(root)}: {problem}" for problem in check_document(root, page, stories)]
    for problem in problems:
        print(problem)
    print(f"documents: {len(documents(root))} pages, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

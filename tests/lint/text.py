#!/usr/bin/env python3
"""House rules that a compiler does not see (docs/development.md).

    tests/lint/text.py [ROOT]

  * no unfinished work: the marker words never land
  * a source file has at most 450 lines, opens with a comment that says what it is (headers and programs), and a header
    with #pragma once behind it
  * no Manager, Helper or Util in a type or file name: the field's own terms
  * `switch` without `default`, so that the compiler names the missing case
  * no tabs, no blanks at line ends, one line end at the end of a file
"""

import re
import subprocess
import sys
from pathlib import Path

LONGEST_FILE = 450
CODE = (".cpp", ".hpp")
SCRIPT = (".py", ".sh")
TEXT = CODE + SCRIPT + (".txt", ".md", ".cmake", ".json", ".1", ".8", ".5")
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
VAGUE_TYPE = re.compile(r"\b(?:class|struct)\s+\w*(?:Manager|Helper|Util)\w*")
VAGUE_FILE = re.compile(r"(manager|helper|utils?)\b", re.IGNORECASE)
DEFAULT_LABEL = re.compile(r"^\s*default\s*:", re.MULTILINE)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|home/\w+)/")
# Bytes that matter are kept as they are there.
VERBATIM = ("tests/vectors/", "tests/transcripts/", "tests/fuzz/corpus/")


def tracked_files(root: Path) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=root, capture_output=True)
    if listed.returncode == 0:
        return [name for name in listed.stdout.decode().split("\0") if name and (root / name).is_file()]
    return [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]


def check_code(file: str, text: str) -> list[str]:
    problems = []
    lines = text.split("\n")
    if len(lines) - 1 > LONGEST_FILE:
        problems.append(f"{len(lines) - 1} lines; {LONGEST_FILE} is the most: split it along its concepts")
    if file.endswith(".hpp"):
        if not text.startswith("//"):
            problems.append("opens without a comment that says what it is")
        if "\n#pragma once\n" not in text:
            problems.append("has no #pragma once")
    if file.endswith("main.cpp") and not text.startswith("//"):
        problems.append("opens without a comment that says what it is")
    for match in VAGUE_TYPE.finditer(text):
        problems.append(f'"{match.group(0)}": name it after what it is in the field\'s own terms')
    if VAGUE_FILE.search(Path(file).stem):
        problems.append("vague file name: name it after what it is")
    if DEFAULT_LABEL.search(text) and not file.startswith("tests/"):
        problems.append("`default:` in a switch hides missing cases from the compiler")
    return problems


def check_script(file: str, text: str) -> list[str]:
    problems = []
    if text.count("\n") > LONGEST_FILE:
        problems.append(f"{text.count(chr(10))} lines; {LONGEST_FILE} is the most")
    if file.endswith(".sh") and not text.startswith("#!/usr/bin/env bash\n# "):
        problems.append("opens without '#!/usr/bin/env bash' and a comment that says what it is")
    return problems


def check_any(text: str) -> list[str]:
    problems = []
    for number, line in enumerate(text.split("\n"), start=1):
        if UNFINISHED.search(line):
            problems.append(f"line {number}: unfinished work does not land")
        if line != line.rstrip():
            problems.append(f"line {number}: blanks at the end")
        if "\t" in line:
            problems.append(f"line {number}: a tab")
        if MACHINE_PATH.search(line):
            problems.append(f"line {number}: a path of somebody's machine")
    if text and (not text.endswith("\n") or text.endswith("\n\n")):
        problems.append("should end in exactly one line end")
    return problems


def check(file: str, text: str) -> list[str]:
    problems = [] if file.startswith(VERBATIM) else check_any(text)
    if file.endswith(CODE):
        problems += check_code(file, text)
    elif file.endswith(SCRIPT):
        problems += check_script(file, text)
    return problems


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    files = [file for file in tracked_files(root) if file.endswith(TEXT) or file.startswith(("deploy/", "docs/"))]
    found = 0
    for file in sorted(files):
        try:
            text = (root / file).read_text()
        except UnicodeDecodeError:
            continue  # a picture or a vector
        for problem in check(file, text):
            print(f"{file}: {problem}")
            found += 1
    print(f"text: {len(files)} files, {found} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

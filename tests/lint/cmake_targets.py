"""Reads the sisu_library, sisu_program, sisu_preload_library, sisu_unit_test and sisu_fuzz_target calls out of the
CMakeLists.txt files.

The lists are explicit (docs/development.md), so the text is the truth; nothing needs to be configured or built.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

CALL = re.compile(r"\b(sisu_library|sisu_program|sisu_preload_library|sisu_unit_test|sisu_fuzz_target)\s*\(([^)]*)\)")
ALSO_LINKED = re.compile(r"\btarget_link_libraries\s*\(\s*(?:sisu_|test_|fuzz_)?([\w-]+)([^)]*)\)")
SECTIONS = {"SOURCES", "DEPS", "PRIVATE_DEPS"}
VISIBILITY = {"PUBLIC": "DEPS", "INTERFACE": "DEPS", "PRIVATE": "PRIVATE_DEPS"}


@dataclass
class Target:
    kind: str
    name: str
    folder: str  # from the root, "common/smtp"
    sources: list[str] = field(default_factory=list)  # from the root
    deps: list[str] = field(default_factory=list)  # as CMake names them: "sisu::base", "asio"
    private_deps: list[str] = field(default_factory=list)

    @property
    def link_name(self) -> str:
        return f"sisu::{self.name}" if self.kind == "sisu_library" else self.name


def without_comments(text: str) -> str:
    return re.sub(r"#[^\n]*", "", text)


def parse(text: str, folder: str) -> list[Target]:
    text = without_comments(text)
    targets = []
    for call in CALL.finditer(text):
        words = call.group(2).split()
        if not words or "$" in words[0]:
            continue  # the definition of the function itself
        target = Target(kind=call.group(1), name=words[0], folder=folder)
        lists = {"SOURCES": target.sources, "DEPS": target.deps, "PRIVATE_DEPS": target.private_deps}
        section = None
        for word in words[1:]:
            if word in SECTIONS:
                section = lists[word]
            elif section is target.sources:
                section.append(normal_path(folder, word))
            elif section is not None:
                section.append(word)
        targets.append(target)
    by_name = {target.name: target for target in targets}
    for call in ALSO_LINKED.finditer(text):
        if call.group(1) in by_name:
            add_links(by_name[call.group(1)], call.group(2).split())
    return targets


def add_links(target: Target, words: list[str]) -> None:
    section = "DEPS"
    for word in words:
        if word in VISIBILITY:
            section = VISIBILITY[word]
        else:
            (target.deps if section == "DEPS" else target.private_deps).append(word)


def normal_path(folder: str, word: str) -> str:
    """"relay/gateway" and "../tier1/x.cpp" give "relay/tier1/x.cpp"."""
    word = re.sub(r"^\$\{\w*SOURCE_DIR\}/", "/", word)
    parts: list[str] = [] if word.startswith("/") else folder.split("/")
    for part in word.strip("/").split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def read_tree(root: Path) -> list[Target]:
    targets = []
    for file in sorted(root.rglob("CMakeLists.txt")):
        folder = file.parent.relative_to(root).as_posix()
        if folder.split("/")[0] in ("build", ".git"):
            continue
        targets += parse(file.read_text(), folder)
    return targets

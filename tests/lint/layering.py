#!/usr/bin/env python3
"""Layering: a folder includes only from folders that its CMake target links.

    tests/lint/layering.py [ROOT]

All includes are written from the root, so the compiler would accept any of them; this is what keeps "what is not linked
cannot be included" (docs/architecture.md) true. Checked:

  * a source file may include what its target links, publicly or privately; a header only what is linked publicly
  * third-party headers count too: <openssl/ssl.h> needs OpenSSL::SSL, <asio/...> needs asio
  * proto knows nobody above it, common knows neither relay nor client, relay and client do not know each other
  * sisumail-relay links no TLS library, directly or through others
  * no cycles; each source file belongs to exactly the targets that name it, and none is forgotten
"""

import re
import sys
from pathlib import Path

from cmake_targets import Target, read_tree

FOLDERS = ("proto", "common", "relay", "client")
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
FORBIDDEN = {
    "proto": ("relay", "client"),
    "common": ("relay", "client"),
    "relay": ("client",),
    "client": ("relay",),
}
# The first entry that matches says which of the link targets must be there.
THIRD_PARTY = (
    (r"openssl/(ssl|tls1)\.h", {"OpenSSL::SSL"}),
    (r"openssl/", {"OpenSSL::SSL", "OpenSSL::Crypto"}),
    (r"asio/ssl", set()),  # nobody: docs/decisions
    (r"asio(/|\.hpp)", {"asio"}),
    (r"libssh/", {"PkgConfig::LIBSSH"}),
    (r"sqlite3\.h", {"SQLite::SQLite3"}),
    (r"spdlog/", {"spdlog::spdlog"}),
    (r"nlohmann/", {"nlohmann_json::nlohmann_json"}),
    (r"CLI/", {"CLI11::CLI11"}),
    (r"prometheus/", {"prometheus-cpp::core"}),
    (r"(gtest|gmock)/", {"GTest::gtest", "GTest::gtest_main", "GTest::gmock"}),
    (r"restinio/", {"restinio"}),
    (r"curl/", {"CURL::libcurl"}),
    (r"ldns/", {"PkgConfig::LDNS"}),
    (r"toml\+\+/", {"tomlplusplus::tomlplusplus"}),
    (r"benchmark/", {"benchmark::benchmark", "benchmark::benchmark_main"}),
)
# libcurl and ldns bring one with them.
TLS_LIBRARIES = {"OpenSSL::SSL", "sisu::tls", "CURL::libcurl", "PkgConfig::LDNS"}


class Tree:
    def __init__(self, root: Path):
        self.root = root
        self.targets = read_tree(root)
        self.by_link_name = {target.link_name: target for target in self.targets}
        self.owners: dict[str, list[Target]] = {}
        for target in self.targets:
            for source in target.sources:
                self.owners.setdefault(source, []).append(target)

    def closure(self, name: str, links) -> set[str]:
        """`name`, what `links` gives for its target, and so on."""
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            if current in self.by_link_name:
                waiting += links(self.by_link_name[current])
        return seen

    def public_closure(self, name: str) -> set[str]:
        """What one gets by linking `name`, itself included."""
        return self.closure(name, lambda target: target.deps)

    def whole_closure(self, name: str) -> set[str]:
        """What ends up in the program: private links of static libraries, too."""
        return self.closure(name, lambda target: target.deps + target.private_deps)

    def visible_from(self, target: Target, is_header: bool) -> set[str]:
        visible = {target.link_name}
        direct = target.deps if is_header and target.kind == "sisu_library" else target.deps + target.private_deps
        for name in direct:
            visible |= self.public_closure(name)
        if target.kind == "sisu_unit_test":
            visible.add("GTest::gtest_main")
        return visible

    def targets_of(self, file: str) -> list[Target]:
        """A header belongs to the target of the .cpp beside it; one without belongs to every target of its folder, or
        of the nearest folder above that has one."""
        if file in self.owners:
            return self.owners[file]
        beside = re.sub(r"\.hpp$", ".cpp", file)
        if beside in self.owners:
            return self.owners[beside]
        folder = file.rsplit("/", 1)[0] if "/" in file else ""
        while folder:
            found = [target for target in self.targets if target.folder == folder]
            if found:
                return found
            folder = folder.rsplit("/", 1)[0] if "/" in folder else ""
        return []


def third_party_targets(header: str) -> set[str] | None:
    for pattern, names in THIRD_PARTY:
        if re.match(pattern, header):
            return names
    return None


def beside_a_source(tree: Tree) -> set[str]:
    return {re.sub(r"\.cpp$", ".hpp", source) for source in tree.owners}


def check_include(tree: Tree, file: str, header: str, is_local: bool) -> str | None:
    """None, or what is wrong."""
    top = file.split("/")[0]
    if is_local:
        if header.split("/")[0] in FORBIDDEN.get(top, ()):
            return f"{top}/ must not know {header.split('/')[0]}/: it includes {header}"
        if not (tree.root / header).is_file():
            return f"includes {header}, which is not there (paths start at the root)"
        needed = {target.link_name for target in tree.targets_of(header)}
    else:
        found = third_party_targets(header)
        if found is None:
            return None
        needed = found
    owners = tree.targets_of(file)
    if not owners or (top == "tests" and file.endswith(".hpp") and file not in beside_a_source(tree)):
        return None  # a contract that nothing implements yet; a test's own header, compiled where it is included
    for owner in owners:
        if tree.visible_from(owner, file.endswith(".hpp")) & needed:
            return None
    names = " or ".join(sorted(owner.name for owner in owners))
    return f"includes {header}, but {names} does not link {' or '.join(sorted(needed)) or 'anything that has it'}"


def check_files(tree: Tree) -> list[str]:
    problems = []
    for folder in FOLDERS + ("tests",):
        for path in sorted((tree.root / folder).rglob("*.[ch]pp")):
            file = path.relative_to(tree.root).as_posix()
            if path.suffix == ".cpp" and file not in tree.owners:
                problems.append(f"{file}: no CMakeLists.txt names it")
                continue
            for local, system in INCLUDE.findall(path.read_text()):
                problem = check_include(tree, file, local or system, bool(local))
                if problem:
                    problems.append(f"{file}: {problem}")
    return problems


def check_links(tree: Tree) -> list[str]:
    problems = []
    for target in tree.targets:
        for name in target.deps + target.private_deps:
            if name.startswith("sisu::") and name not in tree.by_link_name:
                problems.append(f"{target.folder}/CMakeLists.txt: {target.name} links {name}, which does not exist")
        through = set().union(*[tree.whole_closure(name) for name in target.deps + target.private_deps], set())
        if target.link_name in through:
            problems.append(f"{target.folder}/CMakeLists.txt: {target.name} depends on itself through others")
        for source in target.sources:
            if not (tree.root / source).is_file():
                problems.append(f"{target.folder}/CMakeLists.txt: {target.name} names {source}, which is not there")
    for tls in sorted(tree.whole_closure("sisumail-relay") & TLS_LIBRARIES):
        problems.append(f"relay/CMakeLists.txt: sisumail-relay gets {tls}; it must link no TLS")
    return problems


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    tree = Tree(root)
    problems = check_links(tree) + check_files(tree)
    for problem in problems:
        print(problem)
    print(f"layering: {len(tree.targets)} targets, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""Tests of the lint programs: each rule is seen to fail on a small tree made for it."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import layering  # noqa: E402
import text  # noqa: E402
from cmake_targets import parse  # noqa: E402

BASE = {
    "common/base/CMakeLists.txt": "sisu_library(base SOURCES ids.cpp)",
    "common/base/ids.hpp": "// Ids.\n#pragma once\n",
    "common/base/ids.cpp": '#include "common/base/ids.hpp"\n',
    "common/net/CMakeLists.txt": "sisu_library(net SOURCES stream.cpp DEPS sisu::base asio)",
    "common/net/stream.hpp": '#include "common/base/ids.hpp"\n#include <asio/awaitable.hpp>\n',
    "common/net/stream.cpp": '#include "common/net/stream.hpp"\n',
    "relay/CMakeLists.txt": "sisu_program(sisumail-relay SOURCES main.cpp DEPS sisu::net)",
    "relay/main.cpp": '#include "common/net/stream.hpp"\n#include "common/base/ids.hpp"\n',
    "client/CMakeLists.txt": "sisu_program(sisumail SOURCES main.cpp DEPS sisu::net)",
    "client/main.cpp": '#include "common/net/stream.hpp"\n',
}


class Layering(unittest.TestCase):
    def problems(self, changes=None):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name, content in (BASE | (changes or {})).items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(content)
            tree = layering.Tree(root)
            return layering.check_links(tree) + layering.check_files(tree)

    def expect(self, changes, words):
        problems = self.problems(changes)
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(words, problems[0])

    def test_a_tree_in_order_has_no_problems(self):
        self.assertEqual(self.problems(), [])

    def test_an_include_without_a_link_is_found(self):
        self.expect({"common/base/ids.cpp": '#include "common/net/stream.hpp"\n'}, "base does not link sisu::net")

    def test_common_must_not_know_the_relay(self):
        self.expect(
            {"common/net/stream.cpp": '#include "relay/limits.hpp"\n', "relay/limits.hpp": ""},
            "common/ must not know relay/",
        )

    def test_relay_and_client_must_not_know_each_other(self):
        self.expect(
            {"relay/main.cpp": '#include "client/policy.hpp"\n', "client/policy.hpp": ""}, "relay/ must not know client/"
        )
        self.expect(
            {"client/main.cpp": '#include "relay/limits.hpp"\n', "relay/limits.hpp": ""}, "client/ must not know relay/"
        )

    def test_an_engine_that_includes_asio_without_the_link_is_found(self):
        self.expect({"common/base/ids.cpp": "#include <asio/post.hpp>\n"}, "does not link asio")

    def test_tls_headers_need_libssl(self):
        changes = {
            "common/net/CMakeLists.txt": "sisu_library(net SOURCES stream.cpp DEPS sisu::base asio OpenSSL::Crypto)",
            "common/net/stream.cpp": "#include <openssl/ssl.h>\n#include <openssl/sha.h>\n",
        }
        self.expect(changes, "includes openssl/ssl.h")

    def test_a_header_may_not_use_what_is_linked_privately(self):
        linked = "sisu_library(log SOURCES log.cpp PRIVATE_DEPS spdlog::spdlog)"
        source = {"common/log/CMakeLists.txt": linked, "common/log/log.cpp": "#include <spdlog/spdlog.h>\n"}
        self.assertEqual(self.problems(source | {"common/log/log.hpp": ""}), [])
        self.expect(source | {"common/log/log.hpp": "#include <spdlog/spdlog.h>\n"}, "common/log/log.hpp")

    def test_a_relay_that_gets_tls_through_a_private_link_is_found(self):
        changes = {
            "common/tls/CMakeLists.txt": "sisu_library(tls SOURCES tls.cpp PRIVATE_DEPS OpenSSL::SSL)",
            "common/tls/tls.cpp": "",
            "common/net/CMakeLists.txt": "sisu_library(net SOURCES stream.cpp DEPS sisu::base asio PRIVATE_DEPS sisu::tls)",
        }
        problems = self.problems(changes)
        self.assertTrue(any("sisumail-relay gets OpenSSL::SSL" in problem for problem in problems), problems)

    def test_a_source_that_nobody_compiles_is_found(self):
        self.expect({"common/net/forgotten.cpp": ""}, "no CMakeLists.txt names it")

    def test_a_cycle_is_found(self):
        changes = {"common/base/CMakeLists.txt": "sisu_library(base SOURCES ids.cpp PRIVATE_DEPS sisu::net)"}
        problems = self.problems(changes)
        self.assertTrue(any("depends on itself" in problem for problem in problems), problems)

    def test_a_missing_header_is_found(self):
        self.expect({"client/main.cpp": '#include "ids.hpp"\n'}, "which is not there")

    def test_later_links_count(self):
        targets = parse("sisu_library(a SOURCES a.cpp)\ntarget_link_libraries(sisu_a PRIVATE x PUBLIC y)", "common/a")
        self.assertEqual((targets[0].deps, targets[0].private_deps), (["y"], ["x"]))


class Text(unittest.TestCase):
    HEADER = "// A header.\n#pragma once\n"

    def test_a_header_in_order_has_no_problems(self):
        self.assertEqual(text.check("common/a/a.hpp", self.HEADER), [])

    def test_each_rule_bites(self):
        cases = {
            "unfinished": ("docs/a.md", "TO" + "DO: later\n"),
            "blanks": ("docs/a.md", "word \n"),
            "tab": ("docs/a.md", "\tword\n"),
            "line end": ("docs/a.md", "word"),
            "comment": ("common/a/a.hpp", "\n#pragma once\n"),
            "pragma": ("common/a/a.hpp", "// A header.\n"),
            "at most 450|450 is the most": ("common/a/a.hpp", self.HEADER + "\n" * 450 + "int a;\n"),
            "terms": ("common/a/a.hpp", self.HEADER + "class SessionManager {};\n"),
            "vague": ("common/a/string_utils.hpp", self.HEADER),
            "default": ("common/a/a.cpp", "switch (a) {\n  default:\n}\n"),
            "bash": ("deploy/a.sh", "#!/bin/sh\n"),
            "machine": ("docs/a.md", "see /" + "work/somewhere\n"),
        }
        for words, (file, content) in cases.items():
            with self.subTest(words):
                self.assertRegex(" ".join(text.check(file, content)), words)

    def test_vectors_keep_their_bytes(self):
        self.assertEqual(text.check("tests/vectors/a.txt", "a\t \n\n"), [])


if __name__ == "__main__":
    unittest.main()

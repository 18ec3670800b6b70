#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shows that pages.py finds what it is there for."""

import tempfile
import unittest
from pathlib import Path

import pages

INDEX = "\\page wskit-index.html\n\\title WsKit\n\\li \\l {Getting Started}\n"
PAGE = "\\page wskit-start.html\n\\title Getting Started\n"
SNIPPET = "//! [open]\nclient.open(url);\n//! [open]\n"


class TestPages(unittest.TestCase):
    def problems_of(self, page, index=INDEX, snippet=SNIPPET):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "snippets").mkdir()
            (folder / "snippets/client.cpp").write_text(snippet, encoding="utf-8")
            (folder / "wskit.qdocconf").write_text("exampledirs += .\n", encoding="utf-8")
            (folder / "wskit-index.qdoc").write_text(index, encoding="utf-8")
            (folder / "wskit-start.qdoc").write_text(PAGE + page, encoding="utf-8")
            (folder / "tests/unit").mkdir(parents=True)
            (folder / "tests/unit/tst_door.cpp").write_text("void isLocked();\n", encoding="utf-8")
            (folder / "tests/knock.py").write_text("", encoding="utf-8")
            return list(pages.problems(folder, folder / "tests", [folder]))

    def test_a_page_with_a_snippet_is_right(self):
        self.assertEqual(self.problems_of("\\snippet snippets/client.cpp open\n"), [])

    def test_code_that_is_no_snippet_is_found(self):
        for block in ("\\code\nint a;\n\\endcode\n", "\\qml\nItem { }\n\\endqml\n"):
            found = self.problems_of("\\snippet snippets/client.cpp open\n" + block)
            self.assertEqual(len(found), 1)
            self.assertIn("wskit-start.qdoc:4", found[0])

    def test_code_that_hides_in_badcode_is_found(self):
        for line in ("WsClient client;", "client.open(url);", "import WsKit", "#include <WsKit/WsClient>"):
            found = self.problems_of(f"\\snippet snippets/client.cpp open\n\\badcode\n    {line}\n\\endcode\n")
            self.assertEqual(len(found), 1, line)

    def test_configuration_may_be_badcode(self):
        for line in ("find_package(WsKit REQUIRED)", "proxy_set_header Host $http_host;", "LimitNOFILE=65536"):
            self.assertEqual(
                self.problems_of(f"\\snippet snippets/client.cpp open\n\\badcode\n    {line}\n\\endcode\n"), [], line)

    def test_missing_snippets_are_found(self):
        self.assertEqual(len(self.problems_of("\\snippet snippets/other.cpp open\n")), 2)
        self.assertEqual(len(self.problems_of("\\snippet snippets/client.cpp close\n")), 2)
        self.assertEqual(len(self.problems_of("\\snippet snippets/client.cpp open\n", snippet="//! [open]\n")), 1)

    def test_a_snippet_that_no_page_prints_is_found(self):
        self.assertIn("no page prints [open]", self.problems_of("")[0])

    def test_tests_that_exist_may_be_named(self):
        named = "\\c tst_door, \\c tst_door::isLocked and \\c knock.py\n"
        self.assertEqual(self.problems_of("\\snippet snippets/client.cpp open\n" + named), [])

    def test_tests_that_do_not_exist_are_found(self):
        for name in ("tst_window", "tst_door::isOpen", "tst_door::isLock", "ring.py"):
            found = self.problems_of(f"\\snippet snippets/client.cpp open\n\\c {name}\n")
            self.assertEqual(len(found), 1, name)
            self.assertIn("wskit-start.qdoc:4", found[0])

    def test_secrets_that_are_compared_are_found(self):
        for line in ('return request.header("Authorization") == expected;', 'if (token != "Bearer 1")'):
            snippet = SNIPPET.replace("client.open(url);", line)
            found = self.problems_of("\\snippet snippets/client.cpp open\n", snippet=snippet)
            self.assertEqual(len(found), 1, line)

    def test_a_page_that_the_index_does_not_list_is_found(self):
        found = self.problems_of("\\snippet snippets/client.cpp open\n", index="\\page wskit-index.html\n\\title WsKit\n")
        self.assertEqual(found, ['wskit-start.qdoc: the index does not list "Getting Started"'])


if __name__ == "__main__":
    unittest.main()

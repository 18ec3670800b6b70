#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shows that structure.py finds each kind of violation, and nothing in a tree that is right."""

import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

import cppsource
from structure import MAX_FILE_LINES, MAX_FUNCTION_LINES, Structure

# A small library that is right: one file in each part.
GOOD = {
    "include/WsKit/wsvalue.h": "#include <QtCore/qlist.h>\n",
    "include/WsKit/WsValue": "#include <WsKit/wsvalue.h>\n",
    "include/WsKit/wsconnection.h": "#include <WsKit/WsValue>\n#include <QtNetwork/qsslsocket.h>\n",
    "include/WsKit/wsserver.h": "#include <WsKit/wsconnection.h>\n",
    "src/protocol/wsframe.h": "#include <WsKit/wsvalue.h>\n#include <zlib.h>\n",
    "src/net/loop/wsloop.h": '#include "protocol/wsframe.h"\n',
    "src/net/socket/wssocket.h": '#include "net/loop/wsloop.h"\n',
    "src/net/connection/wsconnection.cpp": '#include "net/socket/wssocket.h"\n#include <WsKit/wsconnection.h>\n',
    "src/net/client/wsclient.h": '#include "net/connection/wsopening.h"\n',
    "src/net/connection/wsopening.h": '#include "net/loop/wsloop.h"\n',
    "src/net/server/wsserver.cpp": '#include "net/connection/wsopening.h"\n#include "wsserver.moc"\nvoid f()\n{\n}\n',
    "include/WsKit/wsredis.h": "#include <WsKit/wsserver.h>\n",
    "src/redis/wsredis.cpp": '#include <WsKit/wsredis.h>\n#include "wsredis_p.h"\n#include <WsKit/wsserver.h>\n',
    "src/redis/wsredis_p.h": "",
    "qml/wsqmlserver.h": "#include <WsKit/wsserver.h>\n",
    "src/doc/page.h": '#include "nothing.h"\n',
}


def write_tree(root, files):
    for name, text in files.items():
        path = Path(root) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def violations_of(changes):
    """What is found in the good tree with other files added, or put in place of its own."""
    with tempfile.TemporaryDirectory() as root:
        write_tree(root, {**GOOD, **changes})
        return Structure(root).check()


def functions_of(text):
    reader = cppsource.FunctionReader(textwrap.dedent(text))
    functions = [(function.name, function.first, function.last) for function in reader.read()]
    assert reader.error is None, reader.error
    return functions


def function_of_lines(lines):
    return "void f()\n{\n" + "    g();\n" * (lines - 2) + "}\n"


class TestTree(unittest.TestCase):
    def assert_found(self, changes, path, line, text):
        found = violations_of(changes)
        self.assertEqual(len(found), 1, found)
        self.assertEqual(found[0][:2], (path, line))
        self.assertIn(text, found[0][2])

    def assert_arrow_found(self, path, include, source, end):
        text = GOOD.get(path, "") + f"#include {include}\n"
        found = violations_of({path: text})
        expected = f"{source} may not include "
        self.assertTrue(any(violation[2].startswith(expected) and violation[2].endswith(f"which is of {end}")
                            for violation in found), found)

    def test_good_tree_has_no_violations(self):
        self.assertEqual(violations_of({}), [])

    def test_arrow_that_goes_back_is_found(self):
        self.assert_arrow_found("src/protocol/a.h", '"net/loop/wsloop.h"', "protocol", "loop")
        self.assert_arrow_found("src/protocol/a.h", "<WsKit/wsconnection.h>", "protocol", "connection")
        self.assert_arrow_found("include/WsKit/wsvalue.h", "<WsKit/wsconnection.h>", "values", "connection")
        self.assert_arrow_found("src/net/loop/a.cpp", '"net/socket/wssocket.h"', "loop", "socket")
        self.assert_arrow_found("src/net/loop/a.cpp", '"../connection/wsopening.h"', "loop", "connection")
        self.assert_arrow_found("src/net/socket/a.cpp", '"net/connection/wsopening.h"', "socket", "connection")
        self.assert_arrow_found("src/net/connection/a.cpp", '"net/client/wsclient.h"', "connection", "client")
        self.assert_arrow_found("src/net/connection/a.cpp", "<WsKit/wsserver.h>", "connection", "server")
        self.assert_arrow_found("include/WsKit/wsconnection.h", "<WsKit/wsserver.h>", "connection", "server")

    def test_client_and_server_that_include_each_other_are_found(self):
        self.assert_arrow_found("src/net/client/a.cpp", "<WsKit/wsserver.h>", "client", "server")
        self.assert_arrow_found("src/net/server/a.cpp", '"net/client/wsclient.h"', "server", "client")

    def test_private_header_is_found_in_what_is_built_on_the_library(self):
        self.assert_arrow_found("src/redis/a.cpp", '"net/loop/wsloop.h"', "redis", "loop")
        self.assert_arrow_found("src/webchannel/a.cpp", '"protocol/wsframe.h"', "webchannel", "protocol")
        self.assert_arrow_found("src/webchannel/a.cpp", "<WsKit/wsredis.h>", "webchannel", "redis")
        self.assert_arrow_found("qml/a.cpp", '"net/server/wsserver.cpp"', "qml", "server")
        self.assert_arrow_found("src/net/server/a.cpp", "<WsKit/wsredis.h>", "server", "redis")

    def test_header_of_another_qt_module_is_found_in_the_engine(self):
        for name in ("QtNetwork/qtcpsocket.h", "QTcpSocket", "qtcpsocket.h", "QtNetwork/QtNetwork"):
            self.assert_found({"src/protocol/a.h": f"\n#include <{name}>\n"}, "src/protocol/a.h", 2, "QtCore")
        self.assert_found({"include/WsKit/wsvalue.h": "#include <QtNetwork/qtcpsocket.h>\n"},
                          "include/WsKit/wsvalue.h", 1, "QtCore")

    def test_header_that_is_not_there_is_found(self):
        self.assert_found({"src/protocol/a.h": '#include "wsnothing.h"\n'}, "src/protocol/a.h", 1, "no file")
        self.assert_found({"src/protocol/a.h": "#include <WsKit/WsNothing>\n"}, "src/protocol/a.h", 1, "no public")

    def test_folder_that_is_no_part_is_found(self):
        self.assert_found({"src/net/a.h": ""}, "src/net/a.h", 1, "not one of the parts")
        self.assert_found({"src/other/a.cpp": ""}, "src/other/a.cpp", 1, "not one of the parts")

    def test_circles_are_found(self):
        self.assert_found({"src/protocol/a.h": '#include "protocol/b.h"\n', "src/protocol/b.h": '\n#include "c.h"\n',
                           "src/protocol/c.h": '#include "a.h"\n'}, "src/protocol/a.h", 1,
                          "src/protocol/a.h -> src/protocol/b.h -> src/protocol/c.h -> src/protocol/a.h")
        self.assert_found({"src/protocol/a.h": '#include "a.h"\n'}, "src/protocol/a.h", 1, "circle")
        self.assert_found({"include/WsKit/wsvalue.h": "#include <WsKit/WsValue>\n"},
                          "include/WsKit/WsValue", 1, "circle")

    def test_include_in_a_comment_is_none(self):
        self.assertEqual(violations_of({"src/protocol/a.h": '// #include "x.h"\n/*\n#include "y.h"\n*/\n'}), [])

    def test_long_function_is_found(self):
        for folder in ("src/net/loop", "include/WsKit", "qml"):
            self.assertEqual(violations_of({f"{folder}/a.h": function_of_lines(MAX_FUNCTION_LINES)}), [])
            self.assert_found({f"{folder}/a.h": function_of_lines(MAX_FUNCTION_LINES + 1)}, f"{folder}/a.h", 2,
                              f"f() has {MAX_FUNCTION_LINES + 1} lines")

    def test_large_file_is_found(self):
        comments = "\n// Comment\n/* of\n two lines */\n"
        self.assertEqual(violations_of({"src/protocol/a.cpp": comments + "int a;\n" * MAX_FILE_LINES}), [])
        self.assert_found({"src/protocol/a.cpp": comments + "int a; // a\n" * (MAX_FILE_LINES + 1)},
                          "src/protocol/a.cpp", 1, f"{MAX_FILE_LINES + 1} lines")

    def test_file_that_was_not_understood_is_found(self):
        self.assert_found({"src/protocol/a.cpp": "void f()\n{\n"}, "src/protocol/a.cpp", 2, "brace")
        self.assert_found({"src/protocol/a.cpp": "void f() { }\n}\n"}, "src/protocol/a.cpp", 2, "brace")

    def test_program_says_so_by_its_exit_status(self):
        program = Path(__file__).with_name("structure.py")
        for changes, status in (({}, 0), ({"src/net/a.h": ""}, 1)):
            with tempfile.TemporaryDirectory() as root:
                write_tree(root, {**GOOD, **changes})
                run = subprocess.run([sys.executable, "-B", program, root], capture_output=True, text=True, check=False)
            self.assertEqual(run.returncode, status, run.stdout + run.stderr)
            self.assertIn("client -> connection    1", run.stdout)
            self.assertIn(f"Violations: {status}", run.stdout)
        with tempfile.TemporaryDirectory() as root:
            run = subprocess.run([sys.executable, "-B", program, root], capture_output=True, text=True, check=False)
        self.assertNotEqual(run.returncode, 0, "an empty tree was accepted")


class TestFunctions(unittest.TestCase):
    def test_functions_of_namespaces_and_classes_are_found(self):
        self.assertEqual(functions_of("""\
            namespace a::b {
            namespace {
            class WSKIT_EXPORT C final : public std::function<void(int)>, D
            {
                Q_OBJECT
                Q_PROPERTY(int a READ a)
            public Q_SLOTS:
                int a() const { return m_a; }
                enum class E { A, B };
                int m_a{1}, m_b = {};
            };
            } // namespace
            static int f(const X &x = {}) noexcept
            {
                if (x) {
                }
            }
            } // namespace
            """), [("a", 8, 8), ("f", 14, 17)])

    def test_names_are_those_of_the_source(self):
        self.assertEqual([function[0] for function in functions_of("""\
            C::C(int a) : Base(a), m_a{a}, m_b(std::move(b)), m_c<int>{1} { }
            C::~C() { }
            bool C::operator==(const C &other) const { return true; }
            bool C::operator()(int a) { return true; }
            C &C::operator=(C &&) noexcept { return *this; }
            template <typename T, class U> auto g(T t) -> decltype(t) { return t; }
            struct X h() { return {}; }
            Q_NAMESPACE_EXPORT(WSKIT_EXPORT)
            enum Kind { A };
            struct alignas(64) Y { void i() { } };
            constexpr int Table[] = {1, 2};
            const auto k = [](int a) { return a; };
            extern "C" { int m() { return 1; } }
            """)], ["C::C", "C::~C", "C::operator==", "C::operator()", "C::operator=", "g", "h", "i", "k", "m"])

    def test_what_is_within_a_function_belongs_to_it(self):
        self.assertEqual(functions_of("""\
            void f()
            {
                struct Local { void g() { } };
                run([](int a) {
                    return X{a};
                });
            }
            """), [("f", 2, 7)])

    def test_braces_in_comments_and_literals_do_not_count(self):
        self.assertEqual(functions_of("""\
            void f() // {
            {
                /* } */ g("}", '}', '\\'', u8"\\"}", 1'000'000, R"x({"
            }} )")x", u'}');
            }
            void h() { }
            """), [("f", 2, 5), ("h", 6, 6)])

    def test_branches_of_the_preprocessor_are_read_one_by_one(self):
        self.assertEqual(functions_of("""\
            #define M(a) { \\
                a
            void f()
            {
            #if A
                if (a) {
            #elif B
                if (b) {
            #else
                {
            #endif
                }
            }
            #ifdef C
            void g(int a) {
            #else
            void g() {
            #endif
            }
            """), [("f", 4, 13), ("g", 17, 19)])

    def test_lines_of_code_are_those_with_more_than_a_comment(self):
        self.assertEqual(cppsource.code_lines('\n// a\nint a; // b\n/* c\n d */ int e;\n"//";\nR"(\n//x\n)";\n'), 6)


if __name__ == "__main__":
    unittest.main()

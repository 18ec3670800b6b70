#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles the headers of WsKit::Compat as programs include them.

headers.py COMPILER COMPILE_COMMANDS HEADERS QT_HEADERS

Takes the options from the test in the compilation database that is built with WsKit::Compat, in which Qt's own module
is installed as well. Each header has to compile alone and without a warning, as C++17 and as C++20, and beside the
headers of QtCore and QtNetwork. However its name is written, the one of WsKit::Compat has to be found. What also links
Qt6::WebSockets has to end with an error that says so.
"""

import json
import shlex
import subprocess
import sys
from pathlib import Path

NO_HEADERS = {"qtwebsocketsexports.h", "qtwebsockets-config.h"}  # which no program includes
ERROR = "link WsKit::Compat or Qt6::WebSockets, not both"


def options_of_a_test(database):
    for entry in json.loads(Path(database).read_text()):
        words = shlex.split(entry["command"])
        if "-DCOMPAT_WSKIT" in words and entry["file"].endswith(".cpp") and "/tst_" in entry["file"]:
            pairs = zip(words, words[1:] + [""])
            return [part for word, next_word in pairs for part in
                    ([word, next_word] if word == "-isystem" else [word] if word[:2] in ("-D", "-I", "-W") else [])]
    sys.exit(f"{database} has no test with WsKit::Compat")


class Headers:
    def __init__(self, compiler, database, folder, qt_folder):
        self.command = [compiler, "-fPIC", "-x", "c++", *options_of_a_test(database)]
        self.folder, self.qt_folder = Path(folder).resolve(), Path(qt_folder).resolve()
        files = [*(self.folder / "QtWebSockets").iterdir(), *self.qt_folder.glob("[qQ]*")]
        self.names = sorted({path.name for path in files if path.is_file()} - NO_HEADERS)
        self.mistakes = []

    def run(self, source, *options):
        return subprocess.run([*self.command, *options, "-"], input=source, capture_output=True, text=True, check=False)

    def expect_success(self, source, *options):
        result = self.run(source, "-fsyntax-only", *options)
        if result.returncode != 0 or result.stderr:
            self.mistakes.append(f"{' '.join(options)}: {source}{result.stderr}")

    def expect_error(self, source, *options):
        result = self.run(source, "-E", "-Wfatal-errors", *options)
        if result.returncode == 0 or ERROR not in result.stderr:
            self.mistakes.append(f"no error about both modules: {' '.join(options)}: {source}{result.stderr}")

    def compiles_alone(self):
        for name in self.names:
            if name.endswith(".h"):
                self.expect_success(f"#include <QtWebSockets/{name}>\n", "-std=c++17")
        for standard in ("c++17", "c++20"):
            self.expect_success("#include <QtWebSockets>\n", f"-std={standard}")

    def compiles_beside_others(self):
        others = "#include <QtCore/QCoreApplication>\n#include <QtNetwork/QTcpServer>\n"
        ours = "#include <QWebSocket>\n#include <QWebSocketServer>\n"
        self.expect_success(others + ours, "-std=c++17")
        self.expect_success(ours + others, "-std=c++17")

    def is_found(self):
        for prefix in ("", "QtWebSockets/"):
            source = "".join(f"#include <{prefix}{name}>\n" for name in self.names)
            result = self.run(source, "-M", "-std=c++17")
            files = {Path(word).resolve() for word in result.stdout.replace("\\\n", " ").split() if word.startswith("/")}
            wrong = [str(file) for file in files if self.qt_folder in file.parents]
            absent = [name for name in self.names if self.folder / "QtWebSockets" / name not in files]
            if result.returncode != 0 or wrong or absent:
                self.mistakes.append(f"<{prefix}...>: of Qt: {wrong}; not found: {absent} {result.stderr}")

    def refuses_both(self):
        for name in self.names:
            if name not in ("qtwebsocketsversion.h", "QtWebSocketsVersion", "QtWebSocketsDepends"):
                self.expect_error(f"#include <{name}>\n", "-DQT_WEBSOCKETS_LIB")
        self.expect_error("#define QWEBSOCKETSGLOBAL_H // as the headers of Qt do\n#include <QWebSocketServer>\n")


def main(arguments):
    headers = Headers(*arguments)
    for check in (headers.compiles_alone, headers.compiles_beside_others, headers.is_found, headers.refuses_both):
        check()
    print(f"{len(headers.names)} headers")
    print("\n".join(headers.mistakes))
    return 1 if headers.mistakes else 0


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))

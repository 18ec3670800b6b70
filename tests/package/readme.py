#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the code that README.md prints to projects that can be built.

readme.py README FOLDER   writes FOLDER/cpp, with all C++ programs and fragments, and FOLDER/qml, the program in QML
"""

import re
import sys
from pathlib import Path

CPP_PROJECT = """cmake_minimum_required(VERSION 3.23)
project(readme LANGUAGES CXX)
find_package(WsKit REQUIRED)
find_package(Qt6 REQUIRED COMPONENTS Core)
qt_standard_project_setup()
add_library(fragments OBJECT {fragments})
target_link_libraries(fragments PRIVATE WsKit::WsKit)
foreach(program {programs})
    qt_add_executable(${{program}} ${{program}}.cpp)
    target_link_libraries(${{program}} PRIVATE WsKit::WsKit)
endforeach()
"""
# What the fragments use without declaring it.
FRAGMENT = """#include <WsKit/WsClient>
#include <WsKit/WsServer>
#include <QtCore/QDebug>
#include <QtCore/QIODevice>
#include <QtCore/QThread>

void fragment{number}([[maybe_unused]] WsClient &client, [[maybe_unused]] WsConnection *connection,
                      [[maybe_unused]] QIODevice *file, [[maybe_unused]] const QByteArray &first)
{{
{code}}}
"""


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def only(found, what):
    if len(found) != 1:
        sys.exit(f"README.md has {len(found)} {what} instead of one")
    return found[0]


def main(readme, folder):
    text = Path(readme).read_text(encoding="utf-8")
    cpp, qml = Path(folder, "cpp"), Path(folder, "qml")
    for path in (cpp, qml):
        path.mkdir(parents=True, exist_ok=True)

    programs, fragments, windows = [], [], []
    for number, code in enumerate(blocks(text, "cpp")):
        if "int main(" not in code:
            fragments.append(f"fragment{number}.cpp")
            (cpp / fragments[-1]).write_text(FRAGMENT.format(number=number, code=code), encoding="utf-8")
        elif "QQmlApplicationEngine" in code:
            windows.append(code)
        else:
            programs.append(f"program{number}")
            (cpp / f"{programs[-1]}.cpp").write_text(code, encoding="utf-8")
    if not programs or not fragments:
        sys.exit("README.md has no C++ programs, or no fragments")
    project = CPP_PROJECT.format(fragments=" ".join(fragments), programs=" ".join(programs))
    (cpp / "CMakeLists.txt").write_text(project, encoding="utf-8")

    projects = [code for code in blocks(text, "cmake") if code.startswith("cmake_minimum_required")]
    (qml / "CMakeLists.txt").write_text(only(projects, "whole CMake projects"), encoding="utf-8")
    (qml / "main.cpp").write_text(only(windows, "programs with a QML engine"), encoding="utf-8")
    (qml / "Main.qml").write_text(only(blocks(text, "qml"), "QML files"), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

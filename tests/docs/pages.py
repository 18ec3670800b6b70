#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the pages of the reference: their code is compiled, their snippets and the tests that they name exist, the index
lists them, and no code that readers may copy compares a secret byte by byte.

pages.py SOURCE   prints what is wrong with SOURCE/src/doc/*.qdoc; exit status 0 if nothing is
"""

import re
import sys
from pathlib import Path

# In \badcode there may be shells, CMake and configuration files, but no C++ and no QML.
LOOKS_LIKE_CODE = re.compile(r"^\s*(#include|import Q|import Ws|using |Ws\w+ [\w{=*]|Q\w+::|\w+\.\w+\(.*\);$)", re.MULTILINE)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def code_problems(name, text):
    for match in re.finditer(r"\\(code|qml)\b", text):
        yield f"{name}:{line_of(text, match.start())}: \\{match[1]} is not compiled, use \\snippet"
    for match in re.finditer(r"\\badcode(.*?)\\endcode", text, re.DOTALL):
        if LOOKS_LIKE_CODE.search(match[1]):
            yield f"{name}:{line_of(text, match.start())}: \\badcode with C++ or QML is not compiled, use \\snippet"


def file_of(name, folder):
    """The file that qdoc finds, in the folders that its configuration lists."""
    configuration = (folder / "wskit.qdocconf").read_text(encoding="utf-8")
    places = re.search(r"^exampledirs\s*\+?=(.*)$", configuration, re.MULTILINE)[1].split()
    return next((folder / place / name for place in places if (folder / place / name).is_file()), None)


def snippet_problems(name, text, folder):
    for match in re.finditer(r"\\snippet (\S+) (.+)", text):
        file, marker = file_of(match[1], folder), match[2].strip()
        where = f"{name}:{line_of(text, match.start())}"
        if file is None:
            yield f"{where}: no file {match[1]}"
        elif len(re.findall(rf"^\s*//! \[{re.escape(marker)}\]$", file.read_text(encoding="utf-8"), re.MULTILINE)) < 2:
            yield f"{where}: {match[1]} has no beginning and end of [{marker}]"


def unused_snippets(texts, folder):
    used = {(match[1], match[2].strip()) for text in texts for match in re.finditer(r"\\snippet (\S+) (.+)", text)}
    for file in sorted((folder / "snippets").glob("*")):
        for marker in sorted(set(re.findall(r"^\s*//! \[(.+)\]$", file.read_text(encoding="utf-8"), re.MULTILINE))):
            if (f"snippets/{file.name}", marker) not in used:
                yield f"snippets/{file.name}: no page prints [{marker}]"


def unlisted_pages(pages):
    index = pages["wskit-index.qdoc"]
    for name, text in pages.items():
        for title in re.findall(r"\\page .*?\\title ([^\n]+)", text, re.DOTALL):
            link = rf"\\l \{{{re.escape(title)}\}}|\\l {re.escape(title)}\b"
            if name != "wskit-index.qdoc" and not re.search(link, index):
                yield f"{name}: the index does not list \"{title}\""


def test_problems(name, text, tests):
    """\\c tst_file, \\c tst_file::function and \\c script.py name a test."""
    for match in re.finditer(r"\\c (tst_\w+)(?:::(\w+))?|\\c (\w+\.py)", text):
        file, function, script = match.groups()
        where = f"{name}:{line_of(text, match.start())}"
        found = next(tests.rglob(script or f"{file}.cpp"), None)
        if found is None:
            yield f"{where}: no test {script or file}"
        elif function and not re.search(rf"\bvoid {function}\(\)", found.read_text(encoding="utf-8")):
            yield f"{where}: {found.name} has no function {function}()"


# `==` takes longer the more of a guess is right.
COMPARES_SECRET = re.compile(r"""["']Authorization["']\)\s*[!=]=|[!=]=\s*["'](Bearer|Basic) """)


def compared_secrets(folders):
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.suffix in (".cpp", ".h", ".qml", ".qdoc", ".js")):
            text = path.read_text(encoding="utf-8")
            for match in COMPARES_SECRET.finditer(text):
                yield f"{path.name}:{line_of(text, match.start())}: a secret is compared byte by byte, compare hashes"


def problems(folder, tests, copied):
    """Of the pages in folder; copied are the folders with code that readers may copy."""
    pages = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.qdoc"))}
    for name, text in pages.items():
        yield from code_problems(name, text)
        yield from snippet_problems(name, text, folder)
        yield from test_problems(name, text, tests)
    yield from unused_snippets(pages.values(), folder)
    yield from unlisted_pages(pages)
    yield from compared_secrets(copied)


def main(source):
    found = list(problems(Path(source, "src/doc"), Path(source, "tests"),
                          [Path(source, "src"), Path(source, "examples")]))
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))

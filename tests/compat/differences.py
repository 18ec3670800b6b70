#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the table of differences between Qt WebSockets and WsKit::Compat with the tests.

differences.py SOURCE   prints the rows of SOURCE/src/doc/wskit-compat.qdoc that no test in SOURCE/tests/compat names,
                        the rows that a test names and the table does not have, and rows that are incomplete; exit
                        status 0 if there are none
"""

import re
import sys
from collections import Counter
from pathlib import Path


def rows_of(page):
    """The cells of each row of all tables, without the headers."""
    for table in re.findall(r"\\table(.*?)\\endtable", page, re.DOTALL):
        for row in re.split(r"\\row\b", table)[1:]:
            yield [" ".join(cell.split()) for cell in re.split(r"\\li\b", row)[1:]]


def names_in(test):
    """The rows that a test in C++ or QML names."""
    return re.findall(r'compatDiffers\(\s*"([^"]*)"\s*\)', test)


def problems(page, tests):
    rows = list(rows_of(page))
    for row in rows:
        if len(row) != 4 or not all(row):
            yield f"the table: a row has to have four cells: {row}"
    count = Counter(row[0] for row in rows if row)
    for name in (name for name, number in count.items() if number > 1):
        yield f"the table: \"{name}\" is there more than once"
    used = {(file, name) for file, text in tests.items() for name in names_in(text)}
    for file, name in sorted(used):
        if name not in count:
            yield f"{file}: the table has no row \"{name}\""
    for name in sorted(set(count) - {name for _, name in used}):
        yield f"the table: no test names \"{name}\""


def main(source):
    page = Path(source, "src/doc/wskit-compat.qdoc").read_text(encoding="utf-8")
    files = [path for path in Path(source, "tests/compat").rglob("*") if path.suffix in (".cpp", ".h", ".qml")]
    found = list(problems(page, {path.name: path.read_text(encoding="utf-8") for path in files}))
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))

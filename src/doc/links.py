#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lets names in the C++ pages of the reference lead to C++.

links.py FOLDER   changes the HTML files in FOLDER that qdoc has written

WsConnection, WsClient and WsServer are names in both languages. As of Qt 6.4, qdoc links a name that a page uses without
saying which it means to the QML type, in every page. A link to something that exists only in QML stays.
"""

import re
import sys
from pathlib import Path

LINK = re.compile(r'href="qml-wskit-(wsconnection|wsclient|wsserver)\.html(?:#(\w+)-(prop|signal|method))?"')
BASES = {"wsclient": ["wsclient", "wsconnection"], "wsconnection": ["wsconnection"], "wsserver": ["wsserver"]}


def anchors_of(folder):
    return {name: set(re.findall(r'\bid="([^"]+)"', (folder / f"{name}.html").read_text(encoding="utf-8")))
            for name in BASES}


def target_of(match, anchors):
    name, member, kind = match.groups()
    if not member:
        return f'href="{name}.html"'
    anchor = f"{member}-prop" if kind == "prop" else member
    for page in BASES[name]:
        if anchor in anchors[page]:
            return f'href="{page}.html#{anchor}"'
    return match[0]


def is_of_qml(path):
    return path.name.startswith("qml-") or "qml" in path.name


def main(folder):
    anchors = anchors_of(folder)
    for path in folder.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        lines = [line if "Instantiated By:" in line else LINK.sub(lambda match: target_of(match, anchors), line)
                 for line in text.splitlines(keepends=True)]
        if not is_of_qml(path):
            path.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))

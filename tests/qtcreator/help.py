#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that Qt Creator's help finds the classes by F1, and the pages and pictures of the examples.

help.py wskit.qch examples-manifest.xml
"""

import sqlite3
import sys
from xml.etree import ElementTree

KEYWORDS = ["WsServer", "WsClient", "WsConnection", "WsServer::listen", "WsOptions", "Ws", "QML.WsClient"]


def main(qch, manifest):
    database = sqlite3.connect(f"file:{qch}?mode=ro", uri=True)
    found = []
    identifiers = {row[0] for row in database.execute("SELECT Identifier FROM IndexTable")}
    for keyword in KEYWORDS:
        if keyword not in identifiers:
            found.append(f"F1 on {keyword} finds nothing")
    [(namespace,)] = database.execute("SELECT Name FROM NamespaceTable")
    [(folder,)] = database.execute("SELECT Name FROM FolderTable")
    files = {row[0] for row in database.execute("SELECT Name FROM FileNameTable")}
    for example in ElementTree.parse(manifest).iter("example"):
        for attribute in ("docUrl", "imageUrl"):
            url = example.get(attribute).split("#")[0]
            start = f"qthelp://{namespace}/{folder}/"
            if not url.startswith(start) or url[len(start):] not in files:
                found.append(f"{example.get('name')}: {attribute} {url} is not in the help")
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

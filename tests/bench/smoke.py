#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs every work of the benchmark once, with next to no messages, and looks at what comes out."""

import json
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

from peers import PEERS, Programs
from works import all_works


def expected_rows(programs):
    """Each figure of each work that at least one of the peers can do."""
    able = {kind for peer in PEERS if not programs.missing(peer) for kind in peer.kinds}
    return {(figure.name, figure.table.heading) for work in all_works((60,), 20) if work.kind in able
            for figure in work.figures}


def main():
    here = pathlib.Path(__file__).resolve().parent
    programs = Programs(pathlib.Path(sys.argv[1]).resolve(), here)
    with tempfile.TemporaryDirectory() as directory:
        result = pathlib.Path(directory, "result.json")
        drawing = pathlib.Path(directory, "chart.svg")
        command = [sys.executable, "-B", str(here / "bench.py"), str(programs.built), "--smoke"]
        output = subprocess.run([*command, "--json", str(result), "--chart", str(drawing)],
                                stdout=subprocess.PIPE, text=True, check=True).stdout
        rows = json.loads(result.read_text(encoding="utf-8"))["rows"]
        xml.etree.ElementTree.parse(drawing)

    found = {(row["name"], row["unit"]) for row in rows}
    assert found == expected_rows(programs), f"rows differ: {found ^ expected_rows(programs)}"
    for row in rows:
        assert f"| {row['name']}" in output, f"{row['name']} is in no table"
        assert row["samples"]["wskit"], f"{row['name']} was not measured with wskit"


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs every work of the benchmark once, with next to no messages, and looks at what comes out. The price feed judges
itself: how fast it is does not matter to that. So do topics over Redis."""

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


def check_feed(program, way):
    """So few updates that the system takes all of those of a fast client, however busy the machine is."""
    subprocess.run([program, "--way", way, "--clients", "20", "--slow", "5", "--slow-bytes", "5000",
                    "--seconds", "2", "--updates", "200", "--keys", "20", "--max-growth", "16"],
                   stdout=subprocess.DEVNULL, check=True)


def check_broker(programs, here, directory):
    """The clients fail if a message does not arrive everywhere, once."""
    if not (programs.built / "bench/bench_broker").exists():
        return
    result = pathlib.Path(directory, "broker.json")
    parts = ["throughput", "large"]
    subprocess.run([sys.executable, "-B", str(here / "broker.py"), str(programs.built), "--smoke", "--only", *parts,
                    "--json", str(result)], stdout=subprocess.DEVNULL, check=True)
    found = json.loads(result.read_text(encoding="utf-8"))
    for part in parts:
        assert any(row["delivered"] > 0 for row in found[part]), f"{part} has measured nothing"


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
        check_broker(programs, here, directory)

    found = {(row["name"], row["unit"]) for row in rows}
    assert found == expected_rows(programs), f"rows differ: {found ^ expected_rows(programs)}"
    for row in rows:
        assert f"| {row['name']}" in output, f"{row['name']} is in no table"
        assert row["samples"]["wskit"], f"{row['name']} was not measured with wskit"

    for way in ("key", "drop"):
        check_feed(programs.built / "bench" / "bench_feed", way)


if __name__ == "__main__":
    main()

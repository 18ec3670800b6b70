#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures what WsKit and its peers cost, all in the same run, round by round."""

import argparse
import pathlib
import resource
import sys
from dataclasses import dataclass

import chart
import measuring
import report
from peers import CROWD, PEERS, Programs
from works import all_works


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    rounds: int
    rounds_of_crowds: int  # which take long, and differ less
    share: float  # of the messages
    idle: tuple[int, ...]
    opened: int = 1000


FULL = Extent(7, 3, 1, (8000, 16000))
QUICK = Extent(3, 1, 0.25, (8000,))
SMOKE = Extent(1, 1, 0.001, (60,), 20)


def tell(text):
    print(text, file=sys.stderr, flush=True)


def chosen(items, names):
    """Those whose name begins with one of the names; all where none does."""
    found = [item for item in items if any(item.name.startswith(name) for name in names)]
    return found or items


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", type=pathlib.Path, help="the directory `tests` of the build directory")
    parser.add_argument("--quick", action="store_const", dest="extent", const=QUICK, default=FULL,
                        help="fewer messages and rounds: a first impression")
    parser.add_argument("--smoke", action="store_const", dest="extent", const=SMOKE,
                        help="next to nothing: whether it runs at all")
    parser.add_argument("--rounds", type=int, help="how often each is measured (7; quick: 3)")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME",
                        help="peers and works, by how their names begin: --only wskit qtw '1 MiB'")
    parser.add_argument("--idle", type=int, nargs="*", metavar="N",
                        help="how many clients are silent in the crowds (8000 16000; quick: 8000)")
    parser.add_argument("--reference", default="qtwebsockets", metavar="NAME",
                        help="the peer that the ratios are to (qtwebsockets)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="writes every sample to FILE")
    parser.add_argument("--chart", type=pathlib.Path, metavar="FILE", help="draws the medians to FILE, an SVG")
    return parser.parse_args()


def unknown_names(arguments, works):
    known = [item.name for item in [*PEERS, *works]]
    return [name for name in [*arguments.only, arguments.reference] if not any(k.startswith(name) for k in known)]


def peers_that_are_there(programs, names):
    there = []
    for peer in chosen(PEERS, names):
        if missing := programs.missing(peer):
            tell(f"{peer.name} is left out: {missing}")
        else:
            there.append(peer)
    return there


def peers_for(programs, work, peers):
    able = []
    for peer in [peer for peer in peers if work.kind in peer.kinds]:
        if unknown := programs.unknown_option(peer, measuring.server_options(work, programs)):
            tell(f"{peer.name} is left out of “{work.name}”: {unknown}")
        else:
            able.append(peer)
    return able


def raise_limit():
    """Returns how many connections a process may have."""
    hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))
    return hard_limit - 100


def measure_works(arguments, programs, works, peers):
    """The rows, and whether all went well."""
    rows = []
    failures = []
    limit = raise_limit()
    for work in works:
        if work.descriptors > limit:
            tell(f"“{work.name}” is left out: it needs {work.descriptors} connections, and {limit} are allowed")
            continue
        extent = arguments.extent
        messages = max(int(work.messages * extent.share), 1)
        rounds = arguments.rounds or (extent.rounds_of_crowds if work.kind == CROWD else extent.rounds)

        def fail(text):
            failures.append(text)
            tell(text)

        able = peers_for(programs, work, peers)
        results = measuring.measure_all(programs, able, work, messages, rounds, fail)
        for figure in work.figures:
            samples = {name: [figure.of(result) for result in found] for name, found in results.items()}
            rows.append(report.Row(figure.name, figure.table, samples))
        tell(f"{work.name}: done")
    return rows, not failures


def main():
    arguments = parse_arguments()
    idle = arguments.extent.idle if arguments.idle is None else arguments.idle
    works = all_works(idle, arguments.extent.opened)
    if unknown := unknown_names(arguments, works):
        sys.exit(f"no peer and no work has a name that begins with {', '.join(unknown)}")
    programs = Programs(arguments.programs.resolve(), pathlib.Path(__file__).resolve().parent)
    if not programs.load.exists():
        sys.exit(f"{programs.load} is not there: build the target bench; it needs OpenSSL and zlib")
    peers = peers_that_are_there(programs, arguments.only)

    rows, is_complete = measure_works(arguments, programs, chosen(works, arguments.only), peers)
    rows = [row for row in rows if any(row.samples.values())]
    report.print_tables(rows, [peer.name for peer in peers], arguments.reference)
    if arguments.json:
        report.write_json(arguments.json, rows, arguments.reference)
    if arguments.chart:
        drawn = chart.drawn_by_default(report.as_json(rows, arguments.reference))
        arguments.chart.write_text(chart.draw(drawn), encoding="utf-8")
    if not is_complete:
        sys.exit(1)


if __name__ == "__main__":
    main()

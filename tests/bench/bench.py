#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures the CPU time that echo servers take a message, all in the same run, round by round."""

import argparse
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import sys
from dataclasses import dataclass, field

SERVER_CORE = 0
LOAD_CORE = 1


@dataclass
class Server:
    name: str
    program: str
    arguments: list[str] = field(default_factory=list)
    is_raw: bool = False


@dataclass
class Work:
    name: str
    arguments: list[str]
    messages: int


SERVERS = [
    Server("wskit", "testee/wskit_testee", ["server", "--port", "0"]),
    Server("wskit-fast", "testee/wskit_testee", ["server", "--port", "0", "--fast"]),
    Server("wskit-epoll", "testee/wskit_testee", ["server", "--port", "0", "--dispatcher", "epoll"]),
    Server("qtwebsockets", "bench/bench_qtwebsockets"),
    Server("beast", "bench/bench_beast"),
    Server("qtcpsocket", "bench/bench_qtcpsocket", is_raw=True),
    Server("epoll", "bench/bench_epoll", is_raw=True),
]


def work(name, clients, size, in_flight, messages):
    arguments = ["--clients", clients, "--size", size, "--inflight", in_flight]
    return Work(name, [str(argument) for argument in arguments], messages)


def works(idle):
    shapes = [
        work("ping-pong 64 B", 50, 64, 1, 160_000),
        work("pipelined 64 B", 10, 64, 64, 600_000),
        work("16 KiB", 10, 16 * 1024, 4, 50_000),
        work("1 MiB", 4, 1024 * 1024, 2, 800),
    ]
    if idle:
        beside = work(f"idle {idle}", 50, 64, 1, 20_000)
        beside.arguments += ["--idle", str(idle)]
        shapes.append(beside)
    return [
        Work(f"{shape.name} {kind}", shape.arguments + [f"--{kind}"], shape.messages)
        for shape in shapes
        for kind in ("text", "binary")
    ]


def start_pinned(command, core):
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "QT_LOGGING_RULES": "*.debug=false"},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )


def port_of(process):
    line = process.stdout.readline()
    found = re.search(r"listening on .*:(\d+)", line)
    if not found:
        raise RuntimeError(f"{process.args[0]} said {line!r} instead of where it listens")
    return found.group(1)


def stop(process):
    process.kill()
    process.wait()
    process.stdout.close()


def measure(programs, server, one_work, messages):
    """The server's CPU time for a message in µs."""
    process = start_pinned([str(programs / server.program), *server.arguments], SERVER_CORE)
    try:
        command = [str(programs / "bench/bench_load"), "--port", port_of(process), "--pid", str(process.pid)]
        command += [*one_work.arguments, "--messages", str(messages), "--warm-up", str(max(messages // 10, 100))]
        if server.is_raw:
            command.append("--raw")
        load = start_pinned(command, LOAD_CORE)
        output, _ = load.communicate()
        if load.returncode != 0:
            raise RuntimeError(f"the load failed on {server.name}: {' '.join(command)}")
    finally:
        stop(process)
    result = json.loads(output)
    return result["serverCpuNs"] / result["messages"] / 1000


def measure_all(programs, servers, one_work, messages, rounds):
    samples = {server.name: [] for server in servers}
    for turn in range(rounds):
        # In turns and in both directions, so that whatever else the machine does meets all of them alike.
        for server in servers if turn % 2 == 0 else reversed(servers):
            samples[server.name].append(measure(programs, server, one_work, messages))
    return samples


def cell(samples, reference):
    median = statistics.median(samples)
    text = f"{median:.3g}" if median < 100 else f"{median:.0f}"
    return f"{text} ({median / statistics.median(reference):.2f})" if reference else text


def print_table(results, servers, reference):
    rows = [["µs a message" + (f" (ratio to {reference})" if reference else ""), *[s.name for s in servers]]]
    for name, samples in results.items():
        rows.append([name, *[cell(samples[s.name], samples.get(reference)) for s in servers]])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rows.insert(1, ["-" * width for width in widths])
    for row in rows:
        print("| " + " | ".join(text.ljust(width) for text, width in zip(row, widths)) + " |")


def chosen(items, names):
    """Those whose name begins with one of the names; all where none does."""
    found = [item for item in items if any(item.name.startswith(name) for name in names)]
    return found or items


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", type=pathlib.Path, help="the directory `tests` of the build directory")
    parser.add_argument("--quick", action="store_true", help="fewer messages and three rounds: a first impression")
    parser.add_argument("--rounds", type=int, help="how often each server is measured (7; quick: 3)")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME",
                        help="servers and works, by how their names begin: --only wskit qtw '1 MiB'")
    parser.add_argument("--idle", type=int, default=0, metavar="N", help="adds ping-pong beside N silent clients")
    parser.add_argument("--reference", default="qtwebsockets", metavar="NAME",
                        help="the server that the ratios are to (qtwebsockets)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="writes every sample to FILE")
    return parser.parse_args()


def unknown_names(arguments, all_works):
    known = [item.name for item in [*SERVERS, *all_works]]
    return [name for name in [*arguments.only, arguments.reference] if not any(k.startswith(name) for k in known)]


def main():
    arguments = parse_arguments()
    all_works = works(arguments.idle)
    if unknown := unknown_names(arguments, all_works):
        sys.exit(f"no server and no work has a name that begins with {', '.join(unknown)}")
    servers = chosen(SERVERS, arguments.only)
    for server in [s for s in servers if not (arguments.programs / s.program).exists()]:
        print(f"{server.name} is left out: {server.program} is not built", file=sys.stderr)
        servers = [s for s in servers if s is not server]
    reference = arguments.reference if arguments.reference in [s.name for s in servers] else None
    rounds = arguments.rounds or (3 if arguments.quick else 7)
    hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))

    results = {}
    for one_work in chosen(all_works, arguments.only):
        messages = one_work.messages // 4 if arguments.quick else one_work.messages
        results[one_work.name] = measure_all(arguments.programs, servers, one_work, messages, rounds)
        print(f"{one_work.name}: done", file=sys.stderr)
    print_table(results, servers, reference)
    if arguments.json:
        arguments.json.write_text(json.dumps({"unit": "µs", "works": results}, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

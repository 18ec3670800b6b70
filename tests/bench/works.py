# SPDX-License-Identifier: MIT
"""What is measured: works, and the figures that come of each."""

from dataclasses import dataclass
from typing import Callable

from peers import CLIENT, CROWD, DEFLATE, ECHO, FAN, TLS


@dataclass(frozen=True)
class Table:
    heading: str
    reference: str = ""  # whom the ratios are to; empty: whom the command line names


MESSAGES = Table("µs a message")
DELIVERIES = Table("µs a delivery")
CLIENT_MESSAGES = Table("µs a message of a client")
OPENINGS = Table("µs an opening handshake")
OPENINGS_A_SECOND = Table("opening handshakes a second")
MEMORY = Table("KB an idle connection")
TLS_MESSAGES = Table("µs a message over TLS", "qsslsocket")
DEFLATE_MESSAGES = Table("µs a compressed message", "zlib")
DEFLATE_SIZES = Table("bytes of a compressed message", "zlib")


@dataclass(frozen=True)
class Figure:
    """A row of a table, and how it is read from what bench_load has printed."""

    name: str
    table: Table
    of: Callable[[dict], float]


@dataclass(frozen=True)
class Work:
    name: str
    kind: str
    load: tuple[str, ...]
    messages: int
    figures: tuple[Figure, ...]
    descriptors: int = 0  # how many connections there are at a time, where they are many


def cpu(key):
    """CPU time in µs for each of what was counted."""
    return lambda result: result[key]["cpuNs"] / result[key]["count"] / 1000


def rate(key):
    return lambda result: result[key]["count"] / result[key]["seconds"]


def arguments(**options):
    return tuple(str(part) for name, value in options.items() for part in (f"--{name}", value))


def echo(name, clients, size, in_flight, messages, kind=ECHO, table=MESSAGES, options=()):
    load = (*arguments(clients=clients, size=size, inflight=in_flight), *options)
    return Work(name, kind, load, messages, (Figure(name, table, cpu("messages")),))


def echoes():
    shapes = [
        ("ping-pong 64 B", 50, 64, 1, 160_000),
        ("pipelined 64 B", 10, 64, 64, 600_000),
        ("16 KiB", 10, 16 * 1024, 4, 50_000),
        ("1 MiB", 4, 1024 * 1024, 2, 800),
    ]
    return [
        echo(f"{name} {kind}", *shape, options=(f"--{kind}",)) for name, *shape in shapes for kind in ("text", "binary")
    ]


def fan(clients):
    name = f"broadcast 256 B to {clients - 1:,}"
    load = (*arguments(work="fan", clients=clients, size=256, inflight=4), "--text")
    return Work(name, FAN, load, 400, (Figure(name, DELIVERIES, cpu("deliveries")),))


def crowd(idle, opened, with_first):
    load = (*arguments(work="crowd", clients=min(50, opened), size=64, idle=idle, opened=opened), "--text")
    first = (
        Figure(f"opening the first {opened:,}", OPENINGS, cpu("firstOpenings")),
        Figure(f"opening the first {opened:,}", OPENINGS_A_SECOND, rate("firstOpenings")),
        Figure(f"memory from {2 * opened:,} to {idle:,} clients", MEMORY, lambda result: result["bytesOfConnection"] / 1000),
    )
    beside = (
        Figure(f"opening {opened:,} beside {idle:,}", OPENINGS, cpu("openingsBeside")),
        Figure(f"opening {opened:,} beside {idle:,}", OPENINGS_A_SECOND, rate("openingsBeside")),
        Figure(f"ping-pong beside {idle:,} idle", MESSAGES, cpu("messages")),
    )
    figures = (*first, *beside) if with_first else beside
    return Work(f"crowd of {idle:,}", CROWD, load, 20_000, figures, descriptors=idle + opened)


def deflate():
    name = "deflate 4 KiB of JSON"
    load = (*arguments(clients=10, size=4096, inflight=4), "--text", "--deflate")
    size = lambda result: result["messages"]["receivedBytes"] / result["messages"]["count"]
    figures = (Figure(name, DEFLATE_MESSAGES, cpu("messages")), Figure(name, DEFLATE_SIZES, size))
    return Work(name, DEFLATE, load, 20_000, figures)


def all_works(idle, opened=1000):
    crowds = [crowd(count, opened, with_first=index == 0) for index, count in enumerate(sorted(idle))]
    return [
        *echoes(),
        *crowds,
        fan(opened),
        echo("TLS 16 KiB", 10, 16 * 1024, 4, 20_000, TLS, TLS_MESSAGES, ("--binary", "--tls")),
        deflate(),
        echo("client 64 B", 1, 64, 64, 400_000, CLIENT, CLIENT_MESSAGES, ("--text",)),
    ]

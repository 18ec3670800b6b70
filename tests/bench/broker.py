#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures topics that several servers share over Redis, beside socket.io with its adapter for Redis."""

import argparse
import contextlib
import dataclasses
import datetime
import json
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from brokerparts import PATIENCE, Cluster, Testee, medians, print_table, tell
from measuring import Failure
from peers import Programs
from report import processor

SPARE_DESCRIPTORS = 100


@dataclass(frozen=True)
class Work:
    """How many get each message, and how many messages are on their way at a time."""

    fan_out: int
    window: int


@dataclass(frozen=True)
class Recovery:
    """Redis is killed, and is away for so long."""

    down: float
    rounds: int
    seconds: float  # of messages, beginning shortly before


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    rounds: int = 5
    seconds: float = 2  # of each sample
    warm_up: float = 0.5
    long_seconds: float = 20  # of samples whose rare values count
    subscribers: int = 1000
    topics: int = 100_000
    connections: int = 56_000  # more than half of the ports for each server make connect() slow
    works: tuple = (Work(1000, 4), Work(10, 64), Work(2, 256))
    crowds: tuple = ((2, 1 / 8), (4, 1 / 4), (4, 1))  # servers, and which part of the connections
    recoveries: tuple = (Recovery(0, 8, 4), Recovery(5, 4, 12))


SMOKE = Extent(1, 0.1, 0.05, 0.2, 20, 200, 40, (Work(20, 4),), ((2, 1),), (Recovery(0, 1, 2),))


class Bench:
    def __init__(self, arguments, programs):
        self.arguments, self.programs = arguments, programs
        self.extent = arguments.extent
        self.wskit = Testee("wskit", "wskit", ("--history", arguments.history) if arguments.history else ())
        self.testees = []
        for testee in (self.wskit, Testee("socket.io", "socket.io")):
            if missing := testee.missing(programs):
                tell(f"{testee.name} is left out: {missing}")
            else:
                self.testees.append(testee)

    def cluster(self, testee, servers, with_redis=True):
        return Cluster(self.programs, testee, servers, with_redis)

    def options(self, fan_out, **options):
        subscribers = self.extent.subscribers
        topics = max(subscribers // fan_out, 1)
        return {"subscribers": subscribers, "topics": topics, "size": self.arguments.size, **options}

    # --- as fast as it goes

    def throughput(self):
        kinds = [(testee, servers) for testee in self.testees for servers in (1, 2)]
        rows = []
        for work in self.extent.works:
            samples = {kind: [] for kind in kinds}
            for turn in range(self.extent.rounds):
                # In both directions, so that whatever else the machine does meets all of them alike.
                for kind in kinds if turn % 2 == 0 else reversed(kinds):
                    samples[kind].append(self.throughput_of(work, *kind))
            rows += [medians(found) for found in samples.values()]
            tell(f"throughput with a fan-out of {work.fan_out}: done")
        for row in rows:
            if row["testee"] != "wskit":
                own = next(other for other in rows if other["testee"] == "wskit" and other["kind"] == row["kind"]
                           and other["fanOut"] == row["fanOut"])
                row["ratio"] = own["deliveriesPerCpuSecond"] / row["deliveriesPerCpuSecond"]
        print_table("As fast as it goes (servers and Redis share one core, the clients have the other)", rows, (
            ("fan-out", "fanOut"), ("servers", "kind"), ("", "testee"), ("messages/s", "messagesPerSecond"),
            ("deliveries/s", "deliveriesPerSecond"), ("deliveries a second of CPU", "deliveriesPerCpuSecond"),
            ("wskit: times as many", "ratio"),
            ("µs of servers a message", "serverUsPerMessage"), ("a delivery", "serverUsPerDelivery"),
            ("µs of Redis a message", "redisUsPerMessage"), ("a delivery", "redisUsPerDelivery"),
            ("CPU of servers, %", "serverPercent"), ("of Redis", "redisPercent")))
        return rows

    def throughput_of(self, work, testee, servers):
        with self.cluster(testee, servers, servers > 1) as cluster:
            cluster.connect(**self.options(work.fan_out))
            cluster.run("publish", self.extent.warm_up, work.window)
            row = costs(cluster.run("publish", self.extent.seconds, work.window))
        kind = f"{servers} with Redis" if servers > 1 else "1 without"
        return {"fanOut": work.fan_out, "kind": kind, "testee": testee.name, **row}

    # --- at fixed rates

    def latency(self):
        rows = []
        for rate in (1000, 5000):
            for testee in self.testees:
                samples = []
                for _ in range(min(self.extent.rounds, 3)):
                    with self.cluster(testee, 2) as cluster:
                        cluster.connect(**self.options(10, subscribers=min(100, self.extent.subscribers), topics=10))
                        cluster.run("feed", self.extent.warm_up, rate)
                        samples.append(latencies(costs(cluster.run("feed", self.extent.long_seconds, rate))))
                rows.append({"rate": rate, "testee": testee.name, **medians(samples)})
        print_table("From when a message is due to its arrival, in µs (2 servers, a fan-out of 10)", rows, (
            ("messages/s", "rate"), ("", "testee"), ("other server: 50 %", "elsewhere50"), ("99 %", "elsewhere99"),
            ("99.9 %", "elsewhere99.9"), ("most", "elsewhereMax"), ("same server: 50 %", "here50"), ("99 %", "here99"),
            ("99.9 %", "here99.9"), ("incomplete", "incomplete")))
        return rows

    def redis(self):
        """What Redis has to do, by servers, topics, subscribers and rate."""
        rows = []
        count = self.extent.subscribers
        shapes = [(servers, 100, count, rate) for rate in (1000, 10_000) for servers in (1, 2, 4)]
        shapes += [(2, 1, count, 1000), (2, 10, count, 1000), (2, 100, 4 * count, 1000)]
        for servers, topics, subscribers, rate in shapes:
            topics = min(topics, count // 4)
            # Fewer deliveries do for Redis, and leave it time: only one subscriber of a topic for each server.
            few = topics * servers if rate > 1000 else subscribers
            with self.cluster(self.wskit, servers) as cluster:
                cluster.connect(**self.options(1, subscribers=few, topics=topics, publishers=servers))
                cluster.run("feed", self.extent.warm_up, rate)
                row = costs(cluster.run("feed", 2 * self.extent.seconds, rate))
            rows.append({"servers": servers, "topics": topics, "subscribers": few, "rate": rate, **row})
        print_table("What Redis does at a fixed rate", rows, (
            ("servers", "servers"), ("topics", "topics"), ("subscribers", "subscribers"), ("messages/s", "rate"),
            ("arrived/s", "messagesPerSecond"), ("µs of Redis a message", "redisUsPerMessage"),
            ("CPU of Redis, %", "redisPercent"), ("bytes in a message", "redisInPerMessage"),
            ("bytes out a message", "redisOutPerMessage"), ("µs of servers a message", "serverUsPerMessage"),
            ("incomplete", "incomplete")))
        return rows

    def limit(self):
        """How much one Redis can do: other servers and one subscriber each, so that Redis is the first to be busy."""
        rows = []
        for servers in (1, 2, 4):
            with self.cluster(self.wskit, servers) as cluster:
                cluster.connect(**self.options(1, subscribers=servers, topics=1, publishers=servers))
                cluster.run("publish", self.extent.warm_up, 512)
                rows.append({"servers": servers, **costs(cluster.run("publish", self.extent.seconds, 512))})
        print_table("As fast as it goes, with one subscriber on each server", rows, (
            ("servers", "servers"), ("messages/s", "messagesPerSecond"),
            ("µs of Redis a message", "redisUsPerMessage"), ("µs of servers a message", "serverUsPerMessage"),
            ("bytes in a message", "redisInPerMessage"), ("bytes out a message", "redisOutPerMessage")))
        return rows

    # --- interruptions

    def recovery(self):
        rows = [self.recovery_of(testee, kind) for kind in self.extent.recoveries for testee in self.testees]
        print_table("Until everything flows again after Redis was killed, in ms (2 servers)", rows, (
            ("Redis was away, s", "down"), ("", "testee"), ("rounds", "rounds"), ("not in time", "failed"),
            ("from the kill: median", "fromKill"), ("worst", "fromKillWorst"),
            ("from when Redis answers: median", "fromStart"), ("worst", "fromStartWorst")))
        return rows

    def recovery_of(self, testee, kind):
        from_kill, from_start, failed = [], [], 0
        for _ in range(kind.rounds):
            with self.cluster(testee, 2) as cluster:
                clients = cluster.connect(subscribers=20, topics=10, publishers=2, size=self.arguments.size)
                clients.ask("feed", kind.seconds, 200)
                time.sleep(0.2)
                killed = time.monotonic()
                cluster.redis.kill()
                time.sleep(kind.down)
                started = cluster.redis.start()
                flows = json.loads(clients.answer())["flowsAtUs"] / 1e6
            if flows == 0:  # messages were still late or lost at the end
                failed += 1
                continue
            from_kill.append(1000 * (flows - killed))
            from_start.append(1000 * (flows - started))
        if not from_kill:
            raise Failure(f"{testee.name}: nothing has flowed again")
        return {"testee": testee.name, "down": kind.down, "rounds": kind.rounds, "failed": failed,
                "fromKill": statistics.median(from_kill), "fromKillWorst": max(from_kill),
                "fromStart": statistics.median(from_start), "fromStartWorst": max(from_start)}

    # --- many topics, many connections

    def topics(self):
        rows = [self.topics_of(each) for each in (1, 2)]
        print_table("Many topics of one server", rows, (
            ("topics", "topics"), ("subscribers of each", "each"), ("bytes of the server a topic", "serverBytes"),
            ("bytes of Redis a topic", "redisBytes"), ("s until all are subscribed", "seconds"),
            ("s of CPU: server", "serverCpu"), ("Redis", "redisCpu")))
        return rows

    def topics_of(self, each):
        topics, of_each = self.extent.topics, 100
        with self.cluster(self.wskit, 1) as cluster:
            clients = cluster.connect(subscribe=False, subscribers=each * topics // of_each, topics=topics,
                                      topics_of_each=of_each)
            cluster.settle()
            server, redis = cluster.resident_kib()[0], int(cluster.redis.info()["used_memory"])

            def work():
                begin = time.monotonic()
                cluster.subscribe(clients)
                wait_for(lambda: int(cluster.redis.info()["pubsub_channels"]) == topics)
                return {"seconds": time.monotonic() - begin}

            row = cluster.cost_of(work)
            cluster.settle()
            return {"topics": topics, "each": each, "seconds": row["seconds"],
                    "serverCpu": sum(row["serverCpu"]), "redisCpu": row["redisCpu"],
                    "serverBytes": 1024 * (cluster.resident_kib()[0] - server) / topics,
                    "redisBytes": (int(cluster.redis.info()["used_memory"]) - redis) / topics}

    def large(self):
        """As many connections as a machine has descriptors for: rooms of ten, each with a message in ten seconds."""
        rows = [self.large_of(servers, int(part * self.extent.connections)) for servers, part in self.extent.crowds]
        print_table("Rooms of 10 subscribers, each with a message in 10 s", rows, (
            ("servers", "servers"), ("connections", "connections"), ("s until connected", "connectSeconds"),
            ("KiB of a server a connection", "connectionKiB"), ("and its subscription", "subscriptionKiB"),
            ("MiB of a server", "serverMiB"), ("MiB of Redis", "redisMiB"),
            ("idle: CPU of all servers, %", "idlePercent"),
            ("messages/s", "messagesPerSecond"), ("deliveries/s", "deliveriesPerSecond"),
            ("CPU of all servers, %", "serverPercent"), ("of Redis, %", "redisPercent"),
            ("99 % arrive within, µs", "elsewhere99"), ("incomplete", "incomplete")))
        return rows

    def large_of(self, servers, connections):
        loads = servers
        each = connections // loads
        rooms = max(each // 10, 1)
        rate = max(rooms / 10, 10 / self.extent.long_seconds)  # of each process of clients
        row = {"servers": servers, "connections": connections}
        with self.cluster(self.wskit, servers) as cluster:
            cluster.settle()
            empty = statistics.mean(cluster.resident_kib())
            begin = time.monotonic()
            for load in range(loads):
                cluster.connect(subscribe=False, subscribers=each, topics=rooms, first_topic=load * rooms,
                                size=self.arguments.size)
            row["connectSeconds"] = time.monotonic() - begin
            connected = statistics.mean(cluster.resident_kib())
            for clients in cluster.clients:
                cluster.subscribe(clients)
            wait_for(lambda: int(cluster.redis.info()["pubsub_channels"]) == loads * rooms)
            subscribed = statistics.mean(cluster.resident_kib())
            idle = cluster.cost_of(lambda: time.sleep(self.extent.long_seconds) or {})
            cluster.run("feed", self.extent.warm_up, rate)
            row |= latencies(costs(cluster.run("feed", self.extent.long_seconds, rate)))
            of_server = connections / servers
            row |= {"emptyMiB": empty / 1024, "connectionKiB": (connected - empty) / of_server,
                    "subscriptionKiB": (subscribed - connected) / of_server,
                    "serverMiB": max(cluster.resident_kib()) / 1024,
                    "redisMiB": int(cluster.redis.info()["used_memory_rss"]) / 1024**2,
                    "idlePercent": 100 * sum(idle["serverCpu"]) / self.extent.long_seconds}
        tell(f"{connections:,} connections: done")
        return row


def wait_for(is_done):
    end = time.monotonic() + PATIENCE
    while not is_done():
        if time.monotonic() > end:
            raise Failure("it takes too long")
        time.sleep(0.005)


def costs(result):
    """The figures of a run, for each message that was published and for each that was delivered."""
    published, delivered, seconds = result["published"], result["delivered"], result["seconds"]
    server = sum(result["serverCpu"])
    row = {**result, "messagesPerSecond": published / seconds, "deliveriesPerSecond": delivered / seconds,
           "serverUsPerMessage": 1e6 * server / published, "serverUsPerDelivery": 1e6 * server / delivered,
           "serverPercent": 100 * server / seconds, "clientPercent": 100 * result["clientCpu"] / seconds}
    redis = result.get("redisCpu", 0)
    row["deliveriesPerCpuSecond"] = delivered / max(server + redis, 0.01)
    if "redisCpu" in result:
        row |= {"redisUsPerMessage": 1e6 * redis / published, "redisUsPerDelivery": 1e6 * redis / delivered,
                "redisPercent": 100 * redis / seconds, "redisInPerMessage": result["redisIn"] / published,
                "redisOutPerMessage": result["redisOut"] / published}
    return row


def latencies(row):
    for where in ("here", "elsewhere"):
        ages = row.pop(where)
        row |= {where + name[1:]: ages[name] for name in ("p50", "p99", "p99.9")}
        row[where + "Max"] = ages["max"]
    return row


PARTS = ("throughput", "latency", "recovery", "topics", "redis", "limit", "large")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", type=pathlib.Path, help="the directory `tests` of the build directory")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, help="how often each is measured (5)")
    parser.add_argument("--size", type=int, default=256, metavar="BYTES", help="of a message (256)")
    parser.add_argument("--connections", type=int, metavar="N", help="of the largest run (56000)")
    parser.add_argument("--history", metavar="COUNT", help="messages of each topic that the servers keep in Redis")
    parser.add_argument("--smoke", action="store_const", dest="extent", const=SMOKE, default=Extent(),
                        help="next to nothing: whether it runs at all")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="writes all figures to FILE")
    arguments = parser.parse_args()
    changes = {name: getattr(arguments, name) for name in ("rounds", "connections") if getattr(arguments, name)}
    arguments.extent = dataclasses.replace(arguments.extent, **changes)
    return arguments


def first_line(*command):
    with contextlib.suppress(OSError):
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip().splitlines()[0]
    return ""


def environment(programs):
    versions = {"kernel": platform.release(), "redis-server": first_line("redis-cli", "--version"),
                "node": first_line("node", "--version")}
    for package in ("socket.io", "@socket.io/redis-adapter", "redis"):
        with contextlib.suppress(OSError):
            text = (programs.node_modules / package / "package.json").read_text(encoding="utf-8")
            versions[f"npm {package}"] = json.loads(text)["version"]
    return {"date": datetime.date.today().isoformat(), "processor": processor(), **versions}


def main():
    arguments = parse_arguments()
    programs = Programs(arguments.programs.resolve(), pathlib.Path(__file__).resolve().parent)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    bench = Bench(arguments, programs)
    if "large" in arguments.only and arguments.extent.connections // 4 + SPARE_DESCRIPTORS > hard:
        sys.exit(f"{arguments.extent.connections} connections need more descriptors than {hard} for each process")
    result = {"environment": environment(programs), "size": arguments.size}
    print(", ".join(f"{name}: {value}" for name, value in result["environment"].items()))
    for part in arguments.only:
        result[part] = getattr(bench, part)()
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

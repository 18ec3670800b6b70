# SPDX-License-Identifier: MIT
"""Servers that share their topics over Redis, with their clients: how they are started, and what they cost."""

import json
import shutil
import socket
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass

import measuring
from measuring import LOAD_CORE, MEASURED_CORE, Failure

PATIENCE = 120  # seconds


@dataclass(frozen=True)
class Testee:
    name: str
    dialect: str
    arguments: tuple[str, ...] = ()

    def command(self, programs):
        if self.dialect == "socket.io":
            return [shutil.which("node") or "node", str(programs.scripts / "bench_socketio.js")]
        return [str(programs.built / "bench/bench_broker"), *self.arguments]

    def missing(self, programs):
        """What it lacks to be started, or nothing."""
        if self.dialect != "socket.io":
            return "" if (programs.built / "bench/bench_broker").exists() else "bench_broker is not built"
        if not shutil.which("node"):
            return "Node.js is not there"
        return "" if (programs.node_modules / "socket.io").exists() else "npm has not installed it"


class Redis:
    """A redis-server of its own, which keeps nothing on disk."""

    def __init__(self, programs):
        self.programs = programs
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process = self.connection = None
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def start(self):
        """Returns when it answers, and from when on it did."""
        program = shutil.which("redis-server") or shutil.which("redis-check-rdb")  # which is the same program
        if not program:
            raise Failure("redis-server is not there (Debian: redis-tools)")
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = measuring.start(command, MEASURED_CORE, self.programs, executable=program,
                                       stdout=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
                break
            except ConnectionRefusedError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise Failure("redis-server does not start") from None
                time.sleep(0.001)
        since = time.monotonic()
        self.reader = self.connection.makefile("rb")
        self.info()
        return since

    def kill(self):
        self.reader.close()
        self.connection.close()
        self.process.kill()
        self.process.wait()

    def info(self):
        self.connection.sendall(b"INFO\r\n")
        size = int(self.reader.readline()[1:])
        lines = self.reader.read(size + 2).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def counts(self):
        info = self.info()
        return {"in": int(info["total_net_input_bytes"]), "out": int(info["total_net_output_bytes"])}


class Clients:
    """A process of subscribers and publishers."""

    def __init__(self, programs, testee, ports, **options):
        arguments = [str(part) for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
        self.process = measuring.start(
            [str(programs.built / "bench/bench_brokerload"), "--ports", ",".join(ports), "--dialect", testee.dialect,
             *arguments], LOAD_CORE, programs, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failure("the clients have failed")
        return line.strip()

    def ask(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Cluster:
    """Servers, and Redis unless they are alone. Everything ends with it."""

    def __init__(self, programs, testee, servers, with_redis=True):
        self.programs, self.testee = programs, testee
        self._stack = ExitStack()
        self.clients = []
        try:
            self.redis = Redis(programs) if with_redis else None
            if self.redis:
                self._stack.callback(self.redis.kill)
            self.servers = [self._start_server() for _ in range(servers)]
            self.ports = [measuring.port_of(server) for server in self.servers]
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _start_server(self):
        command = [*self.testee.command(self.programs), *(["--redis", self.redis.url] if self.redis else [])]
        return self._stack.enter_context(measuring.measured(command, self.programs, stdout=subprocess.PIPE))

    def connect(self, subscribe=True, **options):
        clients = Clients(self.programs, self.testee, self.ports, **options)
        self._stack.callback(clients.end)
        self.clients.append(clients)
        if clients.answer() != "connected":
            raise Failure("the clients are not connected")
        if subscribe:
            self.subscribe(clients)
        return clients

    def subscribe(self, clients):
        clients.ask("subscribe")
        if clients.answer() != "subscribed":
            raise Failure("the clients are not subscribed")

    def pids(self):
        return [server.pid for server in self.servers]

    def settle(self):
        measuring.settle(self.pids(), PATIENCE)

    def resident_kib(self):
        return [measuring.resident_kib(pid) for pid in self.pids()]

    def cost_of(self, work):
        """Does it, and returns its result with the CPU time in seconds, and the bytes of Redis."""
        pids = [*self.pids(), *(clients.process.pid for clients in self.clients)]
        pids += [self.redis.pid] if self.redis else []
        counts = self.redis.counts() if self.redis else {}
        before = [measuring.cpu_seconds(pid) for pid in pids]
        result = work()
        used = [measuring.cpu_seconds(pid) - then for pid, then in zip(pids, before)]
        result["serverCpu"] = used[:len(self.servers)]
        result["clientCpu"] = sum(used[len(self.servers):][:len(self.clients)])
        if self.redis:
            now = self.redis.counts()
            result["redisCpu"] = used[-1]
            result["redisIn"], result["redisOut"] = (now[name] - counts[name] for name in ("in", "out"))
        return result

    def run(self, *words):
        """What all clients are asked to do at the same time: the sum of the results, with what it costs."""
        def work():
            for clients in self.clients:
                clients.ask(*words)
            results = [json.loads(clients.answer()) for clients in self.clients]
            sums = {name: sum(result[name] for result in results) for name in ("published", "delivered")}
            return {**results[0], **sums, "seconds": max(result["seconds"] for result in results)}
        return self.cost_of(work)


def tell(text):
    print(text, file=sys.stderr, flush=True)


def medians(samples):
    """The median of each figure of several samples of the same."""
    return {name: statistics.median(sample[name] for sample in samples) if isinstance(value, (int, float)) else value
            for name, value in samples[0].items()}


def print_table(title, rows, columns):
    """Columns: (heading, name of the figure)."""
    lines = [[heading for heading, _ in columns]]
    lines += [[cell(row.get(name)) for _, name in columns] for row in rows]
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
    lines.insert(1, ["-" * width for width in widths])
    print(f"\n{title}\n")
    for line in lines:
        print("| " + " | ".join(text.ljust(width) for text, width in zip(line, widths)) + " |")
    sys.stdout.flush()


def cell(value):
    if value is None:
        return ""
    if not isinstance(value, (int, float)):
        return str(value)
    return f"{value:,.0f}" if value == 0 or abs(value) >= 100 else f"{value:.3g}"

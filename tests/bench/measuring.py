# SPDX-License-Identifier: MIT
"""Starts what is measured and the load, each on a core of its own."""

import json
import os
import re
import socket
import subprocess
import time
from contextlib import contextmanager

from peers import CLIENT, DEFLATE, FAN, TLS

MEASURED_CORE = 0
LOAD_CORE = 1


class Failure(Exception):
    pass


def server_options(work, programs):
    if work.kind == FAN:
        return ["--mode", "fan"]
    if work.kind == TLS:
        return ["--tls", *programs.certificate()]
    return ["--deflate"] if work.kind == DEFLATE else []


def start(command, core, programs, **options):
    return subprocess.Popen(
        command,
        text=True,
        env={**os.environ, "QT_LOGGING_RULES": "*.debug=false", "NODE_PATH": str(programs.node_modules)},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        **options,
    )


@contextmanager
def measured(command, programs, **options):
    process = start(command, MEASURED_CORE, programs, **options)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def port_of(process):
    line = process.stdout.readline()
    found = re.search(r"listening on .*:(\d+)", line)
    if not found:
        raise Failure(f"said {line!r} instead of where it listens")
    return found.group(1)


def cpu_ticks(pid):
    """User and kernel time of all threads of a process; proc(5)."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        return sum(int(field) for field in stat.read().rsplit(")", 1)[1].split()[11:13])


def cpu_seconds(pid):
    return cpu_ticks(pid) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def settle(pids, patience):
    """Until they have done nothing for half a second."""
    end, before = time.monotonic() + patience, None
    while (now := [cpu_ticks(pid) for pid in pids]) != before:
        if time.monotonic() > end:
            raise Failure("the servers do not come to rest")
        before = now
        time.sleep(0.5)


def run_load(programs, arguments, **options):
    load = start([str(programs.load), *arguments], LOAD_CORE, programs,
                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    output, errors = load.communicate()
    if load.returncode != 0:
        raise Failure(errors.strip() or f"the load has ended with {load.returncode}")
    return json.loads(output)


def load_arguments(peer, work, messages, process):
    arguments = [*work.load, "--pid", str(process.pid), "--messages", str(messages)]
    arguments += ["--warm-up", str(max(messages // 10, 1))]
    return [*arguments, "--raw"] if peer.is_raw else arguments


def measure_server(programs, peer, work, messages):
    command = [*programs.command(peer), "server", "--port", "0", *peer.arguments, *server_options(work, programs)]
    with measured(command, programs, stdout=subprocess.PIPE) as server:
        arguments = load_arguments(peer, work, messages, server)
        return run_load(programs, [*arguments, "--port", port_of(server)])


def measure_client(programs, peer, work, messages):
    """The load is the server: the client finds it listening before it runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
        # The load ends without a Close: what a client says of that is no news.
        command = [*programs.command(peer), "client", url]
        with measured(command, programs, stderr=subprocess.DEVNULL) as client:
            arguments = load_arguments(peer, work, messages, client)
            descriptor = listener.fileno()
            return run_load(programs, [*arguments, "--accept-from", str(descriptor)], pass_fds=[descriptor])


def measure_zlib(programs, peer, work, messages):
    size = work.load[work.load.index("--size") + 1]
    with measured([*programs.command(peer), str(messages), size], programs, stdout=subprocess.PIPE) as zlib:
        return json.loads(zlib.communicate()[0])


def measure(programs, peer, work, messages):
    """What bench_load prints, of one run with a process that is started for it."""
    if peer.name == "zlib":
        return measure_zlib(programs, peer, work, messages)
    if work.kind == CLIENT:
        return measure_client(programs, peer, work, messages)
    return measure_server(programs, peer, work, messages)


def measure_all(programs, peers, work, messages, rounds, report):
    """The results of each peer; who fails is reported and left out."""
    results = {peer.name: [] for peer in peers}
    for turn in range(rounds):
        # In turns and in both directions, so that whatever else the machine does meets all of them alike.
        for peer in peers if turn % 2 == 0 else reversed(peers):
            if peer.name not in results:
                continue
            try:
                results[peer.name].append(measure(programs, peer, work, messages))
            except Failure as failure:
                report(f"{peer.name} has failed in “{work.name}”: {failure}")
                del results[peer.name]
    return results

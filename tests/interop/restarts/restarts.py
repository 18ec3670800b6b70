#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Restarts a server while clients connect to it all the time, and counts what becomes of their attempts.

restarts.py activation|shared|plain [--echoes N] [--restarts N] [--clients N] SERVER [ARGUMENT...]

activation: this script has the listening socket and passes it to each server, as systemd does.
shared:     the next server listens on the same port before the old one leaves (SO_REUSEPORT).
plain:      the next server starts when the old one has left; attempts are lost meanwhile, or this script is at fault.

An attempt connects, opens a WebSocket, sends one message, waits for its echo and closes. The server may close the
connection before the echo, if it says so by a close code. Everything else is a lost attempt. Each server has to echo
for N attempts before it is restarted or, the last one, stopped. How many are lost meanwhile depends on the machine.
"""

import argparse
import asyncio
import collections
import os
import signal
import socket
import sys

PATIENCE = 60
ANNOUNCED = (1001, 1012)
REQUEST = (b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
TEXT, CLOSE = 0x81, 0x88


def frame(opcode, payload):
    """As a client sends it; a masking key of zeros changes nothing."""
    return bytes([opcode, 0x80 | len(payload)]) + bytes(4) + payload


async def read_frame(reader):
    opcode, size = await reader.readexactly(2)
    return opcode, await reader.readexactly(size)


class Attempt:
    """One attempt; its outcome is a word for the statistics, "ok" or why it failed."""

    def __init__(self, port):
        self.port = port

    async def outcome(self):
        try:
            return await asyncio.wait_for(self.run(), PATIENCE)
        except ConnectionRefusedError:
            return "refused"
        except (ConnectionResetError, BrokenPipeError):
            return "reset"
        except (asyncio.IncompleteReadError, asyncio.TimeoutError):
            return "unanswered"

    async def run(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            return await self.talk(reader, writer)
        finally:
            writer.close()

    async def talk(self, reader, writer):
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        if status != 101:
            return f"HTTP {status}"
        writer.write(frame(TEXT, b"hello"))
        opcode, payload = await read_frame(reader)
        if opcode == CLOSE:
            writer.write(frame(CLOSE, payload[:2]))
            code = int.from_bytes(payload[:2], "big")
            return f"told {code}" if code in ANNOUNCED else f"closed {code}"
        if (opcode, payload) != (TEXT, b"hello"):
            return "another answer"
        writer.write(frame(CLOSE, b"\x03\xe8"))
        while opcode != CLOSE:
            opcode, payload = await read_frame(reader)
        return "ok"


class Server:
    """One process of the server after another."""

    def __init__(self, mode, command):
        self.mode = mode
        self.command = command
        self.process = None
        self.socket = None
        self.port = 0
        if mode == "activation":
            self.socket = socket.create_server(("127.0.0.1", 0), backlog=4096)
        elif mode == "shared":  # keeps the port while it is not listened on
            self.socket = socket.socket()
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            self.socket.bind(("127.0.0.1", 0))
        if self.socket:
            self.port = self.socket.getsockname()[1]

    async def start(self):
        if self.mode == "activation":
            # As systemd does it: descriptor 3, and the process that it is meant for.
            shell = 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" systemd 3<&' + str(self.socket.fileno())
            process = await asyncio.create_subprocess_exec(
                "/bin/sh", "-c", shell, "sh", *self.command,
                stdout=asyncio.subprocess.PIPE, pass_fds=[self.socket.fileno()])
        else:
            arguments = ["shared", str(self.port)] if self.mode == "shared" else [str(self.port)]
            process = await asyncio.create_subprocess_exec(
                *self.command, *arguments, stdout=asyncio.subprocess.PIPE)
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        if not line.startswith(b"listening on port "):
            sys.exit("the server does not listen")
        self.port = int(line.split()[-1])
        return process

    async def stop(self, process):
        process.send_signal(signal.SIGTERM)
        status = await asyncio.wait_for(process.wait(), PATIENCE)
        if status != 0:
            sys.exit(f"the server ended with status {status}")

    async def restart(self):
        old = self.process
        if self.mode == "shared":
            self.process = await self.start()
            await self.stop(old)
        else:
            await self.stop(old)
            self.process = await self.start()

    def kill(self):
        if self.process and self.process.returncode is None:
            self.process.kill()


class Load:
    """Clients that try again and again until it is over."""

    def __init__(self, server):
        self.server = server
        self.is_over = False
        self.outcomes = collections.Counter()

    async def client(self):
        while not self.is_over:
            outcome = await Attempt(self.server.port).outcome()
            self.outcomes[outcome] += 1
            if outcome in ("refused", "reset"):
                await asyncio.sleep(0.01)

    async def wait_for_echoes(self, number):
        wanted = self.outcomes["ok"] + number
        while self.outcomes["ok"] < wanted:
            if self.server.process.returncode is not None:
                sys.exit(f"the server ended with status {self.server.process.returncode}")
            await asyncio.sleep(0.005)


async def run(arguments):
    server = Server(arguments.mode, [arguments.server, *arguments.argument])
    server.process = await server.start()
    load = Load(server)
    try:
        clients = [asyncio.ensure_future(load.client()) for _ in range(arguments.clients)]
        for _ in range(arguments.restarts):
            await load.wait_for_echoes(arguments.echoes)
            await server.restart()
        await load.wait_for_echoes(arguments.echoes)
        load.is_over = True
        await asyncio.gather(*clients)
        await server.stop(server.process)
    finally:
        server.kill()
    return load.outcomes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["activation", "shared", "plain"])
    parser.add_argument("--echoes", type=int, default=250)
    parser.add_argument("--restarts", type=int, default=3)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("server")
    parser.add_argument("argument", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    outcomes = asyncio.run(run(arguments))
    print(f"{arguments.mode}, {arguments.restarts} restarts:",
          ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common()))
    lost = sum(count for outcome, count in outcomes.items() if outcome != "ok" and not outcome.startswith("told "))
    if arguments.mode == "plain":
        sys.exit(None if lost else "no attempt was lost, although nobody listened: the script is at fault")
    sys.exit(f"{lost} attempts were lost" if lost else None)


if __name__ == "__main__":
    main()

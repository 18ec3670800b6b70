#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The hostile clients of a soak: hostile.py SEED

Reads commands by the line, as the other processes of a soak do: {"targets": [...]}, {"do": "work"} and
{"do": "rest"}, which is answered by how many attempts of each kind there were, and how they ended, once all
connections are closed.
"""

import asyncio
import collections
import contextlib
import json
import os
import pathlib
import random
import socket
import ssl
import struct
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
from memory import BINARY, CLOSE, CONTINUATION, PING, REQUEST, TEXT, frame  # noqa: E402
from bombs import COMPRESSING_REQUEST, deflate, in_frames  # noqa: E402

WORKERS = 24
MIB = 1 << 20
RESET = struct.pack("ii", 1, 0)  # SO_LINGER without time
ENDED = (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError)
BOMB = deflate(64 * MIB)
BOMBS = [in_frames(BOMB, len(BOMB)), in_frames(BOMB, 1024)]
HELLO = bytes.fromhex("16030100c8010000c40303")  # how a TLS client begins
attacks = {}


def attack(function):
    attacks[function.__doc__] = function
    return function


class Peer:
    """One connection to a target: its plain port, its port with TLS or its local socket."""

    def __init__(self, target, transport=None):
        self.target = target
        self.transport = transport or random.choice(["plain", "plain", "tls", "local"])
        self.writer = None
        self.reader = None

    async def __aenter__(self):
        if self.transport == "local":
            self.reader, self.writer = await asyncio.open_unix_connection(self.target["local"])
            return self
        context = None
        if self.transport == "tls":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        port = self.target["port" if self.transport == "plain" else "tls"]
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        return self

    async def __aexit__(self, *_):
        if random.random() < 0.5:
            self.reset()
        self.writer.close()
        with contextlib.suppress(*ENDED, TimeoutError, asyncio.TimeoutError):
            await asyncio.wait_for(self.writer.wait_closed(), 1)
        self.abort()

    def abort(self):
        with contextlib.suppress(AttributeError):  # asyncio's TLS once it has ended
            self.writer.transport.abort()

    def reset(self):
        with contextlib.suppress(AttributeError, OSError):
            self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.abort()

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()
        await asyncio.sleep(0)  # drain() returns at once after the server has ended TLS, until the loop has run

    async def upgrade(self, request=REQUEST, path=b"/echo"):
        await self.send(request.replace(b"GET / ", b"GET " + path + b" "))
        head = await self.reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise ConnectionRefusedError(head)

    async def outcome(self):
        """What comes, until the server has ended the connection or closes the WebSocket."""
        first = await self.reader.read(1)
        if not first:
            return "ended without an answer"
        if first == b"H":
            return "HTTP " + (await self.reader.readuntil(b"\r\n"))[8:11].decode()
        while first:
            size = (await self.reader.readexactly(1))[0]
            if size >= 126:
                size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
            if first[0] == 0x80 | CLOSE:
                return f"closed with {int.from_bytes(await self.reader.readexactly(2), 'big')}"
            while size > 0:
                size -= len(await self.reader.read(min(size, 65536)) or b"x" * size)
            first = await self.reader.read(1)
        return "ended"


async def forever():
    await asyncio.Event().wait()


@attack
async def garbage(target):
    """garbage instead of a request"""
    async with Peer(target) as peer:
        await peer.send(random.randbytes(random.randrange(1, 40_000)) + b"\r\n\r\n")
        return await peer.outcome()


@attack
async def half_handshake(target):
    """half a handshake"""
    async with Peer(target) as peer:
        await peer.send(REQUEST[:random.randrange(1, len(REQUEST))])
        return await peer.outcome()


@attack
async def nothing(target):
    """a connection on which nothing is sent"""
    async with Peer(target) as peer:
        return await peer.outcome()


@attack
async def slow_reader(target):
    """echoes that are not read"""
    async with Peer(target) as peer:
        await peer.upgrade()
        while True:
            await peer.send(frame(random.choice([TEXT, BINARY]), b"x" * random.randrange(100_000)))


@attack
async def slow_writer(target):
    """a byte at a time"""
    async with Peer(target) as peer:
        if random.random() < 0.5:
            await peer.upgrade()
        for byte in (REQUEST if random.random() < 0.5 else frame(BINARY, bytes(200))):
            await peer.send(bytes([byte]))
            await asyncio.sleep(0.05)
        return await peer.outcome()


@attack
async def declared_length(target):
    """a length of 2^62"""
    async with Peer(target) as peer:
        await peer.upgrade()
        await peer.send(b"\x82\xff" + struct.pack(">Q", 1 << 62) + bytes(4))
        return await peer.outcome()


@attack
async def unfinished_message(target):
    """a message of 16 MiB of which a part comes"""
    async with Peer(target) as peer:
        await peer.upgrade()
        await peer.send(frame(BINARY, bytes(16 * MIB))[:random.randrange(16 * MIB)])
        return await peer.outcome()


@attack
async def bomb(target):
    """a compression bomb"""
    async with Peer(target) as peer:
        await peer.upgrade(COMPRESSING_REQUEST)
        await peer.send(random.choice(BOMBS))
        return await peer.outcome()


@attack
async def broken_compression(target):
    """compressed data that is none"""
    async with Peer(target) as peer:
        await peer.upgrade(COMPRESSING_REQUEST)
        await peer.send(frame(BINARY, random.randbytes(random.randrange(1, 10_000)), 8 | 4))
        return await peer.outcome()


@attack
async def ping_flood(target):
    """pings whose pongs are not read"""
    async with Peer(target) as peer:
        await peer.upgrade()
        block = frame(PING, bytes(100)) * 500
        while True:
            await peer.send(block)


@attack
async def empty_fragments(target):
    """a message of empty fragments"""
    async with Peer(target) as peer:
        await peer.upgrade()
        await peer.send(frame(TEXT, b"", 0))
        block = frame(CONTINUATION, b"", 0) * 1000
        for _ in range(270):
            await peer.send(block)
        return await peer.outcome()


@attack
async def connects(target):
    """many connections that are reset at once"""
    for _ in range(20):
        peer = Peer(target, random.choice(["plain", "local"]))
        async with peer:
            if random.random() < 0.5:
                await peer.send(REQUEST)
            peer.reset()
    return "reset by the client"


@attack
async def tls_junk(target):
    """garbage on the port with TLS"""
    junk = random.choice([random.randbytes(500), REQUEST, HELLO, HELLO + random.randbytes(300)])
    async with Peer({"port": target["tls"]}, "plain") as peer:
        await peer.send(junk)
        return "TLS answers" if await peer.reader.read(100) else "ended without an answer"


@attack
async def half_close(target):
    """a client that ends its own direction"""
    async with Peer(target, random.choice(["plain", "local"])) as peer:
        await peer.upgrade()
        await peer.send(frame(BINARY, bytes(random.randrange(100_000))) * random.randrange(20))
        peer.writer.write_eof()
        return await peer.outcome()


@attack
async def unfinished_close(target):
    """a Close, and then no end"""
    async with Peer(target) as peer:
        await peer.upgrade()
        await peer.send(frame(CLOSE, struct.pack(">H", 1000)))
        await peer.outcome()
        await forever()


@attack
async def unanswered_close(target):
    """a broken rule, and then no end"""
    async with Peer(target) as peer:
        await peer.upgrade()
        await peer.send(random.choice([
            b"\x81\x00",  # without a mask
            frame(TEXT, b"\xff\xfe"), frame(3, b"reserved"), frame(BINARY, b"", 8 | 2), frame(PING, bytes(126)),
            frame(CLOSE, b"x"), frame(CONTINUATION, b"of nothing"), frame(CLOSE, struct.pack(">H", 1005))]))
        await peer.outcome()
        await forever()


@attack
async def wrong_requests(target):
    """requests that are refused"""
    async with Peer(target) as peer:
        await peer.send(random.choice([
            REQUEST.replace(b"13\r\n", b"12\r\n"), REQUEST.replace(b"GET", b"PUT"), b"GET / HTTP/1.1\r\n\r\n",
            REQUEST.replace(b"\r\n\r\n", b"\r\nX: " + b"x" * 20_000 + b"\r\n\r\n"),
            REQUEST.replace(b"\r\n\r\n", b"\r\nOrigin: http://elsewhere.test\r\n\r\n")]))
        return await peer.outcome()


@attack
async def idle_subscriber(target):
    """a subscriber that comes for the whole history and reads nothing"""
    async with Peer(target) as peer:
        await peer.upgrade(path=b"/topics/" + random.choice([b"one", b"two"]))
        await peer.send(frame(TEXT, bytes(20) + b"after 0"))
        await forever()


class Attackers:
    def __init__(self):
        self.targets = []
        self.tasks = []
        self.attempts = collections.Counter({kind: 0 for kind in attacks})
        self.outcomes = collections.Counter()
        self.line = []

    def next_kind(self):
        """Each in turn, in another order every time."""
        if not self.line:
            self.line = random.sample(list(attacks), len(attacks))
        return self.line.pop()

    async def work(self):
        while True:
            kind = self.next_kind()
            self.attempts[kind] += 1
            try:
                outcome = await asyncio.wait_for(attacks[kind](random.choice(self.targets)), random.uniform(0.2, 20))
            except (asyncio.TimeoutError, TimeoutError):
                outcome = "left by the client"
            except (ConnectionRefusedError, FileNotFoundError):
                outcome = "refused"
                await asyncio.sleep(0.05)
            except (*ENDED, OSError):
                outcome = "reset"
            self.outcomes[outcome] += 1

    def begin(self):
        self.tasks = [asyncio.create_task(self.work()) for _ in range(WORKERS)]

    async def rest(self):
        working = self.tasks
        while working:  # wait_for() may lose a cancellation that comes together with its timeout
            for task in working:
                task.cancel()
            done, working = await asyncio.wait(working, timeout=2)
            for task in done:
                if not task.cancelled():
                    print(json.dumps({"fault": repr(task.exception())}), flush=True)
        self.outcomes["left by the client"] += len(self.tasks)
        print(json.dumps({"resting": {"attempts": self.attempts, "outcomes": self.outcomes}}), flush=True)


async def main():
    random.seed(int(sys.argv[1]))
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)  # of connections that end in the middle of something
    attackers = Attackers()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        attackers.targets = command.get("targets", attackers.targets)
        if command.get("do") == "work":
            attackers.begin()
        elif command.get("do") == "rest":
            await attackers.rest()
    os._exit(0)  # also if some still work, because the soak was ended by force


asyncio.run(main())

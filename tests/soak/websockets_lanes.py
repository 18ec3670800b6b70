#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Good clients of a soak on Python's websockets: websockets_lanes.py CA SEED

Takes the same commands as wskit_soak_client, and gives the same reports of its lanes.
"""

import asyncio
import json
import random
import ssl
import sys
import time
import zlib

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.legacy.client import connect

HEADER_SIZE = 20
SERVER_HANDSHAKE_TIMEOUT = 5  # seconds
SIZES = [0, 1, 19, 20, 125, 126, 65535, 65536]
TRUSTED = ssl.create_default_context(cafile=sys.argv[1])


def say(line):
    print(json.dumps(line), flush=True)


def numbered_message(number):
    """As numberedMessage() in soakmessage.h makes it."""
    size = random.choice(SIZES) if random.random() < 0.1 else random.randrange(4096)
    is_text = random.random() < 0.5
    body_size = size if size < HEADER_SIZE else size - HEADER_SIZE
    body = (b"\xe2\x82\xac!" * (body_size // 4) + b"." * (body_size % 4)) if is_text else random.randbytes(body_size)
    header = b"" if size < HEADER_SIZE else f"{number:010}:{zlib.crc32(body):08x}:".encode()
    return (header + body).decode() if is_text else header + body


class Lane:
    def __init__(self, plan):
        self.plan = plan
        self.generation = None
        self.failures = 0
        self.report = {"name": plan["name"], "server": plan["server"], "service": plan["service"], "connections": 0,
                       "failed attempts": 0, "slow attempts": 0, "confirmed": 0, "bytes": 0, "unconfirmed": 0,
                       "clean messages": 0, "clean connections": 0, "ends": {}}
        self.is_asked = False
        self.task = None

    def fault(self, text):
        say({"fault": f"{self.plan['name']}: {text}"})

    def work(self):
        self.is_asked = False
        self.before = self.report["confirmed"]
        self.task = asyncio.create_task(self.run())

    def is_enough(self):
        return self.is_asked and self.report["confirmed"] > self.before

    async def run(self):
        while not self.is_enough():
            begin = time.monotonic()
            try:
                await self.connect()
            except (InvalidHandshake, EOFError, OSError) as error:
                if time.monotonic() - begin >= SERVER_HANDSHAKE_TIMEOUT:
                    self.report["slow attempts"] += 1
                    continue
                self.report["failed attempts"] += 1
                self.failures += 1
                self.failure = repr(error)
                await asyncio.sleep(0.1)
            except asyncio.TimeoutError:
                self.report["slow attempts"] += 1

    async def connect(self):
        plan = self.plan
        options = {"ssl": TRUSTED} if plan["url"].startswith("wss:") else {}
        client = await connect(plan["url"] + plan["service"] + "?good", open_timeout=60, close_timeout=60,
                               compression="deflate" if plan["compressed"] else None, **options)
        self.note_opened(client.response_headers["Server"])
        self.sent = self.confirmed = 0
        try:
            while not self.is_enough() and random.random() > 0.005:
                await self.exchange(client)
            await client.close()
        except ConnectionClosed:
            pass
        self.note_end(client.close_code)

    async def exchange(self, client):
        messages = [numbered_message(self.sent + i) for i in range(random.randrange(1, 8))]
        for message in messages:
            await client.send(message)
            self.sent += 1
        for message in messages:
            received = await asyncio.wait_for(client.recv(), 600)
            if received != message:
                self.fault(f"message {self.confirmed} came back as another one")
            self.confirmed += 1
            self.report["confirmed"] += 1
            self.report["bytes"] += len(received)

    def note_opened(self, generation):
        if self.failures and generation == self.generation:
            self.fault(f"{self.failures} attempts failed, although the server was not restarted: {self.failure}")
        self.failures = 0
        self.generation = generation
        self.report["connections"] += 1

    def note_end(self, code):
        self.report["unconfirmed"] += self.sent - self.confirmed
        if code == 1000:
            self.report["clean messages"] += self.sent
            self.report["clean connections"] += 1
        else:
            key = f"{self.generation} {code}"
            self.report["ends"][key] = self.report["ends"].get(key, 0) + 1


async def main():
    random.seed(int(sys.argv[2]))
    loop = asyncio.get_running_loop()
    lanes = []
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        lanes += [Lane(plan) for plan in command.get("lanes", [])]
        if command.get("do") == "work":
            for lane in lanes:
                lane.work()
        elif command.get("do") == "rest":
            for lane in lanes:
                lane.is_asked = True
            await asyncio.gather(*(lane.task for lane in lanes))
            say({"resting": [lane.report for lane in lanes]})
            for lane in lanes:
                lane.report["ends"] = {}


asyncio.run(main())

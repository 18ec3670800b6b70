# SPDX-License-Identifier: MIT
"""The client of peer.h on Python's websockets: websockets_client.py CA

Reads {"url", "scenario", "deflate"} a line, and answers each with what went wrong as a string of JSON.
"""

import asyncio
import json
import os
import random
import ssl
import sys
from urllib.parse import parse_qsl

from websockets.exceptions import ConnectionClosed, InvalidStatusCode
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.legacy.client import connect as connect_to

TRUSTED = ssl.create_default_context(cafile=sys.argv[1])
NOISE = random.Random(1).randbytes(120).hex()  # nothing in it repeats


class Failure(Exception):
    pass


def check_equal(actual, expected):
    if actual != expected:
        raise Failure(f"expected {expected!r:.200}, got {actual!r:.200}")


def deflate_of(query):
    values = dict(parse_qsl(query, keep_blank_values=True))
    settings = {name: int(value) if value else True for name, value in values.items()}
    return ClientPerMessageDeflateFactory(**{"client_max_window_bits": None, **settings})


class Job:
    def __init__(self, url, scenario, deflate):
        self.url = url
        self.scenario = scenario
        self.deflate = deflate

    def connect(self, path, deflate=None, **options):
        if self.url.startswith("wss:"):
            options.setdefault("ssl", TRUSTED)
        return connect_to(self.url + path, extensions=[deflate_of(self.deflate if deflate is None else deflate)],
                          compression=None, max_size=1 << 22, **options)


def echo(message):
    async def scenario(job):
        async with job.connect("/echo") as ws:
            await ws.send(message)
            check_equal(await ws.recv(), "".join(message) if isinstance(message, list) else message)
    return scenario


async def repeats(job):
    async with job.connect("/echo") as ws:
        for _ in range(20):
            await ws.send(NOISE)
            check_equal(await ws.recv(), NOISE)


async def fan(job):
    """The messages of one to many, each with parameters of its own."""
    offers = ["", "client_max_window_bits", "server_no_context_takeover", "client_no_context_takeover",
              "server_max_window_bits=9", "server_max_window_bits=9&server_no_context_takeover", ""]
    clients = [await job.connect("/fan", offer) for offer in offers]
    for text in (NOISE, NOISE, "short", "Grüße 😀 " * 5000, "", NOISE * 500, NOISE):
        await clients[0].send(text)
        for ws in clients:
            check_equal(await ws.recv(), text)
        await clients[1].send("own " + NOISE)  # in between, what is compressed for one connection alone
        for ws in clients:
            check_equal(await ws.recv(), "own " + NOISE)
    for ws in clients:
        await ws.close()


async def fragments_in(job):
    async with job.connect("/fragments") as ws:
        check_equal(await ws.recv(), "one two thrée 😀")
        check_equal(await ws.recv(), b"\x00\x01\xfe\xff")


async def pieces_in(job):
    async with job.connect("/pieces") as ws:
        check_equal(await ws.recv(), "0123456789aäé\n" * 65536)


async def pieces_out(job):
    async with job.connect("/echo") as ws:
        async def with_pings():
            for _ in range(16):
                yield "0123456789aäé\n" * 4096
                await ws.ping()
        await ws.send(with_pings())
        check_equal(await ws.recv(), "0123456789aäé\n" * 65536)


async def characters_in(job):
    async with job.connect("/characters") as ws:
        check_equal(await ws.recv(), "é€😀")


async def ping_out(job):
    async with job.connect("/echo") as ws:
        await (await ws.ping(b"client ping"))  # ends when a pong with this payload is there


async def ping_in(job):
    async with job.connect("/ping") as ws:
        check_equal(await ws.recv(), "pong server ping")


async def close_out(job):
    async with job.connect("/echo") as ws:
        await ws.close(4001, "client goodbye ü")
        check_equal(ws.close_code, 4001)


async def close_in(job):
    async with job.connect("/close") as ws:
        try:
            await ws.recv()
        except ConnectionClosed:
            check_equal((ws.close_code, ws.close_reason), (4002, "server goodbye ü"))
        else:
            raise Failure("a message came instead of Close")


async def subprotocol(job):
    async with job.connect("/echo", subprotocols=["unknown", "chat.v1"]) as ws:
        check_equal(ws.subprotocol, "chat.v1")


async def headers(job):
    sent = {"X-Interop": "header value", "Cookie": "session=abc123"}
    async with job.connect("/echo", extra_headers=sent):
        pass


async def burst_out(job):
    async with job.connect("/echo") as ws:
        async def send():
            for number in range(10000):
                await ws.send(str(number))
        sending = asyncio.create_task(send())
        for number in range(10000):
            check_equal(await ws.recv(), str(number))
        await sending


async def burst_in(job):
    async with job.connect("/burst") as ws:
        for number in range(10000):
            check_equal(await ws.recv(), str(number))


async def refused(job):
    try:
        async with job.connect("/refused"):
            raise Failure("the connection was not refused")
    except InvalidStatusCode as error:
        check_equal(error.status_code, 403)


async def untrusted(job):
    try:
        async with job.connect("/echo", ssl=ssl.create_default_context()):
            raise Failure("a certificate of an unknown authority was accepted")
    except ssl.SSLCertVerificationError:
        pass


SCENARIOS = {
    "text": echo("Hello"), "non-ascii": echo("Grüße, 世界 😀\0"), "empty-text": echo(""),
    "empty-binary": echo(b""), "binary": echo(bytes(range(256))),
    "large-text": echo("0123456789abcde\n" * 65536), "large-binary": echo(bytes(range(256)) * 4096),
    "random": echo(os.urandom(1 << 20)), "repeats": repeats, "fan": fan, "pieces-in": pieces_in,
    "pieces-out": pieces_out,
    "fragments-out": echo(["Grü", "", "ße ", "😀"]), "fragments-in": fragments_in,
    "characters-in": characters_in, "ping-out": ping_out, "ping-in": ping_in, "close-out": close_out,
    "close-in": close_in, "subprotocol": subprotocol, "headers": headers, "burst-out": burst_out,
    "burst-in": burst_in, "refused": refused, "untrusted": untrusted,
}


async def play(job):
    try:
        await SCENARIOS[job.scenario](job)
    except Exception as error:  # whatever it is, it is the verdict
        return f"{type(error).__name__}: {error}"
    return ""


async def main():
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await play(Job(**json.loads(line)))), flush=True)


asyncio.run(main())

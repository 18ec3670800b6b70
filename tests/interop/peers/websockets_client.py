# SPDX-License-Identifier: MIT
"""The client of peer.h on Python's websockets: websockets_client.py URL SCENARIO [CA]"""

import asyncio
import ssl
import sys

from websockets.exceptions import ConnectionClosed, InvalidStatusCode
from websockets.legacy.client import connect

URL, SCENARIO = sys.argv[1:3]
TLS = {"ssl": ssl.create_default_context(cafile=sys.argv[3])} if len(sys.argv) > 3 else {}


def check_equal(actual, expected):
    if actual != expected:
        sys.exit(f"expected {expected!r:.200}, got {actual!r:.200}")


def echo(message):
    async def scenario():
        async with connect(URL + "/echo", **TLS) as ws:
            await ws.send(message)
            check_equal(await ws.recv(), "".join(message) if isinstance(message, list) else message)
    return scenario


async def fragments_in():
    async with connect(URL + "/fragments", **TLS) as ws:
        check_equal(await ws.recv(), "one two thrée 😀")
        check_equal(await ws.recv(), b"\x00\x01\xfe\xff")


async def characters_in():
    async with connect(URL + "/characters", **TLS) as ws:
        check_equal(await ws.recv(), "é€😀")


async def ping_out():
    async with connect(URL + "/echo", **TLS) as ws:
        await (await ws.ping(b"client ping"))  # ends when a pong with this payload is there


async def ping_in():
    async with connect(URL + "/ping", **TLS) as ws:
        check_equal(await ws.recv(), "pong server ping")


async def close_out():
    async with connect(URL + "/echo", **TLS) as ws:
        await ws.close(4001, "client goodbye ü")
        check_equal(ws.close_code, 4001)


async def close_in():
    async with connect(URL + "/close", **TLS) as ws:
        try:
            await ws.recv()
        except ConnectionClosed:
            check_equal((ws.close_code, ws.close_reason), (4002, "server goodbye ü"))
        else:
            sys.exit("a message came instead of Close")


async def subprotocol():
    async with connect(URL + "/echo", subprotocols=["unknown", "chat.v1"], **TLS) as ws:
        check_equal(ws.subprotocol, "chat.v1")


async def headers():
    sent = {"X-Interop": "header value", "Cookie": "session=abc123"}
    async with connect(URL + "/echo", extra_headers=sent, **TLS):
        pass


async def burst_out():
    async with connect(URL + "/echo", **TLS) as ws:
        async def send():
            for number in range(10000):
                await ws.send(str(number))
        sending = asyncio.create_task(send())
        for number in range(10000):
            check_equal(await ws.recv(), str(number))
        await sending


async def burst_in():
    async with connect(URL + "/burst", **TLS) as ws:
        for number in range(10000):
            check_equal(await ws.recv(), str(number))


async def refused():
    try:
        async with connect(URL + "/refused", **TLS):
            sys.exit("the connection was not refused")
    except InvalidStatusCode as error:
        check_equal(error.status_code, 403)


async def untrusted():
    try:
        async with connect(URL + "/echo"):
            sys.exit("a certificate of an unknown authority was accepted")
    except ssl.SSLCertVerificationError:
        pass


SCENARIOS = {
    "text": echo("Hello"), "non-ascii": echo("Grüße, 世界 😀\0"), "empty-text": echo(""),
    "empty-binary": echo(b""), "binary": echo(bytes(range(256))),
    "large-text": echo("0123456789abcde\n" * 65536), "large-binary": echo(bytes(range(256)) * 4096),
    "fragments-out": echo(["Grü", "", "ße ", "😀"]), "fragments-in": fragments_in,
    "characters-in": characters_in, "ping-out": ping_out, "ping-in": ping_in, "close-out": close_out,
    "close-in": close_in, "subprotocol": subprotocol, "headers": headers, "burst-out": burst_out,
    "burst-in": burst_in, "refused": refused, "untrusted": untrusted,
}

asyncio.run(SCENARIOS[SCENARIO]())

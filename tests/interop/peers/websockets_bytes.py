# SPDX-License-Identifier: MIT
"""Returns the bytes that it gets, in another division: in whole messages, fragments and messages without payload."""

import asyncio
import random

from websockets.legacy.server import serve


async def echo(ws):
    division = random.Random(1)
    async for message in ws:
        assert isinstance(message, bytes)
        pieces = []
        while message:
            size = division.randint(1, 20000)
            pieces.append(message[:size])
            message = message[size:]
        while pieces:
            count = division.randint(1, 4)
            await ws.send(pieces[0] if count == 1 else pieces[:count])
            await ws.send(b"")
            pieces = pieces[count:]


async def main():
    async with serve(echo, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        print(f"listening on ws://{host}:{port}", flush=True)
        await asyncio.Future()


asyncio.run(main())

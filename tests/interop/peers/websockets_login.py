# SPDX-License-Identifier: MIT
"""A server on Python's websockets that wants the login user:right, by Basic: websockets_login.py"""

import asyncio

from websockets.exceptions import ConnectionClosed
from websockets.legacy.auth import basic_auth_protocol_factory
from websockets.legacy.server import serve


async def echo(ws, path=None):
    try:
        while True:
            await ws.send(await ws.recv())
    except ConnectionClosed:
        pass


async def main():
    protocol = basic_auth_protocol_factory(realm="home", credentials=("user", "right"))
    async with serve(echo, "127.0.0.1", 0, create_protocol=protocol) as server:
        print("listening on ws://127.0.0.1:%d/private" % server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


asyncio.run(main())

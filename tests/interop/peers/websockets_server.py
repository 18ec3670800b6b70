# SPDX-License-Identifier: MIT
"""The server of peer.h on Python's websockets: websockets_server.py [CERTIFICATE KEY]"""

import asyncio
import http
import json
import ssl
import sys

from websockets.exceptions import ConnectionClosed
from websockets.legacy.server import serve


def tell(**event):
    print(json.dumps(event), flush=True)


async def echo(ws):
    try:
        while True:
            await ws.send(await ws.recv())
    except ConnectionClosed:
        pass


async def fragments(ws):
    await ws.send(["one ", "two ", "thrée ", "😀"])
    await ws.send([b"\x00\x01", b"\xfe", b"\xff"])
    await ws.wait_closed()


async def burst(ws):
    for number in range(10000):
        await ws.send(str(number))
    await ws.wait_closed()


async def ping(ws):
    await (await ws.ping(b"server ping"))
    await ws.send("pong server ping")
    await ws.wait_closed()


async def close(ws):
    await ws.close(4002, "server goodbye ü")


PATHS = {"/echo": echo, "/fragments": fragments, "/burst": burst, "/ping": ping, "/close": close}


async def handle(ws):
    tell(event="opened", path=ws.path, header=ws.request_headers.get("X-Interop", ""),
         cookie=ws.request_headers.get("Cookie", ""), subprotocol=ws.subprotocol or "")
    await PATHS[ws.path](ws)
    tell(event="closed", path=ws.path, code=ws.close_code, reason=ws.close_reason)


async def refuse(path, _):
    return None if path in PATHS else (http.HTTPStatus.FORBIDDEN, [], b"refused")


async def main():
    tls = None
    if len(sys.argv) == 3:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(sys.argv[1], sys.argv[2])
    async with serve(handle, "127.0.0.1", 0, ssl=tls, process_request=refuse,
                     subprotocols=["chat.v2", "chat.v1"]) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"listening on {'wss' if tls else 'ws'}://127.0.0.1:{port}", flush=True)
        await asyncio.Future()


asyncio.run(main())

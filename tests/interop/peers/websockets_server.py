# SPDX-License-Identifier: MIT
"""The server of peer.h on Python's websockets: websockets_server.py [CERTIFICATE KEY]"""

import asyncio
import http
import json
import ssl
import sys
from urllib.parse import parse_qsl, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.legacy.server import WebSocketServerProtocol, serve


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


async def pieces(ws):
    async def with_pings():
        for _ in range(16):
            yield "0123456789aäé\n" * 4096
            await ws.ping()
    await ws.send(with_pings())
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


PATHS = {"/echo": echo, "/fragments": fragments, "/pieces": pieces, "/burst": burst, "/ping": ping,
         "/close": close}


def deflate_of(query):
    """The parameters of permessage-deflate that the client wants of this server."""
    values = dict(parse_qsl(query, keep_blank_values=True))
    return ServerPerMessageDeflateFactory(**{name: int(value) if value else True for name, value in values.items()})


class Protocol(WebSocketServerProtocol):
    def process_extensions(self, headers, available_extensions):
        return super().process_extensions(headers, [deflate_of(urlsplit(self.path).query)])


async def handle(ws):
    path = urlsplit(ws.path).path
    tell(event="opened", path=path, header=ws.request_headers.get("X-Interop", ""),
         cookie=ws.request_headers.get("Cookie", ""), subprotocol=ws.subprotocol or "")
    await PATHS[path](ws)
    tell(event="closed", path=path, code=ws.close_code, reason=ws.close_reason)


async def refuse(path, _):
    return None if urlsplit(path).path in PATHS else (http.HTTPStatus.FORBIDDEN, [], b"refused")


async def main():
    tls = None
    if len(sys.argv) == 3:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(sys.argv[1], sys.argv[2])
    async with serve(handle, "127.0.0.1", 0, ssl=tls, process_request=refuse, create_protocol=Protocol,
                     max_size=1 << 22, subprotocols=["chat.v2", "chat.v1"]) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"listening on {'wss' if tls else 'ws'}://127.0.0.1:{port}", flush=True)
        await asyncio.Future()


asyncio.run(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shows that what is small compressed and large inflated costs TESTEE no more than its limit of 16 MiB.

CVE-2018-1000518 (Python websockets), CVE-2026-1526 (undici).

bombs.py TESTEE   runs it as a server and as a client; prints the figures; exit status 0 if all is within bounds
"""

import base64
import hashlib
import re
import socket
import struct
import subprocess
import sys
import zlib

from memory import BINARY, CLOSE, REQUEST, Server, check, frame, memory_of

EXTENSION = b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
COMPRESSING_REQUEST = REQUEST.replace(b"\r\n\r\n", b"\r\n" + EXTENSION)
LIMIT = 16 * 1024  # KiB, WsOptions::maxMessageSize
# A buffer that grows is there twice for a moment, the old one with half of the new one's size.
MAX_GROWTH = LIMIT * 3 // 2 + 4 * 1024
COMPRESSED = 4  # RSV1
FINAL = 8
WITHIN_LIMIT = 10


def deflate(size):
    """Zeros; a thousand of them become one byte. In pieces, so that this process does not hold them all."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = bytes(1 << 20)
    data = b"".join(stream.compress(piece) for _ in range(size >> 20)) + stream.compress(bytes(size % (1 << 20)))
    return (data + stream.flush(zlib.Z_SYNC_FLUSH))[:-4]


def in_frames(data, size):
    pieces = [data[i:i + size] for i in range(0, len(data), size)]
    last = len(pieces) - 1
    return b"".join(frame(0 if i else BINARY, piece, (0 if i else COMPRESSED) | (FINAL if i == last else 0))
                    for i, piece in enumerate(pieces))


def bombs():
    return [(f"{size} MiB in {len(data) // 1024} KiB, {what}", make(data))
            for size, data in ((64, deflate(64 << 20)), (256, deflate(256 << 20)))
            for what, make in (("one frame", lambda data: in_frames(data, len(data))),
                               ("frames of 1 KiB", lambda data: in_frames(data, 1024)))]


def unmasked(frames):
    """As a server sends them: without the bit and the four bytes of the key."""
    pieces, at = [], 0
    while at < len(frames):
        length = frames[at + 1] & 0x7F
        extended = {126: 2, 127: 8}.get(length, 0)
        key = at + 2 + extended
        size = int.from_bytes(frames[at + 2:key], "big") if extended else length
        pieces += [frames[at:at + 1], bytes([length]), frames[at + 2:key], frames[key + 4:key + 4 + size]]
        at = key + 4 + size
    return b"".join(pieces)


def forget_peak(pid):
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def send(sock, data):
    """Who is told too much stops reading, and may have ended the connection before all of it is sent."""
    try:
        sock.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        pass


def receive_close_code(sock, is_masked):
    """Of the first frame, which has to be a Close."""
    data = b""
    size = 8 if is_masked else 4
    while len(data) < size and (piece := sock.recv(200)):
        data += piece
    if len(data) < size or data[0] != 0x80 | CLOSE:
        return 0
    key = data[2:4] if is_masked else b"\0\0"
    at = 6 if is_masked else 2
    return struct.unpack(">H", bytes(a ^ b for a, b in zip(data[at:at + 2], key)))[0]


def against_server(server, before, name, bomb):
    client = server.connect(COMPRESSING_REQUEST)
    forget_peak(server.process.pid)
    send(client, bomb)
    code = receive_close_code(client, is_masked=False)
    growth = memory_of(server.process.pid, "VmHWM") - before
    client.close()
    return check(f"server: {name}: {code}, growth {growth} KiB", code == 1009 and growth < MAX_GROWTH)


def receive_answers(sock):
    """What WITHIN_LIMIT messages of 16 MiB come back as: compressed, their lengths in two bytes each."""
    received, count, at = b"", 0, 0
    while count < WITHIN_LIMIT:
        piece = sock.recv(1 << 20)
        received += piece
        while len(received) >= at + 4 and len(received) >= (end := at + 4 + int.from_bytes(received[at + 2:at + 4], "big")):
            if received[at:at + 2] != bytes([(FINAL | COMPRESSED) << 4 | BINARY, 126]):
                return False
            count, at = count + 1, end
        if not piece:
            break
    return count == WITHIN_LIMIT and len(received) == at


def within_limit(server, before):
    """Each message is as large as may be."""
    client = server.connect(COMPRESSING_REQUEST)
    forget_peak(server.process.pid)
    message = deflate(LIMIT * 1024)
    client.sendall(in_frames(message, len(message)) * WITHIN_LIMIT)
    is_answered = receive_answers(client)
    growth = memory_of(server.process.pid, "VmHWM") - before
    client.close()
    return check(f"server: {WITHIN_LIMIT} messages of 16 MiB in {len(message) // 1024} KiB: growth {growth} KiB",
                 is_answered and growth < MAX_GROWTH)


def accept(listener):
    sock, _ = listener.accept()
    sock.settimeout(300)
    request = b""
    while b"\r\n\r\n" not in request:
        request += sock.recv(4096)
    key = re.search(rb"Sec-WebSocket-Key: (\S+)", request).group(1)
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n" + EXTENSION)
    return sock


def against_client(testee, name, bomb):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
        client = subprocess.Popen([testee, "client", url, "--deflate"], stderr=subprocess.DEVNULL)
        sock = accept(listener)
        before = memory_of(client.pid, "VmRSS")
        send(sock, unmasked(bomb))
        code = receive_close_code(sock, is_masked=True)
        growth = memory_of(client.pid, "VmHWM") - before  # it waits for this side to end the connection
        sock.close()
        status = client.wait(30)
    return check(f"client: {name}: {code}, growth {growth} KiB",
                 code == 1009 and growth < MAX_GROWTH and status == 1)


def main():
    testee = sys.argv[1]
    server = Server([testee, "server", "--port", "0", "--deflate"])
    before = server.memory()
    is_right = True
    try:
        for name, bomb in bombs():
            is_right &= against_server(server, before, name, bomb)
            is_right &= against_client(testee, name, bomb)
        is_right &= within_limit(server, before)
    finally:
        server.process.terminate()
    is_right &= check("the server ends cleanly", server.process.wait(30) == 0)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())

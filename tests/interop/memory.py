#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Starts COMMAND, an echo server that prints "listening on URL", and shows that no client makes its memory grow.

memory.py -- COMMAND...   prints the figures; exit status 0 if all is within bounds

No client answers pings, so the server must not send any.
"""

import hashlib
import os
import re
import resource
import select
import socket
import struct
import subprocess
import sys
import time

CONTINUATION, TEXT, BINARY, CLOSE, PING = 0, 1, 2, 8, 9
MAX_GROWTH = 8 * 1024  # KiB
CLIENTS, MAX_CLIENT = 1000, 40  # clients, KiB
UNFINISHED, MAX_UNFINISHED = 500, 40  # clients, KiB
PINGS = 1_000_000
FRAMES, FRAME_SIZE = 1024, 64 * 1024
MAX_MESSAGE, MAX_FRAGMENTS = 16 * 2**20, 262144  # of WsOptions
TINY_BYTES = 64 * 2**20
REQUEST = (b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")


def frame(opcode, payload, bits=8):
    """As a client sends it; a masking key of zeros changes nothing. bits: FIN and the three that are reserved."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65536:
        length = b"\xfe" + struct.pack(">H", size)
    else:
        length = b"\xff" + struct.pack(">Q", size)
    return bytes([bits << 4 | opcode]) + length + b"\0\0\0\0" + payload


def memory_of(pid, name):
    """In KiB; VmRSS is what it has now, VmHWM the most that it had."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name))


class Server:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(re.search(r"listening on ws://.*:(\d+)", self.process.stdout.readline()).group(1))

    def memory(self):
        return memory_of(self.process.pid, "VmRSS")

    def connect(self, request=REQUEST):
        client = socket.create_connection(("127.0.0.1", self.port), timeout=300)
        client.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += client.recv(4096)
        return client


def echoes(client):
    client.sendall(frame(TEXT, b"hello"))
    received = b""
    while not received.endswith(b"\x81\x05hello"):  # pings of the server may come before it
        piece = client.recv(100)
        received += piece
        if not piece or len(received) > 1000:
            return False
    return True


def check(what, is_right):
    print("ok    " if is_right else "FAILED", what, flush=True)
    return is_right


def many_clients(server):
    before = server.memory()
    clients = [server.connect() for _ in range(CLIENTS)]
    growth = (server.memory() - before) / CLIENTS
    return clients[0], check(f"{CLIENTS} clients, {growth:.1f} KiB each, are served",
                             growth < MAX_CLIENT and all(echoes(client) for client in clients))


def unfinished_handshakes(server):
    """What a client sends beyond a head is not kept, whether the head is too large or never ends."""
    before, clients = server.memory(), []
    for i in range(UNFINISHED):
        client = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        client.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * (100_000 if i % 2 else 15_000))
        clients.append(client)
        if i % 2:
            is_refused = client.recv(4096).startswith(b"HTTP/1.1 431 ")
            if not is_refused:
                return check(f"client {i}: its head is too large", False)
    growth = (server.memory() - before) / UNFINISHED
    return check(f"{UNFINISHED} unfinished handshakes hold {growth:.1f} KiB each", growth < MAX_UNFINISHED)


def declared_length(server):
    client = server.connect()
    before = server.memory()
    client.sendall(b"\x82\xff" + struct.pack(">Q", 2**62))  # 10 bytes
    start = time.monotonic()
    answer = client.recv(200)
    wait = (time.monotonic() - start) * 1000
    growth = server.memory() - before
    is_refused = answer[0] == 0x80 | CLOSE and answer[2:4] == struct.pack(">H", 1009)
    return check(f"2^62 bytes declared: 1009 after {wait:.1f} ms, growth {growth} KiB", is_refused and growth < 1024)


def unread_pongs(server, other):
    client = server.connect()
    before = server.memory()
    block, growth = frame(PING, b"x" * 100) * 1000, 0
    for _ in range(PINGS // 1000):
        client.sendall(block)
        growth = max(growth, server.memory() - before)
    return check(f"{PINGS} pings from a client that never reads: growth {growth} KiB, others are served",
                 growth < MAX_GROWTH and echoes(other))


def unread_echoes(server, other):
    client = server.connect()
    before = server.memory()
    payload = os.urandom(FRAME_SIZE)
    data = memoryview(frame(BINARY, payload) * FRAMES)
    expected = hashlib.sha256((b"\x82\x7f" + struct.pack(">Q", FRAME_SIZE) + payload) * FRAMES).digest()
    client.setblocking(False)
    sent, left, growth, received = 0, FRAMES * (FRAME_SIZE + 10), 0, hashlib.sha256()
    while select.select([], [client], [], 1)[1]:  # until the server has held it up for a second
        sent += client.send(data[sent:])
        growth = max(growth, server.memory() - before)
    is_served = check(f"held up after {sent // 1024} KiB: growth {growth} KiB, others are served",
                      sent < len(data) and growth < MAX_GROWTH and echoes(other))
    while left > 0:
        wanted = [client] if sent < len(data) else []
        readable, writable, _ = select.select([client], wanted, [], 60)
        if writable:
            sent += client.send(data[sent:])
        if readable:
            received.update(piece := client.recv(1 << 20))
            left -= len(piece)
            if not piece:
                break
        growth = max(growth, server.memory() - before)
    return check(f"{len(data) // 2**20} MiB come back as they were once it reads, growth {growth} KiB",
                 left == 0 and received.digest() == expected and growth < MAX_GROWTH) and is_served


def half_message(server, other):
    """The largest message that is accepted, but for its last fragment: twice what has arrived at most, while it grows."""
    client = server.connect()
    before = server.memory()
    client.sendall(frame(BINARY, b"", 0) + frame(CONTINUATION, os.urandom(FRAME_SIZE), 0) * (MAX_MESSAGE // FRAME_SIZE)
                   + frame(PING, b""))
    is_read = client.recv(2) == b"\x8a\x00"  # its pong: all of it has been read
    growth = server.memory() - before
    client.close()
    return check(f"{MAX_MESSAGE // 2**20} MiB of a message without an end: growth {growth} KiB, others are served",
                 is_read and growth < MAX_MESSAGE // 1024 * 3 // 2 + 1024 and echoes(other))


def endless_message(server, other):
    client = server.connect()
    before = server.memory()
    block, growth = frame(CONTINUATION, b"", 0) * 1000, 0
    client.sendall(frame(TEXT, b"", 0))
    try:
        for _ in range(MAX_FRAGMENTS // 1000 + 1):
            client.sendall(block)
            growth = max(growth, server.memory() - before)
    except (BrokenPipeError, ConnectionResetError):
        pass
    answer = client.recv(200)
    is_refused = answer[0] == 0x80 | CLOSE and answer[2:4] == struct.pack(">H", 1008)
    return check(f"a message of empty frames: 1008 at the end, growth {growth} KiB, others are served",
                 is_refused and growth < 1024 and echoes(other))


def unread_tiny_echoes(server, other):
    """Messages of two frames of one byte: each would take a buffer, if its answer were kept as it is."""
    client = server.connect()
    before = server.memory()
    block, growth, sent = (frame(BINARY, b"a", 0) + frame(CONTINUATION, b"b")) * 4096, 0, 0
    client.setblocking(False)
    while sent < TINY_BYTES and select.select([], [client], [], 1)[1]:
        sent += client.send(block[sent % len(block):])
        growth = max(growth, server.memory() - before)
    client.close()
    return check(f"{sent // 1024} KiB of messages in two frames of one byte, nothing is read: growth {growth} KiB",
                 growth < MAX_GROWTH and echoes(other))


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    server = Server(sys.argv[sys.argv.index("--") + 1:])
    try:
        other, is_right = many_clients(server)
        is_right &= unfinished_handshakes(server)
        is_right &= declared_length(server)
        is_right &= unread_pongs(server, other)
        is_right &= unread_echoes(server, other)
        is_right &= unread_tiny_echoes(server, other)
        is_right &= endless_message(server, other)
        is_right &= half_message(server, other)
    finally:
        server.process.terminate()
    is_right &= check("the server ends cleanly", server.process.wait(30) == 0)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shows that TLS clients which leave half of a connection open cannot keep sockets of a server.

halfclose.py CERTIFICATE COMMAND...   COMMAND is an echo server with TLS that prints "listening on URL"
"""

import os
import re
import select
import socket
import ssl
import subprocess
import sys
import time

from memory import BINARY, CLOSE, REQUEST, check, frame

CLIENTS = 20
PATIENCE = 300  # seconds; the server's limits are 10


class Client:
    """A TLS client that decides by itself what reaches TCP."""

    def __init__(self, port, certificate):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cafile=certificate)
        context.check_hostname = False
        self.tls = context.wrap_bio(self.incoming, self.outgoing)
        self.until_done(self.tls.do_handshake)
        self.send(REQUEST)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.until_done(lambda: self.tls.read(4096))

    def flush(self):
        self.socket.sendall(self.outgoing.read())

    def until_done(self, action):
        while True:
            try:
                return action()
            except ssl.SSLWantReadError:
                self.flush()
                self.incoming.write(self.socket.recv(16384))
            finally:
                self.flush()

    def send(self, data):
        self.tls.write(data)
        self.flush()

    def end_own_direction(self):
        """Sends close_notify, and nothing else: TCP stays open."""
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.flush()

    def is_cut(self):
        """Whether the server has ended TCP, whatever it still sent."""
        try:
            while select.select([self.socket], [], [], PATIENCE)[0]:
                if not self.socket.recv(1 << 20):
                    return True
        except ConnectionError:
            return True
        return False


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def unread_echoes_then_close(client):
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for _ in range(40):
        client.send(frame(BINARY, bytes(16 * 1024)))
    client.send(frame(CLOSE, b"\x03\xe8"))
    client.end_own_direction()


def only_close_notify(client):
    client.end_own_direction()


def close_then_silence(client):
    client.send(frame(CLOSE, b"\x03\xe8"))
    client.end_own_direction()


def main():
    certificate, *command = sys.argv[1:]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    port = int(re.search(r"listening on wss://.*:(\d+)", process.stdout.readline()).group(1))
    is_good = True
    try:
        warm = Client(port, certificate)  # what TLS opens once
        before = descriptors(process.pid)
        warm.socket.close()
        before -= 1
        for leave in (only_close_notify, close_then_silence, unread_echoes_then_close):
            clients = [Client(port, certificate) for _ in range(CLIENTS)]
            for client in clients:
                leave(client)
            deadline = time.monotonic() + PATIENCE
            while descriptors(process.pid) > before and time.monotonic() < deadline:
                select.select([], [], [], 0.05)
            left = descriptors(process.pid) - before
            is_good &= check(f"{leave.__name__}: {left} of {CLIENTS} sockets are left", left == 0)
            if leave != unread_echoes_then_close:  # of which the kernel has more than the clients take
                is_good &= check(f"{leave.__name__}: the clients see the end", all(client.is_cut() for client in clients))
    finally:
        process.kill()
        process.wait()
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Opens thousands of clients that never complete their request, and shows what they cost a server.

halfopen.py TESTEE CERTIFICATE KEY   prints the figures; exit status 0 if all is within bounds
"""

import os
import re
import resource
import select
import socket
import ssl
import subprocess
import sys
import time

CLIENTS = 10_000
DESCRIPTORS = CLIENTS + 1000
PATIENCE = 120  # seconds
REQUEST = (b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")


def client_hello():
    written = ssl.MemoryBIO()
    context = ssl.create_default_context()
    try:
        context.wrap_bio(ssl.MemoryBIO(), written, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return written.read()


# Each with the most that a client may cost, in KiB.
KINDS = [
    ("nothing is sent", b"", False, 16),
    ("half a head", REQUEST[:100], False, 20),
    ("a head of 15,000 bytes without an end", REQUEST[:-2] + b"X: " + b"x" * 14_800, False, 56),
    ("TLS, nothing is sent", b"", True, 96),
    ("TLS, a ClientHello and nothing more", client_hello(), True, 256),
]


class Server:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(re.search(r"listening on wss?://.*:(\d+)", self.process.stdout.readline()).group(1))

    def memory(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def connect(self):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", self.port))
        return client

    def end(self):
        self.process.terminate()
        return self.process.wait(30) == 0


def check(what, is_right):
    print("ok    " if is_right else "FAILED", what, flush=True)
    return is_right


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def settled_memory(server):
    """What it is once it has not changed for half a second."""
    values = [0] * 5
    while len(set(values)) > 1:
        time.sleep(0.1)
        values = values[1:] + [server.memory()]
    return values[-1]


def is_served(server, is_tls):
    client = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
    if is_tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client = context.wrap_socket(client)
    client.sendall(REQUEST)
    answer = client.recv(4096)
    client.close()
    return answer.startswith(b"HTTP/1.1 101 ")


def without_a_limit(testee, files, kind):
    what, sent, is_tls, most = kind
    server = Server([testee, "server", "--port", "0", "--max-pending", "0", "--handshake-timeout", "0"]
                    + (["--tls"] + files if is_tls else []))
    before, idle = settled_memory(server), server.descriptors()
    clients = []
    for _ in range(CLIENTS):  # no faster than the server accepts
        clients.append(server.connect())
        select.select([], [clients[-1]], [], PATIENCE)
        clients[-1].sendall(sent)
    is_full = wait_until(lambda: server.descriptors() >= idle + CLIENTS)
    each = (settled_memory(server) - before) / CLIENTS
    is_right = check(f"{what}: {CLIENTS} clients, {each:.1f} KiB each, others are served",
                     is_full and 0 < each < most and is_served(server, is_tls))
    for client in clients:
        client.close()
    is_gone = wait_until(lambda: server.descriptors() <= idle + 1)
    return check("    all are gone", is_gone and server.end()) and is_right


def with_the_default_limit(testee):
    server = Server([testee, "server", "--port", "0"])
    before, idle = settled_memory(server), server.descriptors()
    clients = [server.connect() for _ in range(CLIENTS)]
    wait_until(lambda: server.descriptors() >= idle + 1000)
    start, most = time.monotonic(), 0
    honest = socket.socket()
    honest.setblocking(False)
    honest.connect_ex(("127.0.0.1", server.port))
    is_sent, answer = False, b""
    while not answer and time.monotonic() - start < PATIENCE:
        readable, writable, _ = select.select([honest], [] if is_sent else [honest], [], 0.1)
        most = max(most, server.descriptors() - idle)
        if writable and not is_sent:
            is_sent = honest.send(REQUEST) == len(REQUEST)
        elif readable:
            answer = honest.recv(4096)
    growth = server.memory() - before
    is_right = check(f"the default limit: of {CLIENTS} silent clients at most {most} are let in at a time, growth "
                     f"{growth} KiB; another is served after {time.monotonic() - start:.1f} s",
                     1000 <= most <= 1010 and growth < 16 * 1024 and answer.startswith(b"HTTP/1.1 101 "))
    for client in clients:
        client.close()
    return check("    the server ends cleanly", server.end()) and is_right


def main():
    testee, *files = sys.argv[1:]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < DESCRIPTORS:
        sys.exit(f"{DESCRIPTORS} descriptors are needed, but the limit is {hard}; see ulimit -Hn")
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, hard))
    is_right = True
    for kind in KINDS:
        is_right &= without_a_limit(testee, files, kind)
    is_right &= with_the_default_limit(testee)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())

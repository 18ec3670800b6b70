#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Opens thousands of clients that never complete their request, and prints what each costs the server.

halfopen.py TESTEE [CERTIFICATE KEY]   the server is TESTEE; with a certificate, TLS is measured as well
"""

import resource
import select
import socket
import ssl
import subprocess
import sys

from measuring import Failure, port_of, resident_kib, settle

CLIENTS = 10_000
SPARE_DESCRIPTORS = 1000
PATIENCE = 120  # seconds
REQUEST = (b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
LONG_HEAD = REQUEST[:-2] + b"X: " + b"x" * 15_000


def client_hello():
    written = ssl.MemoryBIO()
    try:
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), written, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return written.read()


KINDS = [("nothing is sent", b""), ("half a head", REQUEST[:100]), ("a head of 15 KB without an end", LONG_HEAD)]
TLS_KINDS = [("TLS: nothing is sent", b""), ("TLS: a ClientHello, and nothing more", client_hello())]


class Server:
    def __init__(self, testee, arguments):
        self.process = subprocess.Popen([testee, "server", "--port", "0", "--handshake-timeout", "0", *arguments],
                                        stdout=subprocess.PIPE, text=True)
        self.address = ("127.0.0.1", int(port_of(self.process)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def resident(self):
        return resident_kib(self.process.pid)

    def settle(self):
        settle([self.process.pid], PATIENCE)


def is_served(server, is_tls):
    client = socket.create_connection(server.address, timeout=PATIENCE)
    if is_tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        client = context.wrap_socket(client)
    with client:
        client.sendall(REQUEST)
        return client.recv(4096).startswith(b"HTTP/1.1 101 ")


def open_clients(server, sent):
    clients = []
    for _ in range(CLIENTS):
        client = socket.create_connection(server.address, timeout=PATIENCE)
        client.sendall(sent)
        clients.append(client)
    return clients


def open_count(clients):
    """How many the server has not closed."""
    poll = select.poll()
    for client in clients:
        poll.register(client, select.POLLRDHUP)
    return len(clients) - len(poll.poll(0))


def measure(testee, kind, arguments, is_tls):
    what, sent = kind
    with Server(testee, arguments) as server:
        if not is_served(server, is_tls):
            raise Failure("a client is not served")
        server.settle()
        before = server.resident()
        clients = open_clients(server, sent)
        server.settle()
        growth, count = server.resident() - before, open_count(clients)
        served = "are served" if is_served(server, is_tls) else "ARE NOT SERVED"
        for client in clients:
            client.close()
    print(f"{what:<40} {growth / 1024:9.1f} {growth / CLIENTS:9.2f} {count:8}   others {served}", flush=True)


def main():
    if len(sys.argv) not in (2, 4):
        sys.exit(__doc__.strip())
    testee, *files = sys.argv[1:]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(CLIENTS + SPARE_DESCRIPTORS, hard), hard))
    print(f"{CLIENTS} clients that are not done".ljust(40), f"{'MiB':>9} {'KiB each':>9} {'kept':>8}")
    unlimited = ["--max-pending", "0"]
    for kind in KINDS:
        measure(testee, kind, unlimited, False)
    for kind in TLS_KINDS if files else []:
        measure(testee, kind, [*unlimited, "--tls", *files], True)
    measure(testee, ("default limit: half a head", REQUEST[:100]), [], False)


if __name__ == "__main__":
    main()

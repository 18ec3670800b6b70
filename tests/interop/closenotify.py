#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shows that a server ends TLS before TCP (RFC 8446 6.1, RFC 9112 9.8), with two clients on OpenSSL that complain
if it does not: Python's ssl and openssl s_client.

closenotify.py CERTIFICATE COMMAND...   COMMAND is an echo server with TLS that prints "listening on URL"
"""

import re
import socket
import ssl
import subprocess
import sys

from memory import BINARY, CLOSE, REQUEST, check, frame

PATIENCE = 60  # seconds
PAGE = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
UNMASKED = b"\x81\x05hello"


class Client:
    def __init__(self, port, certificate, version):
        context = ssl.create_default_context(cafile=certificate)
        context.check_hostname = False
        context.minimum_version = context.maximum_version = version
        tcp = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        # An end without close_notify is an exception, not the end of the data.
        self.tls = context.wrap_socket(tcp, suppress_ragged_eofs=False)

    def read_to_end(self):
        received = b""
        while piece := self.tls.recv(65536):
            received += piece
        return received

    def open(self):
        self.tls.sendall(REQUEST)
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += self.tls.recv(4096)


def http_answer(client):
    client.tls.sendall(PAGE)
    return client.read_to_end().startswith(b"HTTP/1.1 426 ")


def http_answer_to_a_client_that_sends_on(client):
    """What the server has not read must not turn its end into a reset."""
    client.tls.sendall(PAGE + bytes(256 * 1024))
    return client.read_to_end().startswith(b"HTTP/1.1 426 ")


def broken_rule(client):
    client.open()
    client.tls.sendall(UNMASKED + frame(BINARY, bytes(100_000)))
    return client.read_to_end().startswith(b"\x88")


def closing_handshake(client):
    client.open()
    client.tls.sendall(frame(CLOSE, b"\x03\xe8"))
    return client.read_to_end() == b"\x88\x02\x03\xe8"


def ends_well(port, certificate, version, conversation):
    client = Client(port, certificate, version)
    try:
        is_right = conversation(client)
        client.tls.unwrap()  # our own close_notify; the server's has come
        client.tls.close()
        what = ""
    except (ssl.SSLError, OSError) as error:
        is_right, what = False, f": {error!r}"
    return check(f"{version.name}: {conversation.__name__}{what}", is_right)


def s_client(port, certificate):
    command = ["openssl", "s_client", "-quiet", "-verify_quiet", "-CAfile", certificate, "-connect", f"127.0.0.1:{port}"]
    done = subprocess.run(command, input=PAGE, capture_output=True, timeout=PATIENCE, check=False)
    errors = done.stderr.decode()
    is_right = done.stdout.startswith(b"HTTP/1.1 426 ") and done.returncode == 0 and "eof" not in errors.lower()
    return check(f"openssl s_client {errors}", is_right)


def main():
    certificate, *command = sys.argv[1:]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    port = int(re.search(r"listening on wss://.*:(\d+)", process.stdout.readline()).group(1))
    is_good = True
    try:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for conversation in (http_answer, http_answer_to_a_client_that_sends_on, broken_rule, closing_handshake):
                is_good &= ends_well(port, certificate, version, conversation)
        is_good &= s_client(port, certificate)
    finally:
        process.kill()
        process.wait()
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: MIT
"""RFC 6455 on a raw socket: frames that may break any rule go out, what comes in must keep them all."""

import base64
import hashlib
import os
import select
import socket
import struct
import time
import zlib

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
NAMES = {CONTINUATION: "Continuation", TEXT: "Text", BINARY: "Binary", CLOSE: "Close", PING: "Ping",
         PONG: "Pong"}

# A peer that answers at all does so in milliseconds, unless the machine is loaded. Its close timeout has to be longer
# than this, for the end of the connection must not be left to that.
ANSWER_TIMEOUT = 60.0
END_TIMEOUT = 60.0

# So much of the bytes of one write goes out byte by byte in a chopped run, the rest in pieces of an odd size.
BYTEWISE = 4096
PIECE = 997

RSV1 = 4  # of the three reserved bits the one that says "compressed"
FLUSH_END = b"\x00\x00\xff\xff"


class Failure(Exception):
    """The peer did something else than it should."""


class Frame:
    """One frame to send. What is not given is what the RFC asks for."""

    def __init__(self, opcode, payload=b"", fin=True, rsv=0, length_size=None, declared=None,
                 wrong_mask=False, key=None, cut=None):
        self.opcode = opcode
        self.payload = payload
        self.fin = fin
        self.rsv = rsv
        self.length_size = length_size  # 7, 16 or 64 bits
        self.declared = declared  # the length in the header, where it is not the payload's
        self.wrong_mask = wrong_mask
        self.key = key
        self.cut = cut  # only so many bytes of the frame are sent

    def encode(self, masks):
        length = len(self.payload) if self.declared is None else self.declared
        bits = self.length_size or (7 if length < 126 else 16 if length < 65536 else 64)
        is_masked = masks != self.wrong_mask
        first = (0x80 if self.fin else 0) | self.rsv << 4 | self.opcode
        second = 0x80 if is_masked else 0
        if bits == 7:
            header = struct.pack("!BB", first, second | length)
        elif bits == 16:
            header = struct.pack("!BBH", first, second | 126, length)
        else:
            header = struct.pack("!BBQ", first, second | 127, length)
        payload = self.payload
        if is_masked:
            key = os.urandom(4) if self.key is None else self.key
            header += key
            payload = mask(key, payload)
        return (header + payload)[:self.cut]


def mask(key, payload):
    size = len(payload)
    stream = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(stream, "little")).to_bytes(size, "little")


def describe(opcode, payload):
    name = NAMES.get(opcode, hex(opcode))
    if opcode == CLOSE and len(payload) >= 2:
        return f"{name} {struct.unpack('!H', payload[:2])[0]} {payload[2:].decode('utf-8', 'replace')!r}"
    shown = payload[:40].hex(" ") + (" …" if len(payload) > 40 else "")
    return f"{name} of {len(payload)} bytes [{shown}]"


class Inflater:
    """The messages that a peer compresses (RFC 7692 §7.2.2), with no larger window than was agreed on."""

    STEP = 128  # zlib looks at the window between two steps only

    def __init__(self, window_bits, takeover):
        self.window_bits = window_bits
        self.takeover = takeover
        self.stream = None

    def inflate(self, payload):
        if self.stream is None or not self.takeover:
            self.stream = zlib.decompressobj(-self.window_bits)
        try:
            return self._inflate(payload + FLUSH_END)
        except zlib.error as error:
            raise Failure(f"the peer's message is not deflated data: {error}") from error

    def _inflate(self, data):
        if self.window_bits == 15:
            return self.stream.decompress(data)
        pieces = []
        while data:
            pieces.append(self.stream.decompress(data, self.STEP))
            data = self.stream.unconsumed_tail
        return b"".join(pieces)


class Wire:
    """A connected socket on which sending never blocks receiving."""

    def __init__(self, sock, masks, chops):
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.masks = masks  # this side does, so the other must not
        self.chops = chops
        self.received = bytearray()
        self.has_ended = False  # no more bytes will come
        self.was_reset = False
        self.masking_keys = []
        self.inflater = None  # where permessage-deflate was agreed on
        self.was_compressed = False  # the message that was taken last
        self.wire_size = 0  # of its payload

    def send(self, data):
        """Sends as much as the peer takes before it ends the connection."""
        if self.chops:
            bytewise = [data[i:i + 1] for i in range(min(len(data), BYTEWISE))]
            pieces = bytewise + [data[i:i + PIECE] for i in range(BYTEWISE, len(data), PIECE)]
        else:
            pieces = [data]
        for piece in pieces:
            self._send_piece(memoryview(piece))

    def _send_piece(self, piece):
        deadline = time.monotonic() + ANSWER_TIMEOUT
        while piece and not self.has_ended:
            readable, writable, _ = select.select([self.sock], [self.sock], [], deadline - time.monotonic())
            if readable:
                self._receive()
            if writable:
                try:
                    piece = piece[self.sock.send(piece):]
                except BlockingIOError:
                    pass
                except (BrokenPipeError, ConnectionResetError):
                    self._drain()
            if not readable and not writable:
                raise Failure("the peer reads nothing any more")

    def _drain(self):
        while not self.has_ended:
            self._receive()

    def _receive(self):
        try:
            data = self.sock.recv(1 << 20)
        except BlockingIOError:
            return
        except ConnectionResetError:
            self.was_reset = True
            data = b""
        self.received += data
        self.has_ended = self.has_ended or not data

    def _wait(self, timeout, what):
        if not select.select([self.sock], [], [], max(0.0, timeout))[0]:
            raise Failure(f"waited for {what}; nothing came")
        self._receive()

    def take(self, size, what):
        """The next bytes; what says in the failure's text what they were to be."""
        deadline = time.monotonic() + ANSWER_TIMEOUT
        while len(self.received) < size:
            if self.has_ended:
                end = "was reset" if self.was_reset else "ended"
                raise Failure(f"waited for {what}; the connection {end} behind {bytes(self.received[:40])}")
            self._wait(deadline - time.monotonic(), what)
        taken = bytes(self.received[:size])
        del self.received[:size]
        return taken

    def take_head(self):
        """An HTTP head, with its blank line."""
        deadline = time.monotonic() + ANSWER_TIMEOUT
        while b"\r\n\r\n" not in self.received:
            if self.has_ended:
                raise Failure(f"waited for an HTTP head; the connection ended behind {bytes(self.received[:80])}")
            self._wait(deadline - time.monotonic(), "an HTTP head")
        return self.take(self.received.index(b"\r\n\r\n") + 4, "an HTTP head")

    def take_frame(self, what):
        """Returns opcode and payload of the next frame, which keeps every rule of RFC 6455 §5."""
        first, second = self.take(2, what)
        opcode, is_masked, length = first & 0x0F, bool(second & 0x80), second & 0x7F
        self.was_compressed = first & 0x70 == RSV1 << 4 and opcode in (TEXT, BINARY) and self.inflater is not None
        if first & 0x70 and not self.was_compressed:
            raise Failure("the peer set a reserved bit")
        if opcode not in NAMES:
            raise Failure(f"the peer used the reserved opcode {opcode}")
        if is_masked == self.masks:
            raise Failure("the peer's frame is " + ("masked" if is_masked else "not masked"))
        if length >= 126:
            size = 2 if length == 126 else 8
            length = int.from_bytes(self.take(size, what), "big")
            if length < (126 if size == 2 else 65536):
                raise Failure(f"the peer wrote the length {length} in {size} bytes")
        if opcode >= CLOSE and (length > 125 or not first & 0x80):
            raise Failure("the peer's control frame is too long or fragmented")
        key = self.take(4, what) if is_masked else bytes(4)
        if is_masked:
            self.masking_keys.append(key)
        if not first & 0x80 or opcode == CONTINUATION:
            raise Failure("the peer fragmented a message")
        self.wire_size = length
        payload = mask(key, self.take(length, what))
        return opcode, self.inflater.inflate(payload) if self.was_compressed else payload

    def finish_sending(self):
        if not self.has_ended:
            try:
                self.sock.shutdown(socket.SHUT_WR)
            except OSError:
                self._drain()

    def expect_end(self, may_reset):
        """The peer ends the connection by itself, without another byte."""
        deadline = time.monotonic() + END_TIMEOUT
        while not self.has_ended:
            if self.received:
                break
            self._wait(deadline - time.monotonic(), "the end of the TCP connection")
        if self.received:
            raise Failure(f"more bytes came: {bytes(self.received[:40])}")
        if self.was_reset and not may_reset:
            raise Failure("the TCP connection was reset instead of ended")

    def close(self):
        self.sock.close()


def accept_key(key):
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return base64.b64encode(digest)


def parse_head(head):
    """The start line and the headers, their names in lower case."""
    lines = head.split(b"\r\n")
    headers = {}
    for line in lines[1:]:
        if line:
            name, _, value = line.partition(b":")
            headers[name.strip().lower()] = value.strip()
    return lines[0], headers

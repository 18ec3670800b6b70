# SPDX-License-Identifier: MIT
"""The cases of permessage-deflate (RFC 7692): what is agreed on, and what is sent then.

They are for a peer that has it switched on with the library's defaults: it compresses from 128 bytes on, in a
window of 2^12 bytes, and leaves the rest to the other side.
"""

import functools
import itertools
import json
import random
import zlib
from collections import namedtuple

from rules import (ACCEPTANCE, FAILS, MIXED, NORMAL, REQUEST, SILENT, UNCOMPRESSED, Answer, Case, answers, binary,
                   changed, close, closed, echo, fails, more, ping, pong, pong_to, text, with_header)
from wire import BINARY, CONTINUATION, FLUSH_END, RSV1, TEXT, Frame, Inflater

NAME = b"permessage-deflate"
OWN_WINDOW = 12  # of the peer's, in bits
THRESHOLD = 128  # of the peer's
OWN_OFFER = NAME + b"; client_max_window_bits=%d" % OWN_WINDOW  # the peer's, where it is a client
EXTENSIONS = b"Sec-WebSocket-Extensions: "

# What both sides agreed on: offer and answer, and what this side makes of it when it sends.
Agreement = namedtuple("Agreement", "name offer answer window takeover peer_takeover")


class Sender:
    """Compresses the messages of one connection as RFC 7692 §7.2.1 says."""

    def __init__(self, window=15, takeover=True, level=6, mem_level=8, strategy=zlib.Z_DEFAULT_STRATEGY):
        # zlib has no window of 2^8, but without references no window at all is needed.
        self.settings = (level, zlib.DEFLATED, -max(window, 9), mem_level,
                         strategy if window > 8 else zlib.Z_HUFFMAN_ONLY)
        self.takeover = takeover
        self.stream = None

    def deflate(self, payload, begins=True, ends=True):
        if self.stream is None or (begins and not self.takeover):
            self.stream = zlib.compressobj(*self.settings)
        data = self.stream.compress(payload) + self.stream.flush(zlib.Z_SYNC_FLUSH)
        assert data.endswith(FLUSH_END)
        return data[:-len(FLUSH_END)] if ends else data

    def text(self, payload):
        return compressed(TEXT, self.deflate(payload))

    def binary(self, payload):
        return compressed(BINARY, self.deflate(payload))

    def fragments(self, opcode, pieces):
        last = len(pieces) - 1
        return [Frame(CONTINUATION if i else opcode, self.deflate(piece, i == 0, i == last), fin=i == last,
                      rsv=0 if i else RSV1)
                for i, piece in enumerate(pieces)]


def compressed(opcode, data, **rest):
    return Frame(opcode, data, rsv=RSV1, **rest)


def raw(hexadecimal, **rest):
    """A text message of which the deflated bytes are given."""
    return compressed(TEXT, bytes.fromhex(hexadecimal), **rest)


def cut(opcode, data, size):
    """The same message in frames of that many bytes."""
    pieces = [data[i:i + size] for i in range(0, len(data), size)]
    return [Frame(CONTINUATION if i else opcode, piece, fin=i == len(pieces) - 1, rsv=0 if i else RSV1)
            for i, piece in enumerate(pieces)]


def inflater(extensions, peer):
    """For what the peer, "server" or "client", sends under the answer that was given."""
    if extensions is None:
        return None
    parameters = dict(part.strip().partition(b"=")[::2] for part in extensions.split(b";")[1:])
    return Inflater(int(parameters.get(peer.encode() + b"_max_window_bits", 15)),
                    peer.encode() + b"_no_context_takeover" not in parameters)


# --- payloads

def noise(size, seed=1):
    """Hexadecimal digits: nothing repeats, and half of it can be saved."""
    return random.Random(seed).randbytes(size // 2).hex().encode()


def records(size, seed=1):
    """JSON, cut to size."""
    source = random.Random(seed)
    names = ["Grüße", "temperature", "世界", "pressure", "name", "😀"]
    lines = (json.dumps({source.choice(names): source.randrange(10000), "at": i}, ensure_ascii=False)
             for i in itertools.count())
    joined, length = [], 0
    while length < size:
        joined.append(next(lines))
        length += len(joined[-1].encode())
    data = "".join(joined).encode()[:size].decode("utf-8", "ignore").encode()
    return data + b"." * (size - len(data))


@functools.cache
def bomb(size, level=9):
    return Sender(level=level).deflate(bytes(size))


def small(frame):
    return [Answer(frame.opcode, frame.payload, UNCOMPRESSED)]


def shrunk(opcode, payload, least=1, most=None):
    return Answer(opcode, payload, (least, most or len(payload) // 2))


# --- the rules, with everything left at its default

def examples():
    """Those of RFC 7692 §7.2.3, and what else deflate knows."""
    hello = small(text(b"Hello"))
    yield "one block", [raw("f248cdc9c90700"), *hello]
    yield "one block in two frames", [raw("f248cd", fin=False), more(bytes.fromhex("c9c90700")), *hello]
    yield "a reference to the message before", [raw("f248cdc9c90700"), *hello, raw("f200110000"), *hello]
    yield "a block without compression", [raw("000500faff48656c6c6f00"), *hello]
    yield "a last block", [raw("f348cdc9c9070000"), *hello]
    yield "a last block with nothing behind it", [raw("f348cdc9c90700"), *hello]
    yield "a last block, and a message that refers to it", [
        raw("f348cdc9c9070000"), *hello, raw("f200110000"), *hello]
    yield "a last block with nothing behind it, and a message that refers to it", [
        raw("f348cdc9c90700"), *hello, raw("f200110000"), *hello]
    yield "two blocks", [raw("f2480500 0000ffff cac9c90700"), *hello]
    last = zlib.compressobj(9, zlib.DEFLATED, -15)
    whole = last.compress(b"Hello") + last.flush()
    yield "three last blocks in one message", [compressed(TEXT, whole * 3 + b"\0"), *answers(text(b"Hello" * 3))]
    yield "a flush at the end", [raw("f248cdc9c907000000ffff00"), *hello]
    yield "two flushes at the end", [raw("f248cdc9c907000000ffff000000ffff00"), *hello]
    yield "an empty message", [raw("00"), *small(text())]
    yield "an empty message as a block with codes", [raw("0200"), *small(text())]
    yield "an empty last block", [raw("0300"), *small(text())]
    yield "empty messages between others", [
        raw("f248cdc9c90700"), raw("00"), raw("00"), raw("f200110000"), *hello, *small(text()), *small(text()),
        *hello]


def kinds_of_data():
    data = records(5000)
    for name, settings in (("level 0", {"level": 0}), ("level 1", {"level": 1}), ("level 9", {"level": 9}),
                           ("memory level 1", {"mem_level": 1}), ("memory level 9", {"mem_level": 9}),
                           ("Huffman codes alone", {"strategy": zlib.Z_HUFFMAN_ONLY}),
                           ("runs alone", {"strategy": zlib.Z_RLE}),
                           ("fixed codes", {"strategy": zlib.Z_FIXED}), ("a window of 2^9", {"window": 9})):
        z = Sender(**settings)
        yield f"three messages with {name}", [
            step for _ in range(3) for step in (z.text(data), shrunk(TEXT, data))]
    full = zlib.compressobj(6, zlib.DEFLATED, -15)
    flushed = b"".join(full.compress(data) + full.flush(zlib.Z_FULL_FLUSH) for _ in range(3))
    yield "full flushes within a message", [compressed(BINARY, flushed[:-len(FLUSH_END)]), shrunk(BINARY, data * 3)]
    z = Sender()
    random_bytes = random.Random(2).randbytes(20000)
    yield "random bytes, which the peer sends as they are", [
        z.binary(random_bytes), Answer(BINARY, random_bytes, UNCOMPRESSED), z.binary(data), shrunk(BINARY, data)]
    z = Sender()
    unsent = random_bytes[:500]
    yield "no reference to what the peer sent as it is", [
        z.binary(unsent), *small(binary(unsent)), z.binary(unsent + bytes(500)),
        shrunk(BINARY, unsent + bytes(500), most=600)]
    z = Sender()
    yield "a message of a byte for each value", echo_of(z, BINARY, bytes(range(256)) * 4)
    z = Sender()
    yield "1 MiB", [z.binary(bytes(1 << 20)), shrunk(BINARY, bytes(1 << 20), most=2000)]
    z = Sender()
    yield "a text of 1 MiB", [z.text(records(1 << 20)), shrunk(TEXT, records(1 << 20))]


def echo_of(z, opcode, payload):
    return [compressed(opcode, z.deflate(payload)), shrunk(opcode, payload, most=len(payload) - 1)]


def what_is_compressed():
    below, at = noise(THRESHOLD - 2), noise(THRESHOLD)
    z = Sender()
    yield "messages below the threshold go as they are", [z.text(below), *small(text(below))]
    z = Sender()
    yield "messages at the threshold go compressed", [z.text(at), shrunk(TEXT, at, most=THRESHOLD - 1)]
    yield "a message that came as it is goes compressed", [text(at), shrunk(TEXT, at, most=THRESHOLD - 1)]
    z = Sender()
    yield "messages of both kinds by turns", [
        step for seed in range(5) for step in (
            z.text(noise(300, seed)), shrunk(TEXT, noise(300, seed), most=250), *echo(text(b"plain")),
            *echo(binary(b"\0\xff")))]
    z = Sender()
    many = [b"message %d" % i for i in range(2000)]
    yield "2,000 messages at once come back in order", [*map(z.text, many), *answers(*map(text, many))]
    z = Sender()
    once = noise(240)
    yield "what repeats takes nearly nothing", [z.text(once), shrunk(TEXT, once, 100, 200),
                                                z.text(once), shrunk(TEXT, once, 1, 40)]
    z = Sender()
    yield "control frames between compressed messages", [
        z.text(at), ping(b"p" * 125), z.text(at), pong(b"x"), *answers(text(at), pong(b"p" * 125), text(at)),
        *pong_to(b"")]
    z = Sender()
    yield "Close behind a compressed message, which is answered first", [
        z.text(at), close(1000), *answers(text(at))], closed(1000)
    z = Sender()
    yield "Close within a compressed message", [*z.fragments(TEXT, [at, at])[:1], close(1000)], closed(1000)


def fragments():
    z = Sender()
    pieces = [records(3000, seed) for seed in range(5)]
    yield "five fragments, each flushed", [*z.fragments(TEXT, pieces), shrunk(TEXT, b"".join(pieces))]
    z = Sender()
    yield "empty fragments, each flushed", [*z.fragments(BINARY, [b"", b"a", b"", b"b", b""]),
                                            *answers(binary(b"ab"))]
    z = Sender()
    yield "a fragmented message, and one that refers to it", [
        *z.fragments(TEXT, pieces), shrunk(TEXT, b"".join(pieces)), z.text(pieces[4]), shrunk(TEXT, pieces[4])]
    data = Sender().deflate(records(2000))
    for size in (1, 2, 3, 100, 1000):
        yield f"deflated bytes cut behind each {size}", [*cut(TEXT, data, size), shrunk(TEXT, records(2000))]
    hello = bytes.fromhex("f248cdc9c90700")
    yield "frames without a byte among them", [
        raw("", fin=False), more(fin=False), more(hello[:3], fin=False), more(fin=False), more(hello[3:], fin=False),
        more(), *answers(text(b"Hello"))]
    yield "a last block that ends a fragment", [
        raw("f348cdc9c90700", fin=False), more(fin=False), more(b"\0"), *answers(text(b"Hello"))]
    yield "a last block that ends a fragment, and another behind it", [
        raw("f348cdc9c90700", fin=False), more(hello), *answers(text(b"HelloHello"))]
    yield "a ping between two bytes of a block", [
        raw("f248cd", fin=False), *pong_to(b"p"), more(bytes.fromhex("c9c90700")), *answers(text(b"Hello"))]
    z = Sender()
    split = z.fragments(TEXT, [MIXED[i:i + 1] for i in range(len(MIXED))])
    yield "characters cut by fragments", [
        *(step for frame in split[:-1] for step in (frame, *pong_to(b"p"))), split[-1], *answers(text(MIXED))]
    yield "a fragmented message that is not compressed", [
        text(b"a", fin=False), more(b"b"), *answers(text(b"ab"))]


def reserved_bits():
    z = Sender()
    data = z.deflate(b"Hello")
    for bits in (1, 2, 3, 5, 6, 7):
        yield f"bits {bits:03b} on a compressed message", [Frame(TEXT, data, rsv=bits)], fails(1002)
    for name, frame in (("a ping", ping(b"a", rsv=RSV1)), ("a pong", pong(b"a", rsv=RSV1)),
                        ("a Close frame", close(1000, rsv=RSV1)), ("a reserved opcode", Frame(3, rsv=RSV1)),
                        ("a continuation of nothing", more(data, rsv=RSV1))):
        yield f"RSV1 on {name}", [frame], fails(1002)
    yield "RSV1 on the continuation of a compressed message", [
        raw("f248cd", fin=False), more(bytes.fromhex("c9c90700"), rsv=RSV1)], fails(1002)
    yield "RSV1 on the continuation of a message that is not compressed", [
        text(b"a", fin=False), more(data, rsv=RSV1)], fails(1002)
    yield "RSV1 behind a good message, which is answered", [
        compressed(TEXT, data), more(rsv=RSV1), *answers(text(b"Hello"))], fails(1002)
    yield "a new compressed message within one", [raw("f248cd", fin=False), raw("f248cdc9c90700")], fails(1002)


def broken_data():
    yield "a block of a kind that there is not", [raw("07")], fails(1007)
    yield "lengths of a block that do not match", [raw("000500faf048656c6c6f00")], fails(1007)
    yield "a block that is longer than the message", [raw("006400 9bff 48656c6c6f")], fails(1007)
    yield "a message that ends within a code", [raw("f248cdc9")], fails(1007)
    yield "the end that is to be taken off", [raw("f248cdc9c907000000ffff")], fails(1007)
    yield "no byte at all", [raw("")], fails(1007)
    yield "a reference to before the first message", [raw("f200110000")], fails(1007)
    yield "code lengths that are impossible", [raw("fcffffffffffffff")], fails(1007)
    yield "text that is not compressed", [compressed(TEXT, b"Hello, WebSocket! " * 20)], fails(1007)
    yield "random bytes", [compressed(BINARY, b"\xff" + random.Random(3).randbytes(1000))], fails(1007)
    yield "a header of zlib", [compressed(TEXT, zlib.compress(b"Hello"))], fails(1007)
    yield "a frame that goes on, from its first byte", [raw("07", declared=1000)], fails(1007)
    yield "the second fragment", [raw("f248cd", fin=False), *pong_to(b"p"), more(b"\xff" * 20, fin=False)], fails(1007)
    yield "behind a good message, which is answered", [
        raw("f248cdc9c90700"), raw("07"), *answers(text(b"Hello"))], fails(1007)
    yield "behind a message that ends with garbage", [raw("f248cdc9c90700" + "ff" * 8)], fails(1007)
    yield "half a message, then the end of TCP", [raw("f248cd", declared=100)], SILENT


def utf8():
    for name, data in (("a byte that is never text", b"ok \xff ok"), ("a surrogate", b"ok \xed\xa0\x80"),
                       ("a character without its end", b"ok \xf0\x9f\x98")):
        yield f"{name}, compressed", [Sender().text(data)], fails(1007)
        yield f"{name} in a binary message is no matter", [Sender().binary(data), *answers(binary(data))]
    yield "in the first fragment, at once", Sender().fragments(TEXT, [b"\xff", b"a"])[:1], fails(1007)
    yield "a character cut by the message's end", [
        *Sender().fragments(TEXT, [b"a\xe2\x82", b""])], fails(1007)
    yield "far behind good text", [Sender().text(records(200000) + b"\xff")], fails(1007)


def limits(size):
    yield "a message of the size of the limit", [Sender().binary(bytes(size)), shrunk(BINARY, bytes(size))]
    yield "one byte more", [Sender().binary(bytes(size + 1))], fails(1009)
    yield "one byte more in a text", [Sender().text(b"x" * (size + 1))], fails(1009)
    half = [bytes(size // 2), bytes(size - size // 2)]
    yield "fragments of the size of the limit together", [
        *Sender().fragments(BINARY, half), shrunk(BINARY, bytes(size))]
    yield "fragments of one byte more together", Sender().fragments(BINARY, [*half, b"x"]), fails(1009)
    yield "a frame of which the header says more than the limit", [
        compressed(BINARY, b"", declared=size + 1)], fails(1009)
    yield "a good message is answered before the large one fails", [
        raw("f248cdc9c90700"), Sender().binary(bytes(size + 1)), *answers(text(b"Hello"))], fails(1009)
    for mebibytes in (64, 256):
        data = bomb(mebibytes << 20)
        name = f"{mebibytes} MiB in {len(data) // 1024} KiB"
        yield name, [compressed(BINARY, data)], fails(1009)
        yield f"{name}, as text", [compressed(TEXT, data)], fails(1009)
        yield f"{name}, in frames of 1 KiB", cut(BINARY, data, 1024), fails(1009)
        yield f"{name}, and the frame goes on", [compressed(BINARY, data, declared=len(data) + 1000)], fails(1009)
    z = Sender()
    at_limit = [z.binary(bytes(size)) for _ in range(4)]
    yield "four messages of the size of the limit in one write", [*at_limit, *[Answer(BINARY, bytes(size))] * 4]


# --- every agreement

def flags(server_takeover, client_takeover):
    return ((b"" if server_takeover else b"; server_no_context_takeover")
            + (b"" if client_takeover else b"; client_no_context_takeover"))


def window(side, bits):
    return b"" if bits is None else b"; %s_max_window_bits" % side + (b"" if bits == b"" else b"=%d" % bits)


def agreements_of_server():
    """What a client can offer, and what the peer makes of it."""
    for server_takeover, client_takeover, server_bits, client_bits in itertools.product(
            (True, False), (True, False), (None, *range(9, 16)), (None, b"", *range(8, 16))):
        offer = NAME + flags(server_takeover, client_takeover) + window(b"server", server_bits) + window(
            b"client", client_bits)
        answer = NAME + flags(server_takeover, client_takeover) + window(
            b"server", server_bits and min(server_bits, OWN_WINDOW)) + window(
            b"client", None if client_bits in (None, b"", 15) else client_bits)
        yield Agreement(offer.decode(), offer, answer, client_bits or 15, client_takeover, server_takeover)


def agreements_of_client():
    """What a server can answer to what the peer offers."""
    for server_takeover, client_takeover, server_bits, client_bits in itertools.product(
            (True, False), (True, False), (None, *range(8, 16)), (None, *range(8, 16))):
        answer = NAME + flags(server_takeover, client_takeover) + window(b"server", server_bits) + window(
            b"client", client_bits)
        yield Agreement(answer.decode(), OWN_OFFER, answer, server_bits or 15, server_takeover, client_takeover)


def repeated(agreement, can_compress):
    """Two messages that are the same: with takeover the second takes nearly nothing."""
    z = Sender(agreement.window, agreement.takeover)
    payload = noise(240)
    first = (100, 200) if can_compress else UNCOMPRESSED
    second = ((1, 40) if agreement.peer_takeover else first) if can_compress else UNCOMPRESSED
    return [z.text(payload), Answer(TEXT, payload, first), z.text(payload), Answer(TEXT, payload, second)]


def takes_part(role, agreement):
    # zlib cannot make a window of 2^8 bytes, and so a client that is told to use one sends uncompressed.
    return role == "server" or b"client_max_window_bits=8" not in agreement.answer


def head(role, agreement):
    if role == "server":
        return with_header(REQUEST, EXTENSIONS + agreement.offer)
    return with_header(ACCEPTANCE, EXTENSIONS + agreement.answer)


def agreements(role):
    for agreement in agreements_of_server() if role == "server" else agreements_of_client():
        yield (agreement.name, repeated(agreement, takes_part(role, agreement)), NORMAL, head(role, agreement), 101,
               agreement.answer)


def sizes(role):
    """In the style of Autobahn's sections 12 and 13: each size under several agreements."""
    every = {agreement.name: agreement for agreement in
             (agreements_of_server() if role == "server" else agreements_of_client())}
    names = ["", "; server_no_context_takeover", "; client_no_context_takeover",
             "; server_no_context_takeover; client_no_context_takeover", "; server_max_window_bits=9",
             "; client_max_window_bits=9",
             "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9"
             "; client_max_window_bits=9"]
    for agreement in (every[NAME.decode() + name] for name in names):
        for size in (16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072):
            count = max(2, min(20, 65536 // size))
            yield (f"{count} messages of {size} bytes: {agreement.name}",
                   messages(agreement, size, count), NORMAL, head(role, agreement), 101, agreement.answer)


def messages(agreement, size, count):
    z = Sender(agreement.window, agreement.takeover)
    sent, answered = [], []
    for seed in range(count):
        data = records(size, seed)
        # Every other one in fragments, and the last one of bytes that cannot be compressed.
        frames = z.fragments(TEXT, [data[:size // 3], data[size // 3:]]) if seed % 2 else [z.text(data)]
        sent += frames
        answered += small(text(data)) if size < THRESHOLD else [shrunk(TEXT, data, most=size * 4 // 5)]
    random_bytes = random.Random(size).randbytes(size)
    return [*sent, z.binary(random_bytes), *answered, *small(binary(random_bytes))]


# --- offers that are declined, answers that are wrong

INVALID_PARAMETERS = [
    ("a parameter that nobody knows", b"; x_unknown"),
    ("a parameter that nobody knows with a value", b"; x_unknown=1"),
    ("server_no_context_takeover with a value", b"; server_no_context_takeover=true"),
    ("client_no_context_takeover with a value", b"; client_no_context_takeover=1"),
    ("server_no_context_takeover twice", b"; server_no_context_takeover; server_no_context_takeover"),
    ("client_no_context_takeover twice", b"; client_no_context_takeover; client_no_context_takeover"),
    ("server_max_window_bits twice", b"; server_max_window_bits=10; server_max_window_bits=10"),
    ("client_max_window_bits twice", b"; client_max_window_bits=10; client_max_window_bits=10"),
    ("server_max_window_bits without a value", b"; server_max_window_bits"),
    *((f"{side}_max_window_bits of {value!r}", b"; %s_max_window_bits=%s" % (side.encode(), value.encode()))
      for side in ("server", "client")
      for value in ("0", "7", "16", "-9", "+9", "08", "010", "9.5", "1e1", "100", "a", "", '""', '"16"')),
]


def declined_offers():
    """The peer goes on without compression."""
    greeting = [*echo(text(b"Hello")), text(noise(300)), Answer(TEXT, noise(300), UNCOMPRESSED)]
    offers = [*((name, NAME + parameters) for name, parameters in INVALID_PARAMETERS),
              ("server_max_window_bits of 8, which zlib cannot make", NAME + b"; server_max_window_bits=8"),
              ("another extension", b"x-webkit-deflate-frame"), ("a longer name", NAME + b"-more"),
              ("two that are wrong", NAME + b"; a, " + NAME + b"; b=1")]
    for name, offer in offers:
        yield name, greeting, NORMAL, with_header(REQUEST, EXTENSIONS + offer)
        yield f"{name}: then RSV1 is not allowed", [Sender().text(b"Hello")], fails(1002), with_header(
            REQUEST, EXTENSIONS + offer)


def accepted_offers():
    """Others, in which something is for the peer to find or to overlook."""
    plain = NAME
    offers = [
        ("the first is wrong, the second is not", NAME + b"; x, " + NAME, plain),
        ("the first asks for 2^8", NAME + b"; server_max_window_bits=8, " + NAME + b"; server_max_window_bits=9",
         NAME + b"; server_max_window_bits=9"),
        ("the first of two that are right", NAME + b"; server_no_context_takeover, " + NAME,
         NAME + b"; server_no_context_takeover"),
        ("behind an extension that nobody knows", b"x-unknown; a=\"b, c; d\", " + NAME, plain),
        ("in a second header", b"x-unknown\r\n" + EXTENSIONS + NAME, plain),
        ("a number in quotation marks", NAME + b'; client_max_window_bits="10"',
         NAME + b"; client_max_window_bits=10"),
        ("white space everywhere", b" " + NAME + b" ;\tserver_max_window_bits = 10 ; client_no_context_takeover ",
         NAME + b"; client_no_context_takeover; server_max_window_bits=10"),
        ("no white space", NAME + b";server_no_context_takeover;client_max_window_bits=9",
         NAME + b"; server_no_context_takeover; client_max_window_bits=9"),
        ("in another order", NAME + b"; client_max_window_bits; server_no_context_takeover",
         NAME + b"; server_no_context_takeover"),
        ("empty elements", b", ," + NAME + b",", plain),
    ]
    for name, offer, answer in offers:
        z = Sender(9, takeover=False)
        yield (name, [z.text(noise(240)), shrunk(TEXT, noise(240), most=200)], NORMAL,
               with_header(REQUEST, EXTENSIONS + offer), 101, answer)


def without_takeover():
    """Who gave it up refers to the message before all the same."""
    refers = [raw("f248cdc9c90700"), Answer(TEXT, b"Hello"), raw("f200110000")]
    answer = NAME + b"; client_no_context_takeover"
    yield ("the client gave it up", refers, fails(1007), with_header(REQUEST, EXTENSIONS + answer), 101, answer)


def without_takeover_of_server():
    refers = [raw("f248cdc9c90700"), Answer(TEXT, b"Hello"), raw("f200110000")]
    answer = NAME + b"; server_no_context_takeover"
    yield ("the server gave it up", refers, fails(1007), with_header(ACCEPTANCE, EXTENSIONS + answer), 101, answer)


def wrong_answers():
    """RFC 7692 §7.1, RFC 6455 §9.1: the client ends the connection."""
    answers_given = [
        *((name, NAME + parameters) for name, parameters in INVALID_PARAMETERS),
        ("client_max_window_bits without a value", NAME + b"; client_max_window_bits"),
        ("the extension twice", NAME + b", " + NAME),
        ("an extension that was not offered", b"x-unknown"),
        ("one that was and one that was not offered", NAME + b", x-unknown"),
    ]
    for name, answer in answers_given:
        yield name, [], SILENT, with_header(ACCEPTANCE, EXTENSIONS + answer), FAILS
    yield ("the header twice", [], SILENT,
           with_header(ACCEPTANCE, EXTENSIONS + NAME + b"\r\n" + EXTENSIONS + NAME), FAILS)


def other_answers():
    yield ("no compression, then RSV1 is not allowed", [Sender().text(b"Hello")], fails(1002), None, 101, None)
    yield ("no compression, and the peer uses none", [text(noise(300)), Answer(TEXT, noise(300), UNCOMPRESSED)],
           NORMAL, None, 101, None)
    yield ("white space and quotation marks", repeated(Agreement("", b"", b"", 9, True, True), True), NORMAL,
           changed(ACCEPTANCE, b"\r\n\r\n", b"\r\nsec-websocket-extensions:" + NAME
                   + b' ;server_max_window_bits="9" \r\n\r\n'), 101, NAME + b"; server_max_window_bits=9")


def build(role, max_message):
    """Every case for a peer of that role, in order, numbered by group."""
    plain = Agreement("", OWN_OFFER if role == "client" else NAME, NAME, 15, True, True)
    rules = [("Examples", examples()), ("Data", kinds_of_data()), ("What is compressed", what_is_compressed()),
             ("Fragments", fragments()), ("Reserved bits", reserved_bits()), ("Broken data", broken_data()),
             ("UTF-8", utf8()), ("Limits", limits(max_message))]
    of_role = ([("Declined", declined_offers()), ("Accepted", accepted_offers()), ("No takeover", without_takeover())]
               if role == "server" else
               [("Wrong answers", wrong_answers()), ("Other answers", other_answers()),
                ("No takeover", without_takeover_of_server())])
    handshakes = [*of_role, ("Agreements", agreements(role)), ("Sizes", sizes(role))]
    for number, (title, group) in enumerate(rules, 1):
        for index, (name, steps, *rest) in enumerate(group, 1):
            yield Case(f"{number}.{index}", f"{title}: {name}", steps, rest[0] if rest else NORMAL,
                       head(role, plain), 101, plain.answer)
    for number, (title, group) in enumerate(handshakes, len(rules) + 1):
        for index, (name, steps, *rest) in enumerate(group, 1):
            yield Case(f"{number}.{index}", f"{title}: {name}", steps, *rest)

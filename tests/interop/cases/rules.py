# SPDX-License-Identifier: MIT
"""The cases: what is sent to a peer that echoes messages, and exactly what it must answer.

A case is a name, its steps and its ending. A step is a frame (or bytes) to send, or an Answer. Frames with
no Answer between them go out in one write. Groups are generators of (name, steps) or (name, steps, ending).
"""

import os
import struct
from collections import namedtuple

from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame

# head: an opening handshake other than the usual one, with {key} or {accept} in it; status: its answer, FAILS
# where the peer is a client that must end the connection. extensions: what the server answers, which is the
# peer or this side.
Case = namedtuple("Case", "number name steps end head status extensions", defaults=(None, 101, None))
# sizes: the least and the most that a compressed payload takes on the wire; UNCOMPRESSED, or None for any.
Answer = namedtuple("Answer", "opcode payload sizes", defaults=(None,))
# code: that of the peer's Close frame; reason: the same, None for any; last: what this side does before ("close", "end" of TCP or "");
# may_reset: whether the end of TCP may be a reset, as where the peer leaves bytes unread.
Ending = namedtuple("Ending", "code last may_reset reason", defaults=(None,))

NO_CODE, NO_CLOSE = 1005, 1006
FAILS = 0
UNCOMPRESSED = (0, 0)

NORMAL = Ending(1000, "close", False)
SILENT = Ending(NO_CLOSE, "end", False)


def closed(code, reason=b""):
    """The peer answers the Close frame that was sent last, by the same code and reason."""
    return Ending(code, "", False, reason)


def ignored(code):
    """The same where more came behind that Close frame."""
    return Ending(code, "", True, b"")


def fails(code):
    """The peer tells what was wrong and ends the connection."""
    return Ending(code, "", True)


def text(payload=b"", **rest):
    return Frame(TEXT, payload, **rest)


def binary(payload=b"", **rest):
    return Frame(BINARY, payload, **rest)


def more(payload=b"", **rest):
    return Frame(CONTINUATION, payload, **rest)


def ping(payload=b"", **rest):
    return Frame(PING, payload, **rest)


def pong(payload=b"", **rest):
    return Frame(PONG, payload, **rest)


def close(code=None, reason=b"", **rest):
    payload = reason if code is None else struct.pack("!H", code) + reason
    return Frame(CLOSE, payload, **rest)


def answers(*frames):
    return [Answer(frame.opcode, frame.payload) for frame in frames]


def echo(frame):
    return [frame, Answer(frame.opcode, frame.payload)]


def pong_to(payload):
    return [ping(payload), Answer(PONG, payload)]


# --- payloads

ASCII = b"Hello, WebSocket! "
EURO = "€".encode()
MIXED = "aé€😀".encode()

# What is no UTF-8, and at which byte that shows (RFC 3629 §4).
INVALID = [
    ("a continuation byte alone, the lowest", b"\x80", 1),
    ("a continuation byte alone, the highest", b"\xbf", 1),
    ("two continuation bytes", b"\x80\xbf", 1),
    ("C0, an overlong slash", b"\xc0\xaf", 1),
    ("C0 80, an overlong NUL", b"\xc0\x80", 1),
    ("C1, overlong", b"\xc1\xbf", 1),
    ("E0 80, an overlong slash in three bytes", b"\xe0\x80\xaf", 2),
    ("E0 9F, the highest overlong in three bytes", b"\xe0\x9f\xbf", 2),
    ("F0 80, an overlong slash in four bytes", b"\xf0\x80\x80\xaf", 2),
    ("F0 8F, the highest overlong in four bytes", b"\xf0\x8f\xbf\xbf", 2),
    ("F8, a sequence of five bytes", b"\xf8\x88\x80\x80\x80", 1),
    ("FC, a sequence of six bytes", b"\xfc\x84\x80\x80\x80\x80", 1),
    ("FE", b"\xfe", 1),
    ("FF", b"\xff", 1),
    ("D800, the first high surrogate", b"\xed\xa0\x80", 2),
    ("DBFF, the last high surrogate", b"\xed\xaf\xbf", 2),
    ("DC00, the first low surrogate", b"\xed\xb0\x80", 2),
    ("DFFF, the last low surrogate", b"\xed\xbf\xbf", 2),
    ("a pair of surrogates", b"\xed\xa0\x80\xed\xb0\x80", 2),
    ("110000, one beyond Unicode", b"\xf4\x90\x80\x80", 2),
    ("140000", b"\xf5\x80\x80\x80", 1),
    ("F7", b"\xf7\xbf\xbf\xbf", 1),
    ("a letter as the second byte of two", b"\xc2A", 2),
    ("a letter as the second byte of three", b"\xe1A", 2),
    ("a letter as the third byte of three", b"\xe1\x80A", 3),
    ("a letter as the second byte of four", b"\xf1A", 2),
    ("a letter as the fourth byte of four", b"\xf1\x80\x80A", 4),
    ("a leading byte as the second byte", b"\xc3\xc3\xa9", 2),
]

UNFINISHED = [
    ("two bytes less one", b"\xc3"),
    ("three bytes less two", b"\xe2"),
    ("three bytes less one", b"\xe2\x82"),
    ("four bytes less three", b"\xf0"),
    ("four bytes less two", b"\xf0\x9f"),
    ("four bytes less one", b"\xf0\x9f\x98"),
]

VALID = [
    ("NUL", "\0"),
    ("all of ASCII", "".join(map(chr, range(128)))),
    ("U+0080, the first of two bytes", "\u0080"),
    ("U+07FF, the last of two bytes", "\u07ff"),
    ("U+0800, the first of three bytes", "\u0800"),
    ("U+D7FF, the last before the surrogates", "\ud7ff"),
    ("U+E000, the first behind the surrogates", "\ue000"),
    ("U+FFFD, the replacement character", "\ufffd"),
    ("U+FFFE and U+FFFF, noncharacters", "\ufffe\uffff"),
    ("U+FDD0, a noncharacter", "\ufdd0"),
    ("U+10000, the first of four bytes", "\U00010000"),
    ("U+1FFFE, a noncharacter of another plane", "\U0001fffe"),
    ("U+10FFFF, the last", "\U0010ffff"),
    ("U+FEFF at the start, which is text and no byte order mark", "\ufeffabc"),
    ("U+FEFF in the middle and at the end", "a\ufeffb\ufeff"),
    ("combining characters", "e\u0301n\u0303"),
    ("an emoji of several code points", "👩\u200d👩\u200d👧"),
    ("letters of several scripts", "κόσμε мир 世界 שלום"),
]

VALID_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
INVALID_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]


# --- the groups

def framing():
    for kind, make in (("text", text), ("binary", binary)):
        for size in (0, 1, 2, 124, 125, 126, 127, 128, 4095, 65535, 65536, 65537):
            yield f"a {kind} message of {size} bytes", echo(make((ASCII * (size // 18 + 1))[:size]))
        yield f"a {kind} message of 1 MiB", echo(make(ASCII[:16] * 65536))
        yield f"three {kind} messages in one write", [*(make(bytes([c])) for c in b"abc"),
                                                      *answers(make(b"a"), make(b"b"), make(b"c"))]
    yield "every byte value in a binary message", echo(binary(bytes(range(256))))
    yield "text and binary by turns", [*echo(text(b"a")), *echo(binary(b"\xff")), *echo(text(b"b"))]
    many = [text(b"%d" % i) for i in range(10000)]
    yield "10,000 messages at once come back in order", [*many, *answers(*many)]
    yield "a frame of which the payload never comes, then the end of TCP", [text(b"abc", cut=4)], SILENT
    yield "half a header, then the end of TCP", [text(b"abc", cut=1)], SILENT
    yield "the end of TCP without a Close frame", echo(text(b"abc")), SILENT


def lengths():
    for size, bits in ((0, 16), (1, 16), (125, 16), (0, 64), (125, 64), (126, 64), (65535, 64)):
        yield (f"the length {size} written in {bits} bits", [text(bytes(size), length_size=bits)], fails(1002))
    yield "a ping with its length in 16 bits", [ping(b"abc", length_size=16)], fails(1002)
    yield "a continuation with its length in 64 bits", [text(b"a", fin=False), more(b"b", length_size=64)], \
        fails(1002)
    yield "a length of 2^63", [binary(declared=1 << 63)], fails(1002)
    yield "a length of 2^64 - 1", [text(declared=(1 << 64) - 1)], fails(1002)


def control_frames():
    yield "a ping without payload", pong_to(b"")
    yield "a ping with text", pong_to(b"Hello")
    yield "a ping with bytes that are no text", pong_to(b"\x00\xff\xfe\xfd\x80\x00")
    yield "a ping of 125 bytes", pong_to(bytes(range(125)))
    yield "a ping of 126 bytes", [ping(bytes(126))], fails(1002)
    yield "a ping of which the header alone says 126", [ping(declared=126)], fails(1002)
    yield "a ping of 65,536 bytes", [ping(declared=65536)], fails(1002)
    yield "a ping that is fragmented", [ping(b"a", fin=False), more(b"b")], fails(1002)
    ten = [b"ping %d" % i for i in range(10)]
    yield "ten pings one after the other", [step for payload in ten for step in pong_to(payload)]
    yield "ten pings at once", [*map(ping, ten), *answers(*map(pong, ten))]
    yield "a ping between messages", [text(b"a"), ping(b"p"), text(b"b"),
                                      *answers(text(b"a"), pong(b"p"), text(b"b"))]
    yield "a ping within a message is answered before the message ends", [
        text(b"a", fin=False), *pong_to(b"now"), more(b"b"), *answers(text(b"ab"))]
    yield "a pong that nobody asked for", [pong(), *echo(text(b"a"))]
    yield "a pong with payload that nobody asked for", [pong(b"hello"), *echo(text(b"a"))]
    yield "ten pongs, then a ping", [*(pong(b"x") for _ in range(10)), *pong_to(b"p")]
    yield "a pong within a message", [text(b"a", fin=False), pong(b"x"), more(b"b"), *answers(text(b"ab"))]
    yield "a pong of 125 bytes", [pong(bytes(125)), *pong_to(b"p")]
    yield "a pong of 126 bytes", [pong(bytes(126))], fails(1002)
    yield "a pong that is fragmented", [pong(b"a", fin=False)], fails(1002)
    yield "nothing but a hundred fragments and a hundred pings between them", [
        text(b"", fin=False), *(step for i in range(100) for step in
                                (more(b"x", fin=False), *pong_to(b"%d" % i))),
        more(b"y"), *answers(text(b"x" * 100 + b"y"))]


def reserved_bits():
    for rsv in range(1, 8):
        yield f"bits {rsv:03b} on a text frame", [text(b"Hello", rsv=rsv)], fails(1002)
    yield "a bit on an empty text frame", [text(rsv=4)], fails(1002)
    yield "a bit on a binary frame", [binary(b"Hello", rsv=2)], fails(1002)
    yield "a bit on a continuation", [text(b"a", fin=False), more(b"b", rsv=1)], fails(1002)
    yield "a bit on a ping", [ping(b"Hello", rsv=4)], fails(1002)
    yield "a bit on a pong", [pong(b"Hello", rsv=1)], fails(1002)
    yield "all bits on a Close frame", [close(1000, rsv=7)], fails(1002)
    yield "a bit behind a good message, which is answered", [*echo(text(b"a")), text(b"b", rsv=4)], fails(1002)
    yield "the same in one write", [text(b"a"), text(b"b", rsv=4), *answers(text(b"a"))], fails(1002)


def opcodes():
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        yield f"opcode {opcode}, empty", [Frame(opcode)], fails(1002)
        yield f"opcode {opcode} with payload", [Frame(opcode, b"reserved")], fails(1002)
        yield f"opcode {opcode} behind a message, which is answered", [
            text(b"a"), Frame(opcode), ping(b"never answered"), *answers(text(b"a"))], fails(1002)
    yield "opcode 3 within a message", [text(b"a", fin=False), Frame(3, b"b")], fails(1002)
    yield "opcode 11 within a message", [text(b"a", fin=False), Frame(11)], fails(1002)


def fragmentation():
    for kind, make in (("text", text), ("binary", binary)):
        yield f"{kind} in two fragments", [make(b"ab", fin=False), more(b"cd"), *answers(make(b"abcd"))]
        yield f"{kind} in three fragments", [make(b"a", fin=False), more(b"b", fin=False), more(b"c"),
                                             *answers(make(b"abc"))]
        yield f"{kind} in a thousand fragments of a byte", [
            make(b"0", fin=False), *(more(b"x", fin=False) for _ in range(998)), more(b"1"),
            *answers(make(b"0" + b"x" * 998 + b"1"))]
        yield f"{kind} in fragments of 64 KiB", [
            make(b"a" * 65536, fin=False), more(b"b" * 65536, fin=False), more(b"c" * 65536),
            *answers(make(b"a" * 65536 + b"b" * 65536 + b"c" * 65536))]
        yield f"{kind} in empty fragments only", [make(fin=False), more(fin=False), more(), *answers(make())]
        yield f"{kind} in fragments of which the first is empty", [make(fin=False), more(b"a"),
                                                                   *answers(make(b"a"))]
        yield f"{kind} in fragments of which the last is empty", [make(b"a", fin=False), more(),
                                                                  *answers(make(b"a"))]
    yield "two fragmented messages one after the other", [
        text(b"a", fin=False), more(b"b"), binary(b"c", fin=False), more(b"d"),
        *answers(text(b"ab"), binary(b"cd"))]
    yield "a small message behind a large fragmented one", [
        binary(b"x" * 100000, fin=False), more(b"y" * 100000), text(b"small"),
        *answers(binary(b"x" * 100000 + b"y" * 100000), text(b"small"))]
    yield "a continuation with nothing to continue, FIN set", [more(b"a")], fails(1002)
    yield "a continuation with nothing to continue, FIN clear", [more(b"a", fin=False), text(b"b")], fails(1002)
    yield "an empty continuation with nothing to continue", [more()], fails(1002)
    yield "a continuation behind a whole message", [*echo(text(b"a")), more(b"b")], fails(1002)
    yield "a continuation behind a fragmented message", [
        text(b"a", fin=False), more(b"b"), more(b"c"), *answers(text(b"ab"))], fails(1002)
    yield "a text frame within a text message", [text(b"a", fin=False), text(b"b")], fails(1002)
    yield "a binary frame within a text message", [text(b"a", fin=False), binary(b"b")], fails(1002)
    yield "a text frame within a binary message", [binary(b"a", fin=False), text(b"b", fin=False)], fails(1002)
    yield "an empty text frame within a text message", [text(fin=False), text()], fails(1002)
    yield "a Close within a message ends it unanswered", [text(b"a", fin=False), close(1000)], closed(1000)
    yield "a message that is never finished, then the end of TCP", [text(b"a", fin=False), more(b"b", fin=False)], \
        SILENT


def utf8():
    for name, character in VALID:
        yield name, echo(text(character.encode()))
    for size in range(1, len(MIXED)):
        yield f"one to four bytes a character, split behind byte {size}", [
            text(MIXED[:size], fin=False), more(MIXED[size:]), *answers(text(MIXED))]
    yield "a fragment for each byte", [
        text(MIXED[:1], fin=False), *(more(MIXED[i:i + 1], fin=False) for i in range(1, len(MIXED))), more(),
        *answers(text(MIXED))]
    yield "a ping within a character", [text(EURO[:1], fin=False), *pong_to(b"p"), more(EURO[1:]),
                                        *answers(text(EURO))]
    yield "64 KiB of three-byte characters", echo(text(EURO * 21846))
    for name, data, at in INVALID:
        yield f"{name}: in one frame", [text(b"ok " + data + b" ok")], fails(1007)
        yield f"{name}: at once, in a frame that goes on", [
            text(b"ok " + data[:at], declared=1000)], fails(1007)
        yield f"{name}: split before the bad byte", [
            text(b"ok " + data[:at - 1], fin=False), *pong_to(b"still good"), more(data[at - 1:at], fin=False)], \
            fails(1007)
    for name, data in UNFINISHED:
        yield f"a character at the end of a message: {name}", [text(b"ok" + data)], fails(1007)
        yield f"the same at the end of a fragmented message: {name}", [
            text(b"ok" + data, fin=False), *pong_to(b"still good"), more()], fails(1007)
    yield "bad bytes far behind good ones", [text(EURO * 20000 + b"\xff" + ASCII)], fails(1007)
    yield "what is no text is no matter in a binary message", echo(binary(b"\xff\xfe\xc0\x80\xed\xa0\x80"))
    yield "nor in fragments of one", [binary(b"\xff", fin=False), more(b"\xc0"), *answers(binary(b"\xff\xc0"))]
    yield "a good message is answered before the bad one fails", [
        text(b"a"), text(b"\xff"), *answers(text(b"a"))], fails(1007)


def closing():
    yield "Close with 1000", [close(1000)], closed(1000)
    yield "Close without a code", [close()], closed(NO_CODE)
    yield "Close with a reason", [close(1000, b"done")], closed(1000, b"done")
    yield "Close with a reason that is not ASCII", [close(1000, MIXED)], closed(1000, MIXED)
    yield "Close with a reason of 123 bytes", [close(1000, b"r" * 123)], closed(1000, b"r" * 123)
    for code in VALID_CODES:
        yield f"Close with {code}", [close(code)], closed(code)
    for code in INVALID_CODES:
        yield f"Close with {code}, which is not to be sent", [close(code)], fails(1002)
    yield "Close with half a code", [close(None, b"\x03")], fails(1002)
    yield "Close with a reason of 124 bytes", [close(1000, b"r" * 124)], fails(1002)
    yield "Close that is fragmented", [close(1000, fin=False)], fails(1002)
    yield "Close with a reason that is no text", [close(1000, b"\xce\xba\xed\xa0\x80")], fails(1007)
    yield "Close with a reason that ends within a character", [close(1000, EURO[:2])], fails(1007)
    yield "Close behind a message, which is answered first", [text(b"a"), close(1000), *answers(text(b"a"))], \
        closed(1000)
    yield "Close behind a ping, which is answered first", [ping(b"p"), close(1000), *answers(pong(b"p"))], \
        closed(1000)
    yield "Close behind 1 MiB, which is answered first", [
        binary(bytes(1 << 20)), close(4000), *answers(binary(bytes(1 << 20)))], closed(4000)
    yield "a message behind Close is ignored", [close(1000), text(b"late")], ignored(1000)
    yield "a ping behind Close is ignored", [close(1000), ping(b"late")], ignored(1000)
    yield "a second Close is ignored", [close(1000), close(1001)], ignored(1000)
    yield "what breaks the rules behind Close is ignored", [close(1000), b"\xff" * 100], ignored(1000)


def limits(size):
    yield "a message of the size of the limit", echo(binary(bytes(size)))
    yield "a text of the size of the limit", echo(text(b"x" * size))
    yield "one byte more, failed from the header alone", [binary(declared=size + 1)], fails(1009)
    yield "one byte more in a text frame", [text(declared=size + 1)], fails(1009)
    yield "one byte more, failed before the masking key", [binary(declared=size + 1, cut=10)], fails(1009)
    yield "2^62 bytes declared and ten sent", [binary(bytes(10), declared=1 << 62)], fails(1009)
    yield "2^63 - 1 bytes declared", [binary(declared=(1 << 63) - 1)], fails(1009)
    yield "fragments of the size of the limit together", [
        binary(bytes(size - 10), fin=False), more(bytes(10)), *answers(binary(bytes(size)))]
    yield "a ping within them, which does not count", [
        binary(bytes(size - 10), fin=False), *pong_to(bytes(125)), more(bytes(10)), *answers(binary(bytes(size)))]
    yield "fragments of one byte more, failed from the last header", [
        binary(bytes(size - 10), fin=False), more(declared=11)], fails(1009)
    yield "a first fragment of one byte more", [binary(declared=size + 1, fin=False)], fails(1009)
    yield "2^63 - 1 bytes declared by a continuation", [
        text(b"a", fin=False), more(declared=(1 << 63) - 1)], fails(1009)
    yield "a good message is answered before the large one fails", [
        *echo(text(b"a")), binary(declared=size + 1)], fails(1009)


def many_fragments(role):
    fragment = more(fin=False, key=bytes(4)).encode(role == "server")
    first = binary(fin=False, key=bytes(4)).encode(role == "server")
    last = more(key=bytes(4)).encode(role == "server")
    yield "262,144 fragments", [first + fragment * 262142 + last, *answers(binary())]
    yield "one fragment more", [first + fragment * 262143 + last], fails(1008)


def masking():
    for name, frame in (("a text frame", text(b"a", wrong_mask=True)),
                        ("an empty text frame", text(wrong_mask=True)),
                        ("a binary frame", binary(b"a", wrong_mask=True)),
                        ("a ping", ping(b"a", wrong_mask=True)),
                        ("a pong", pong(wrong_mask=True)),
                        ("a Close frame", close(1000, wrong_mask=True))):
        yield f"{name} masked by the server or not by the client", [frame], fails(1002)
    yield "the same behind a good message", [text(b"a"), text(b"b", wrong_mask=True), *answers(text(b"a"))], \
        fails(1002)
    yield "the same in a continuation", [text(b"a", fin=False), more(b"b", wrong_mask=True)], fails(1002)


def masking_keys():
    yield "a key of zeros", echo(text(b"Hello", key=bytes(4)))
    yield "a key of ones", echo(text(b"Hello", key=b"\xff\xff\xff\xff"))
    for size in range(1, 18):
        yield f"each byte of the key in its turn, {size} bytes", echo(
            binary(bytes(range(size)), key=b"\x01\x20\x80\xf7"))
    yield "the same key for two frames", [*echo(text(b"a", key=b"abcd")), *echo(text(b"b", key=b"abcd"))]
    yield "a key of its own for each fragment", [
        text(b"abcde", fin=False, key=b"\x01\x02\x03\x04"), more(b"fgh", fin=False, key=b"\x05\x06\x07\x08"),
        more(b"ij", key=b"\x09\x0a\x0b\x0c"), *answers(text(b"abcdefghij"))]


def own_masking_keys():
    frames = [text(b"%d" % i) for i in range(1000)]
    yield "the peer's own keys are new ones for each frame", [*frames, *answers(*frames)]


def payloads():
    """Contents that a compressor, a tokenizer or a C string might get wrong."""
    yield "JSON", echo(text(b'{"a":[1,2,{"b":"\\u00e9"}],"c":null}'))
    yield "what looks like a frame header", echo(binary(text(b"x" * 300).encode(True) * 10))
    yield "what looks like an HTTP request", echo(text(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
    yield "line ends of every kind", echo(text(b"a\nb\r\nc\rd\n\r\n"))
    yield "64 KiB of NUL", echo(text(bytes(65536)))
    yield "64 KiB of FF", echo(binary(b"\xff" * 65536))
    yield "random bytes", echo(binary(os.urandom(100000)))


# --- opening handshakes

REQUEST = (b"GET /chat?room=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n")
ACCEPTANCE = (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              b"Sec-WebSocket-Accept: {accept}\r\n\r\n")


def changed(head, old, new):
    assert old in head
    return head.replace(old, new)


def with_header(head, header):
    return changed(head, b"\r\n\r\n", b"\r\n" + header + b"\r\n\r\n")


def good_requests():
    yield "names of headers in lower case", REQUEST.replace(b"Upgrade: ", b"upgrade: ").replace(
        b"Sec-WebSocket", b"sec-websocket").replace(b"Host", b"host").replace(b"Connection", b"connection")
    yield "names of headers in upper case", REQUEST.replace(b"Sec-WebSocket-Key", b"SEC-WEBSOCKET-KEY").replace(
        b"Upgrade: ", b"UPGRADE: ")
    yield "Upgrade: WebSocket", changed(REQUEST, b"websocket\r", b"WebSocket\r")
    yield "Connection: keep-alive, Upgrade", changed(REQUEST, b": Upgrade", b": keep-alive, Upgrade")
    yield "Connection: upgrade", changed(REQUEST, b": Upgrade", b": upgrade")
    yield "no space behind the colons", REQUEST.replace(b": ", b":")
    yield "white space around the values", REQUEST.replace(b": ", b": \t ").replace(b"websocket\r", b"websocket \t\r")
    yield "an extension that nobody knows is offered", with_header(
        REQUEST, b"Sec-WebSocket-Extensions: x-unknown; a=1; b=\"c,d\"")
    yield "a subprotocol that the server does not have", with_header(REQUEST, b"Sec-WebSocket-Protocol: x-unknown")
    yield "a header of 8 KiB", with_header(REQUEST, b"X-Long: " + b"x" * 8192)


def bad_requests():
    yield "no key", changed(REQUEST, b"Sec-WebSocket-Key: {key}\r\n", b""), 400
    yield "two keys", with_header(REQUEST, b"Sec-WebSocket-Key: {key}"), 400
    yield "a key that is too short", changed(REQUEST, b"{key}", b"YWJj"), 400
    yield "a key that is no Base64", changed(REQUEST, b"{key}", b"!" * 24), 400
    yield "no version", changed(REQUEST, b"Sec-WebSocket-Version: 13\r\n", b""), 400
    yield "version 12", changed(REQUEST, b": 13", b": 12"), 426
    yield "no Upgrade header", changed(REQUEST, b"Upgrade: websocket\r\n", b""), 426
    yield "Upgrade to something else", changed(REQUEST, b"websocket\r", b"h2c\r"), 426
    yield "the method POST", changed(REQUEST, b"GET", b"POST"), 405
    yield "HTTP/1.0", changed(REQUEST, b"HTTP/1.1", b"HTTP/1.0"), 400
    yield "HTTP/2.0", changed(REQUEST, b"HTTP/1.1", b"HTTP/2.0"), 505
    yield "no Host header", changed(REQUEST, b"Host: 127.0.0.1\r\n", b""), 400
    yield "two Host headers", with_header(REQUEST, b"Host: 127.0.0.1"), 400
    yield "lines that end with LF alone", REQUEST.replace(b"\r\n", b"\n"), 400
    yield "a folded header", with_header(REQUEST, b"X-Folded: a\r\n b"), 400
    yield "NUL in a header", with_header(REQUEST, b"X-Nul: a\0b"), 400
    yield "a space before a colon", with_header(REQUEST, b"X-Space : a"), 400
    yield "a body", with_header(REQUEST, b"Content-Length: 5") + b"abcde", 400
    yield "a chunked body", with_header(REQUEST, b"Transfer-Encoding: chunked"), 400
    yield "no HTTP at all", b"hello\r\n\r\n", 400
    yield "a target of 20,000 bytes", changed(REQUEST, b"/chat", b"/" + b"x" * 20000), 414
    yield "headers of 20,000 bytes", with_header(REQUEST, b"X-Long: " + b"x" * 20000), 431
    yield "101 headers", with_header(REQUEST, b"\r\n".join(b"X-%d: a" % i for i in range(96))), 431


def good_acceptances():
    yield "names of headers in lower case", ACCEPTANCE.replace(b"Upgrade: ", b"upgrade: ").replace(
        b"Sec-WebSocket", b"sec-websocket").replace(b"Connection", b"connection")
    yield "Upgrade: WebSocket", changed(ACCEPTANCE, b"websocket\r", b"WebSocket\r")
    yield "Connection: keep-alive, Upgrade", changed(ACCEPTANCE, b": Upgrade", b": keep-alive, Upgrade")
    yield "no reason in the status line", changed(ACCEPTANCE, b"101 Switching Protocols", b"101 ")
    yield "another reason in the status line", changed(ACCEPTANCE, b"Switching Protocols", b"Go ahead")
    yield "headers that mean nothing", with_header(ACCEPTANCE, b"Server: cases\r\nDate: now\r\nSet-Cookie: a=b")


def handshakes(role):
    greeting = echo(text(b"Hello"))
    if role == "client":
        for name, head in good_acceptances():
            yield name, greeting, NORMAL, head
        return
    for name, head in good_requests():
        yield name, greeting, NORMAL, head
    first = text(b"early").encode(True)
    yield "the first message in the same write as the request", answers(text(b"early")), NORMAL, REQUEST + first
    for name, head, status in bad_requests():
        yield name, [], SILENT, head, status


def build(role, max_message):
    """Every case for a peer of that role, in order, numbered by group."""
    groups = [("Handshake", handshakes(role)), ("Framing", framing()), ("Lengths", lengths()),
              ("Control frames", control_frames()), ("Reserved bits", reserved_bits()), ("Opcodes", opcodes()),
              ("Fragmentation", fragmentation()), ("UTF-8", utf8()), ("Closing", closing()),
              ("Limits", limits(max_message)), ("Limits", many_fragments(role)), ("Payloads", payloads()),
              ("Masking", masking()), ("Masking", masking_keys() if role == "server" else own_masking_keys())]
    for number, (title, group) in enumerate(groups, 1):
        for index, (name, steps, *rest) in enumerate(group, 1):
            yield Case(f"{number}.{index}", f"{title}: {name}", steps, *(rest or [NORMAL]))

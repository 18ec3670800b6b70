# SPDX-License-Identifier: MIT
"""Who is measured, and how each of them is started."""

import functools
import shutil
import subprocess
from dataclasses import dataclass

ECHO, CROWD, FAN, TLS, DEFLATE, CLIENT = "echo", "crowd", "fan", "tls", "deflate", "client"
SERVER_KINDS = frozenset({ECHO, CROWD, FAN, TLS, DEFLATE})
EVERY_KIND = SERVER_KINDS | {CLIENT}


@dataclass(frozen=True)
class Peer:
    name: str
    program: str  # in the directory of the built programs, where a script is beside this file
    kinds: frozenset[str] = EVERY_KIND
    arguments: tuple[str, ...] = ()  # of the server
    interpreter: str = ""  # "node", or a program in the directory of the built programs
    is_raw: bool = False  # bytes without a protocol

    @property
    def is_testee(self):
        return self.program.endswith("wskit_testee")

    @property
    def is_ours(self):
        return self.name.startswith("wskit")


TESTEE = "testee/wskit_testee"
PEERS = [
    Peer("wskit", TESTEE),
    Peer("wskit-fast", TESTEE, SERVER_KINDS, ("--fast",)),
    Peer("wskit-epoll", TESTEE, SERVER_KINDS, ("--dispatcher", "epoll")),
    Peer("wskit-threads", TESTEE, SERVER_KINDS, ("--threads", "2")),
    Peer("wskit-compat", "bench/bench_compat", EVERY_KIND - {DEFLATE}),
    Peer("qtwebsockets", "bench/bench_qtwebsockets", EVERY_KIND - {DEFLATE}),
    Peer("beast", "bench/bench_beast"),
    Peer("ws", "bench_ws.js", interpreter="node"),
    Peer("bun", "bench_bun.js", interpreter="bench/node_modules/.bin/bun"),
    Peer("qtcpsocket", "bench/bench_qtcpsocket", frozenset({ECHO, CROWD}), is_raw=True),
    Peer("epoll", "bench/bench_epoll", frozenset({ECHO, CROWD}), is_raw=True),
    Peer("qsslsocket", "bench/bench_qsslsocket", frozenset({TLS}), is_raw=True),
    Peer("zlib", "bench/bench_zlib", frozenset({DEFLATE})),
]


class Programs:
    """Where the programs are that this build has made, and the scripts beside this file."""

    def __init__(self, built, scripts):
        self.built = built
        self.scripts = scripts

    @property
    def load(self):
        return self.built / "bench/bench_load"

    @property
    def node_modules(self):
        return self.built / "bench/node_modules"

    def certificate(self):
        return [str(self.built / "certificates" / name) for name in ("server.crt", "server.key")]

    def command(self, peer):
        if not peer.interpreter:
            return [str(self.built / peer.program)]
        interpreter = shutil.which(peer.interpreter) or str(self.built / peer.interpreter)
        return [interpreter, str(self.scripts / peer.program)]

    def missing(self, peer):
        """What this peer lacks to be started, or nothing."""
        for part in self.command(peer):
            if not shutil.which(part) and not part.endswith(".js"):
                return f"{part} is not there"
        if peer.name == "ws" and not (self.node_modules / "ws").exists():
            return "npm has not installed it"
        return self.unknown_option(peer, peer.arguments)

    def unknown_option(self, peer, arguments):
        """Which of the arguments our own server is too old for, or nothing."""
        unknown = [a for a in arguments if peer.is_testee and a.startswith("--") and a not in self._testee_help()]
        return f"wskit_testee has no option {unknown[0]}" if unknown else ""

    @functools.cache
    def _testee_help(self):
        return subprocess.run([str(self.built / TESTEE), "--help"], capture_output=True, text=True).stdout

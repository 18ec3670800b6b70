#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the cases of rules.py against a WebSocket server or client that echoes messages.

cases.py server -- COMMAND...   starts COMMAND, a server that prints "listening on URL", and plays its client
cases.py server --url URL       the same against a server that is running
cases.py client -- COMMAND...   plays a case server; {url} in COMMAND stands for its URL. COMMAND asks it for
                                /getCaseCount, then /runCase?case=K&agent=NAME for each, then /updateReports

With --deflate the cases are those of compression.py, and COMMAND has permessage-deflate with its defaults.
Every case is run twice: as it is, and chopped into single bytes. Exit status 0 if every run passed.
"""

import argparse
import base64
import os
import re
import select
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import compression
import rules
from wire import CLOSE, TEXT, Failure, Frame, Wire, accept_key, describe, parse_head

START_TIMEOUT = 120.0
MAX_FAILURES = 20  # each may cost a timeout; the table is to be seen in any case


@dataclass(frozen=True, eq=False)
class Run:
    case: rules.Case
    chops: bool  # whether everything is sent in pieces


class Results:
    def __init__(self, runs):
        self.runs = runs
        self.outcomes = {}  # by run: the failure's text, or "" if it passed

    def record(self, run, outcome):
        self.outcomes[run] = outcome

    def count(self, is_wanted):
        return sum(1 for outcome in self.outcomes.values() if is_wanted(outcome))

    def is_hopeless(self):
        return self.count(bool) >= MAX_FAILURES

    def print_table(self, agent):
        shown = {None: "not run", "": "passed"}
        print(f"{'case':<8}{'whole':<9}{'chopped':<9}{agent}")
        for whole, chopped in zip(self.runs[::2], self.runs[1::2]):
            outcomes = [self.outcomes.get(run) for run in (whole, chopped)]
            columns = "".join(f"{shown.get(outcome, 'FAILED'):<9}" for outcome in outcomes)
            print(f"{whole.case.number:<8}{columns}{whole.case.name}")
            for outcome in filter(None, outcomes):
                print(f"{'':<26}! {outcome}")
        passed, failed = self.count(lambda outcome: outcome == ""), self.count(bool)
        print(f"{len(self.runs) // 2} cases, {len(self.runs)} runs: {passed} passed, {failed} failed, "
              f"{len(self.runs) - passed - failed} not run")

    def all_passed(self):
        return len(self.runs) > 0 and self.count(lambda outcome: outcome == "") == len(self.runs)


# --- one run

def play(wire, case):
    """The steps and the ending of a case, on a connection that is open."""
    to_send = []

    def flush():
        wire.send(b"".join(to_send))
        to_send.clear()

    for step in case.steps:
        if isinstance(step, rules.Answer):
            flush()
            expect(wire, step)
        else:
            to_send.append(step if isinstance(step, bytes) else step.encode(wire.masks))
    if case.end.last == "close":
        to_send.append(rules.close(1000).encode(wire.masks))
    flush()
    play_ending(wire, case.end)
    keys = wire.masking_keys
    if len(keys) - len(set(keys)) > 1:  # by chance once in ten thousand for a thousand keys
        raise Failure("the peer uses masking keys again")


def expect(wire, answer):
    expected = describe(answer.opcode, answer.payload)
    frame = wire.take_frame(expected)
    if frame != (answer.opcode, answer.payload):
        raise Failure(f"expected {expected}, got {describe(*frame)}")
    if answer.sizes == rules.UNCOMPRESSED and wire.was_compressed:
        raise Failure(f"{expected} came compressed")
    if answer.sizes not in (None, rules.UNCOMPRESSED):
        least, most = answer.sizes
        if not wire.was_compressed or not least <= wire.wire_size <= most:
            raise Failure(f"{expected} came in {wire.wire_size} bytes instead of {least} to {most}, compressed")


def play_ending(wire, end):
    if end.last == "end":
        wire.finish_sending()
    if end.code != rules.NO_CLOSE:
        expect_close(wire, end.code, end.reason)
        if not wire.masks:
            wire.finish_sending()  # RFC 6455 §7.1.1: the server ends TCP first
    wire.expect_end(end.may_reset)


def expect_close(wire, code, reason):
    opcode, payload = wire.take_frame(f"Close {code}")
    if opcode != CLOSE:
        raise Failure(f"expected Close {code}, got {describe(opcode, payload)}")
    if len(payload) == 1:
        raise Failure("the peer's Close frame carries half a code")
    actual = struct.unpack("!H", payload[:2])[0] if payload else rules.NO_CODE
    if actual != code:
        raise Failure(f"expected Close {code}, got {describe(opcode, payload)}")
    try:
        payload[2:].decode("utf-8")
    except UnicodeDecodeError as error:
        raise Failure("the reason of the peer's Close frame is not UTF-8") from error
    if reason not in (None, payload[2:]):
        raise Failure(f"expected the reason {reason}, got {payload[2:]}")


def expect_head(wire, status, key, extensions):
    start, headers = parse_head(wire.take_head())
    if not re.fullmatch(rb"HTTP/1\.1 %d .*" % status, start):
        raise Failure(f"expected status {status}, got {start}")
    if status != 101:
        wire.take(int(headers.get(b"content-length", 0)), "the body of the answer")
        if status == 426 and headers.get(b"sec-websocket-version") != b"13":
            raise Failure("426 without Sec-WebSocket-Version: 13")
        return
    if headers.get(b"sec-websocket-accept") != accept_key(key):
        raise Failure("Sec-WebSocket-Accept is wrong")
    if b"sec-websocket-protocol" in headers:
        raise Failure(f"the peer accepted {headers[b'sec-websocket-protocol']}")
    accepted = headers.get(b"sec-websocket-extensions")
    if accepted != extensions:
        raise Failure(f"expected the extensions {extensions}, got {accepted}")


# --- against a server

def run_against_server(address, run):
    wire = Wire(socket.create_connection(address), masks=True, chops=run.chops)
    try:
        key = base64.b64encode(os.urandom(16))
        wire.send((run.case.head or rules.REQUEST).replace(b"{key}", key))
        expect_head(wire, run.case.status, key, run.case.extensions)
        wire.inflater = compression.inflater(run.case.extensions, "server")
        if run.case.status == 101:
            play(wire, run.case)
        else:
            wire.expect_end(may_reset=True)
    finally:
        wire.close()


def attempt(results, run, function, *arguments):
    try:
        function(*arguments, run)
    except (Failure, OSError) as error:
        results.record(run, str(error) or repr(error))
    else:
        results.record(run, "")


def read_url(process):
    """What COMMAND prints once it listens."""
    deadline = time.monotonic() + START_TIMEOUT
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
            sys.exit("cases.py: the server did not say where it listens")
        byte = os.read(process.stdout.fileno(), 1)
        if not byte:
            sys.exit("cases.py: the server ended before it listened")
        line += byte
    match = re.fullmatch(r"listening on (\S+)\s*", line.decode())
    if not match:
        sys.exit(f"cases.py: expected \"listening on URL\", got {line}")
    return match[1]


def test_server(options, runs):
    process = None
    if not options.url:
        process = subprocess.Popen(options.command, stdout=subprocess.PIPE)
    try:
        url = urlsplit(options.url or read_url(process))
        results = Results(runs)
        for run in runs:
            attempt(results, run, run_against_server, (url.hostname, url.port))
            if process and process.poll() is not None:
                results.record(run, f"the server ended with status {process.returncode}")
                break
            if results.is_hopeless():
                break
        return results
    finally:
        if process:
            process.terminate()
            process.wait()


# --- as a server

class CaseServer:
    def __init__(self, options, runs):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}"
        self.command = [argument.replace("{url}", self.url) for argument in options.command]
        self.offer = compression.OWN_OFFER if options.deflate else None
        self.runs = runs
        self.results = Results(runs)
        self.is_done = False

    def serve(self):
        process = subprocess.Popen(self.command)
        try:
            while not self.is_done and not self.results.is_hopeless() and self.is_there_client(process):
                sock, _ = self.listener.accept()
                self.answer(sock)
            if self.is_done and process.wait(timeout=START_TIMEOUT) != 0:
                sys.exit(f"cases.py: {self.command[0]} ended with status {process.returncode}")
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        return self.results

    def is_there_client(self, process):
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if select.select([self.listener], [], [], 0.1)[0]:
                return True
            if process.poll() is not None:
                return False
        return False

    def answer(self, sock):
        request = Wire(sock, masks=False, chops=False)
        start, headers = parse_head(request.take_head())
        target = urlsplit(start.split(b" ")[1].decode())
        key = headers[b"sec-websocket-key"]
        if headers.get(b"sec-websocket-extensions") != self.offer:
            sys.exit(f"cases.py: expected the offer {self.offer}, got {headers.get(b'sec-websocket-extensions')}")
        if target.path == "/runCase":
            run = self.runs[int(parse_qs(target.query)["case"][0]) - 1]
            attempt(self.results, run, self.play_case, request, key)
        else:
            steps = [Frame(TEXT, b"%d" % len(self.runs))] if target.path == "/getCaseCount" else []
            self.is_done = target.path == "/updateReports"
            self.play_case(request, key, Run(rules.Case("", target.path, steps, rules.NORMAL), False))
        request.close()

    def play_case(self, wire, key, run):
        wire.chops = run.chops
        wire.send((run.case.head or rules.ACCEPTANCE).replace(b"{accept}", accept_key(key)))
        if run.case.status == rules.FAILS:
            wire.expect_end(may_reset=True)
            return
        wire.inflater = compression.inflater(run.case.extensions, "client")
        play(wire, run.case)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("role", choices=("server", "client"), help="what the program under test is")
    parser.add_argument("--url", help="of a server that is running")
    parser.add_argument("--max-message", type=int, default=16 << 20, help="the peer's limit in bytes (16 MiB)")
    parser.add_argument("--deflate", action="store_true", help="the cases of permessage-deflate")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases with TEXT in number and name")
    arguments = sys.argv[1:]
    split = arguments.index("--") if "--" in arguments else len(arguments)
    options = parser.parse_args(arguments[:split])
    options.command = arguments[split + 1:]
    if bool(options.url) == bool(options.command) or (options.url and options.role == "client"):
        parser.error("give either a server's --url or a COMMAND behind --")

    build = compression.build if options.deflate else rules.build
    cases = [case for case in build(options.role, options.max_message)
             if options.only in f"{case.number} {case.name}"]
    runs = [Run(case, chops) for case in cases for chops in (False, True)]
    results = test_server(options, runs) if options.role == "server" else CaseServer(options, runs).serve()
    results.print_table(options.url or os.path.basename(options.command[0]))
    sys.exit(0 if results.all_passed() else 1)


if __name__ == "__main__":
    main()

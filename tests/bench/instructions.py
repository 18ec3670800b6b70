#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the instructions that an echoed message or an opening takes, and fails where they are more than those kept.

It also fails if it has compared nothing, or not all that is kept: a work without a kept figure, and a kept figure
whose work no longer exists, want --update.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

KEPT = pathlib.Path(__file__).with_suffix(".json")
TOLERANCE = 0.03
# Of one run; the other has twice as many, and what both do besides cancels out.
MESSAGES = {"opening": 256, "ping-pong 64 B": 1024, "pipelined 64 B": 2048, "16 KiB": 256, "1 MiB": 16}
# valgrind counts each byte of `rep movsb` as an instruction, so memcpy() is to do without it. A random order of hashes
# would make a difference.
ENVIRONMENT = os.environ | {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-ERMS,-FSRM", "QT_HASH_SEED": "0"}


def works(program, wanted):
    names = subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in names if all(part in name for part in wanted)]


def instructions(program, work, messages):
    with tempfile.NamedTemporaryFile() as profile:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile.name}",
                   program, work, str(messages)]
        subprocess.run(command, env=ENVIRONMENT, stderr=subprocess.PIPE, check=True)
        return int(re.search(rb"^totals: (\d+)", profile.read(), re.MULTILINE)[1])


def instructions_a_message(program, work):
    messages = MESSAGES[work.split(", ")[1]]
    once, twice = (instructions(program, work, count) for count in (messages, 2 * messages))
    return round((twice - once) / messages)


def measure(program, wanted):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        names = works(program, wanted)
        return dict(zip(names, pool.map(lambda name: instructions_a_message(program, name), names)))


def verdict(counted, kept):
    if kept is None:
        return "new"
    if counted > kept * (1 + TOLERANCE):
        return "MORE"
    return "much less: --update" if counted < kept * (1 - TOLERANCE) else ""


def mistakes(verdicts, gone):
    """What makes a run fail: its verdicts by the names of the works, and the names of kept figures without a work."""
    found = [f"{work} takes more than {TOLERANCE:.0%} above {KEPT.name}"
             for work, text in verdicts.items() if text == "MORE"]
    found += [f"{work} is not in {KEPT.name}" for work, text in verdicts.items() if text == "new"]
    return found + [f"{work} is in {KEPT.name}, but not measured" for work in gone]


def report(figures, kept):
    """Returns the verdicts."""
    print(f"{'instructions a message':<34}{'now':>10}{'kept':>10}{'':>9}")
    verdicts = {}
    for work, counted in figures.items():
        before = kept.get(work)
        verdicts[work] = verdict(counted, before)
        change = f"{100 * (counted / before - 1):+.1f} %" if before else ""
        print(f"{work:<34}{counted:>10}{before or '':>10}{change:>9}  {verdicts[work]}".rstrip())
    return verdicts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="bench_instructions")
    parser.add_argument("--only", nargs="+", default=[], metavar="PART", help="works whose name has all of these")
    parser.add_argument("--update", action="store_true", help="keep the figures of this run")
    arguments = parser.parse_args()
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    figures = measure(arguments.program, arguments.only)
    if not figures:
        sys.exit(f"{arguments.program} has no work whose name has {' and '.join(arguments.only) or 'anything'}")
    verdicts = report(figures, kept)
    if arguments.update:
        KEPT.write_text(json.dumps(kept | figures if arguments.only else figures, indent=4) + "\n")
        return
    gone = [] if arguments.only else [work for work in kept if work not in figures]
    if found := mistakes(verdicts, gone):
        sys.exit("\n".join(found) + "\nwhere that is meant, keep the new figures by --update")


if __name__ == "__main__":
    main()

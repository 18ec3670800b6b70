#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shows that no input makes reading it take more than its size: twice as long an input takes twice as many instructions.

work.py VALGRIND PROGRAM   counts the works of PROGRAM; prints the figures; exit status 0 if all are linear and secrets
                           are compared in the same time wherever they differ
"""

import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# What is added by doubling an input is doubled in turn if the work is linear, and fourfold if it is quadratic.
MAX_RATIO = 3
# valgrind counts each byte of `rep movsb` as an instruction.
ENVIRONMENT = os.environ | {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-ERMS,-FSRM"}


def counts_of(valgrind, program):
    """The instructions of each work by its name."""
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([valgrind, "--tool=callgrind", "--dump-line=no", f"--callgrind-out-file={folder}/out", program],
                       env=ENVIRONMENT, stderr=subprocess.PIPE, check=True)
        for path in pathlib.Path(folder).iterdir():
            text = path.read_text(encoding="utf-8")
            name = re.search(r"^desc: Trigger: Client Request: (.*)$", text, re.MULTILINE)
            if name:
                counts[name[1]] = int(re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)[1])
    return counts


def series(counts):
    """The counts of each work, by the size of its input."""
    result = collections.defaultdict(dict)
    for name, count in counts.items():
        if match := re.fullmatch(r"(.*) x(\d+)", name):
            result[match[1]][int(match[2])] = count
    return {name: [count for _, count in sorted(sizes.items())] for name, sizes in result.items()}


def is_linear(once, twice, four_times):
    return four_times - twice <= MAX_RATIO * max(twice - once, once // 4)


def main(valgrind, program):
    counts = counts_of(valgrind, program)
    works = series(counts)
    is_right = bool(works)
    for name, sizes in sorted(works.items()):
        good = len(sizes) == 3 and is_linear(*sizes)
        is_right &= good
        print("ok    " if good else "FAILED", name, *sizes)
    secrets = {name: count for name, count in counts.items() if name.startswith("secret, ")}
    good = len(secrets) == 4 and len(set(secrets.values())) == 1
    print("ok    " if good else "FAILED", secrets)
    return 0 if is_right and good else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))

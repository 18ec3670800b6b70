#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tests/soak.sh MINUTES [--seed N] [--calm] [--peaceful]: good clients among hostile ones for so long, on servers that
# are restarted and killed. Builds what it needs in build/dev, or in the build directory that BUILD names; the report
# is also in soak.log there. Fails if a message is lost, comes twice or has changed, if a process ends by itself, or if
# a server keeps memory, descriptors or threads.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ $# -eq 0 || ! $1 =~ ^[0-9.]+$ ]]; then
    echo "usage: tests/soak.sh MINUTES [--seed N] [--calm] [--peaceful]" >&2
    exit 2
fi
minutes="$1"
shift
build="${BUILD:-build/dev}"
if [[ ! -e $build/CMakeCache.txt ]]; then
    cmake --preset dev -B "$build"
fi
cmake --build "$build" --target wskit_soak --parallel "$(nproc)"
nice "$build/tests/soak/wskit_soak" --minutes "$minutes" "$@" 2>&1 | tee "$build/soak.log"

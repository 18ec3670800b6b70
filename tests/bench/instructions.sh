#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds in Release, counts the instructions a message takes and compares them with instructions.json; the
# arguments are those of instructions.py (see --help). BUILD_DIR names another build directory than build/bench.
set -euo pipefail

source_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
build="${BUILD_DIR:-$source_dir/build/bench}"

cmake -S "$source_dir" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DWSKIT_BUILD_TESTS=ON \
    -DWSKIT_BUILD_EXAMPLES=OFF >/dev/null
cmake --build "$build" --target bench_instructions --parallel "$(nproc)" >&2
exec python3 "$source_dir/tests/bench/instructions.py" "$build/tests/bench/bench_instructions" "$@"

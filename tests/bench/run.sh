#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds everything in Release and runs the benchmarks; the arguments are those of bench.py (see --help).
# BUILD_DIR names another build directory than build/bench.
set -euo pipefail

bench_dir="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
source_dir="$(cd "$bench_dir/../.." && pwd)"
build="${BUILD_DIR:-$source_dir/build/bench}"

# npm writes beside package.json, so a copy of it goes where node_modules may be.
install_npm_peers() {
    local directory="$build/tests/bench"
    if cmp --silent "$bench_dir/package.json" "$directory/package.json" && [ -d "$directory/node_modules" ]; then
        return
    fi
    cp "$bench_dir/package.json" "$directory/"
    npm install --prefix "$directory" --no-audit --no-fund --no-package-lock --prefer-offline >&2 ||
        echo "npm has not installed its peers" >&2
}

cmake -S "$source_dir" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DWSKIT_BUILD_TESTS=ON \
    -DWSKIT_BUILD_EXAMPLES=OFF >/dev/null
cmake --build "$build" --target bench --parallel "$(nproc)" >&2
install_npm_peers
exec python3 -B "$bench_dir/bench.py" "$build/tests" "$@"

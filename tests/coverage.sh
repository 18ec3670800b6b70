#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs tests on an instrumented build and prints which lines of src/ they do not reach: the unit tests of src/protocol,
# all that need no other program of src/net. Fails below the limits, in percent.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build/coverage
jobs="$(nproc)"

tests/install-packages.sh build test coverage
cmake --preset coverage -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12
cmake --build --preset coverage --parallel "$jobs"
find "$build" -name '*.gcda' -delete

# check PART LINES BRANCHES: of src/PART, by all tests so far.
check() {
    gcovr --root . --filter "src/$1/" -j "$jobs" --txt --print-summary \
        --fail-under-line "$2" --fail-under-branch "$3" "$build"
}

ctest --preset coverage --label-regex '^unit$' --parallel "$jobs"
check protocol 100 98
ctest --preset coverage --label-regex '^(integration|faults|fuzz)$' --parallel "$jobs"
check net 98 0

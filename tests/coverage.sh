#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the unit tests on an instrumented build and prints how much of src/protocol they reach.
# Fails below the limits: lines in percent, branches in percent.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build/coverage
report="$build/protocol.info"
line_limit=98
branch_limit=90
with_branches=(--rc lcov_branch_coverage=1)

tests/install-packages.sh build test coverage
cmake --preset coverage
cmake --build --preset coverage --parallel "$(nproc)"
find "$build" -name '*.gcda' -delete
ctest --preset coverage --parallel "$(nproc)"

engine_objects="$build/src/CMakeFiles/wskit_protocol.dir"
lcov --quiet "${with_branches[@]}" --capture --directory "$engine_objects" --output-file "$report.all"
lcov --quiet "${with_branches[@]}" --extract "$report.all" "$PWD/src/protocol/*" --output-file "$report"
lcov "${with_branches[@]}" --list "$report"

# The percentage of "  lines......: 98.7% (1234 of 1250 lines)".
percentage() {
    lcov "${with_branches[@]}" --summary "$report" 2>&1 | sed -n "s/^ *$1\.*: \([0-9.]*\)%.*/\1/p"
}

check() {
    local reached
    reached="$(percentage "$1")"
    echo "$1: $reached % (at least $2 %)"
    awk -v reached="$reached" -v limit="$2" 'BEGIN { exit !(reached != "" && reached + 0 >= limit) }'
}

check lines "$line_limit"
check branches "$branch_limit"

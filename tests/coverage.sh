#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the unit and integration tests on an instrumented build and prints how much of src/ they reach: the unit tests
# of src/protocol, both together of src/net. Fails below the limits: lines in percent, branches in percent.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build/coverage
protocol_line_limit=98
protocol_branch_limit=90
net_line_limit=95
with_branches=(--rc lcov_branch_coverage=1)
jobs="$(nproc)"

tests/install-packages.sh build test coverage
cmake --preset coverage
cmake --build --preset coverage --parallel "$jobs"
find "$build" -name '*.gcda' -delete

# Writes what the tests so far have reached of src/$1 to a report, and lists it.
report_of() {
    local all="$build/$1.all" report="$build/$1.info"
    lcov --quiet "${with_branches[@]}" --capture --directory "$build/src/CMakeFiles/wskit_$1.dir" --output-file "$all"
    lcov --quiet "${with_branches[@]}" --extract "$all" "$PWD/src/$1/*" --output-file "$report"
    lcov "${with_branches[@]}" --list "$report"
}

# The percentage of "  lines......: 98.7% (1234 of 1250 lines)" in the report of src/$1.
percentage() {
    lcov "${with_branches[@]}" --summary "$build/$1.info" 2>&1 | sed -n "s/^ *$2\.*: \([0-9.]*\)%.*/\1/p"
}

check() {
    local reached
    reached="$(percentage "$1" "$2")"
    echo "src/$1, $2: $reached % (at least $3 %)"
    awk -v reached="$reached" -v limit="$3" 'BEGIN { exit !(reached != "" && reached + 0 >= limit) }'
}

ctest --preset coverage --label-regex '^unit$' --parallel "$jobs"
report_of protocol
ctest --preset coverage --label-regex '^integration$' --parallel "$jobs"
report_of net

check protocol lines "$protocol_line_limit"
check protocol branches "$protocol_branch_limit"
check net lines "$net_line_limit"

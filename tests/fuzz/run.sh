#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the fuzzers and runs each of them for some seconds of CPU time, one after the other:
# tests/fuzz/run.sh SECONDS [FUZZER...], for example tests/fuzz/run.sh 60 url redirect. Without names it runs all.
#
# A fuzzer begins with the inputs in tests/fuzz/corpus and with those that earlier runs have found, which are in
# build/fuzz/found. Prints a table. Fails if a fuzzer stops, and says which input it has stopped at.
#
# tests/fuzz/run.sh --merge [FUZZER...] copies to tests/fuzz/corpus those that reach code that nothing there reaches.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=build/fuzz
fuzz=tests/fuzz
log="$build/run.log"
interrupted=72 # how libFuzzer exits on a signal
source tests/steps.sh

if ! [[ "${1:-}" == --merge || "${1:-}" =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: $0 SECONDS [FUZZER...] | --merge [FUZZER...]" >&2
    exit 2
fi
action="$1"
shift

all_fuzzers() {
    local file
    for file in "$fuzz"/protocol/fuzz_*.cpp "$fuzz"/net/fuzz_*.cpp; do
        file="${file##*/fuzz_}"
        echo "${file%.cpp}"
    done
}

build_fuzzers() {
    without_warnings "$log" cmake --preset fuzz
    without_warnings "$log" cmake --build "$build" --parallel "$(nproc)" --target "${fuzzers[@]/#/fuzz_}"
}

# Of the process $1.
cpu_seconds() {
    local fields
    read -r -a fields <"/proc/$1/stat" && echo $(((fields[13] + fields[14]) / $(getconf CLK_TCK)))
}

# fuzz NAME ARGUMENT...: libFuzzer with the inputs and limits of this fuzzer.
fuzz() {
    local name="$1"
    shift
    local options=(-max_len=2048 -timeout=120 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$build/failures/$name-")
    if [ -e "$fuzz/dictionaries/$name" ]; then options+=(-dict="$fuzz/dictionaries/$name"); fi
    exec "$build/tests/fuzz/fuzz_$name" "${options[@]}" "$@"
}

# Runs a fuzzer until it has taken $2 seconds.
run() {
    local name="$1" seconds="$2" out="$build/$1.log" process used status=0
    mkdir -p "$build/found/$name" "$build/failures"
    (fuzz "$name" "$build/found/$name" "$fuzz/corpus/$name") >"$out" 2>&1 &
    process=$!
    while used="$(cpu_seconds $process 2>/dev/null)"; do
        if [ "$used" -ge "$seconds" ]; then
            kill -TERM $process 2>/dev/null || true
            break
        fi
        sleep 0.2
    done
    wait $process || status=$?
    report "$name" "${used:-$seconds}" "$out"
    if [ $status -eq $interrupted ]; then return; fi
    grep -v '^#' "$out" | tail -40 >&2
    echo "$name has stopped; all it says is in $out" >&2
    sed -n 's/^.*Test unit written to /its input is /p' "$out" >&2
    failed+=("$name")
}

report() {
    local name="$1" seconds="$2" out="$3" executions reached
    executions="$(sed -n 's/^stat::number_of_executed_units: *//p' "$out")"
    reached="$(sed -n 's/^#.* cov: \([0-9]*\) .* corp: \([0-9]*\)\/.*/\1 \2/p' "$out" | tail -1)"
    # shellcheck disable=SC2086
    printf '%-16s %12s %10s %8s %8s\n' "$name" "${executions:-?}" \
        "$((${executions:-0} / (seconds > 0 ? seconds : 1)))" ${reached:-? ?}
}

merge() {
    echo "$1: $(find "$fuzz/corpus/$1" -type f | wc -l) inputs"
    (fuzz "$1" -set_cover_merge=1 -use_counters=0 "$fuzz/corpus/$1" "$build/found/$1") >"$build/$1.log" 2>&1
    echo "$1: $(find "$fuzz/corpus/$1" -type f | wc -l) inputs"
}

fuzzers=("$@")
if [ $# -eq 0 ]; then mapfile -t fuzzers < <(all_fuzzers); fi
failed=()
mkdir -p "$build"
step 'packages' tests/install-packages.sh build fuzz
step 'build' build_fuzzers
if [ "$action" = --merge ]; then
    for name in "${fuzzers[@]}"; do merge "$name"; done
    exit
fi
printf '\n%-16s %12s %10s %8s %8s\n' fuzzer executions per\ second edges inputs
for name in "${fuzzers[@]}"; do run "$name" "$action"; done
if [ ${#failed[@]} -gt 0 ]; then
    echo "stopped: ${failed[*]}" >&2
    exit 1
fi

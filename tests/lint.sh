#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Reads the code with cppcheck, clazy and clang-tidy, and fails on any finding: tests/lint.sh [FOLDER...]
# Without folders it reads src, qml and examples; include/ goes with src.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root="$PWD"
build="$root/build/lint"
copy="$build/cppcheck"
folders=("$@")
if [ $# -eq 0 ]; then folders=(src qml examples); fi
jobs="$(nproc)"
headers="^$root/(include|src|qml|examples|tests)/" # and not those in $build
source tests/steps.sh

# The sources that a folder is compiled from, with the large ones that CMake has made of many.
sources_of() {
    python3 - "$root/$1/" "$build/$1/" "$build/compile_commands.json" <<'PYTHON'
import json, sys
own, built, commands = sys.argv[1:]
for path in sorted({command['file'] for command in json.load(open(commands))}):
    if path.startswith(own) or path.startswith(built) and '/Unity/' in path:
        print(path)
PYTHON
}

# for_each_source FOLDER COMMAND...: runs the command on one source after another; all have to succeed.
for_each_source() {
    local folder="$1"
    shift
    sources_of "$folder" | xargs --max-procs="$jobs" --max-args=1 "$@"
}

# What programs write and sources include: the output of moc, and sources for QML and Qt Remote Objects. What they need
# is compiled before.
write_sources() {
    local generated
    mapfile -t generated < <((echo "$build/compile_commands.json"; sources_of src; sources_of qml) |
        xargs grep --only-matching --no-filename --extended-regexp \
            "$build/[^\" ]*(_qmltyperegistrations|moc_rep_[a-z_]*)\.cpp" | sed "s|^$build/||" | sort --unique)
    cmake --build "$build" --parallel "$jobs" --target autogen "${generated[@]}"
}

# cppcheck 2.10 cannot read 20ms and [&]<typename Function>(...), which are replaced in a copy.
copy_for_cppcheck() {
    rm -rf "$copy"
    mkdir -p "$copy"
    cp -r include "${folders[@]}" "$copy"
    find "$copy" -name '*.cpp' -exec perl -pi -e \
        's/(?<!%)(?<!%-)\b(\d+)(ns|us|ms|s|min|h)\b/$1/g; s/(\[.{0,9}\])<typename \w+>\(/$1(/' {} +
}

# Left out: an integer that is returned as a pointer, which a compiler refuses, but not where a class converts itself;
# conditions that are asked again, as those on a QPointer have to be; classes of the same name, because examples are
# programs of their own; and templates of Qt Creator.
run_cppcheck() {
    copy_for_cppcheck
    (cd "$copy" && cppcheck --quiet -j "$jobs" --error-exitcode=1 --std=c++20 --enable=warning,performance,portability \
        --library="$root/tests/lint/qt.cfg" --library=qt -UQ_QDOC -Iinclude -Isrc -Iexamples/shared \
        --suppress=CastIntegerToAddressAtReturn --suppress=identicalConditionAfterEarlyExit \
        --suppress='ctuOneDefinitionRuleViolation:examples/*' -isrc/qtcreator/wizards include "${folders[@]}")
}

# Qt 6's erase() takes const_iterators, and so makes one of an iterator. Examples and tests connect to objects of the
# same function, and tests have constants of any class.
run_clazy() {
    local checks=level1,no-strict-iterators
    case "$1" in
    examples) checks+=,no-lambda-in-connect ;;
    tests) checks+=,no-lambda-in-connect,no-non-pod-global-static ;;
    esac
    without_warnings "$build/clazy.log" for_each_source "$1" clazy-standalone -p "$build" --extra-arg=-w \
        --checks="$checks" --header-filter="$headers"
}

# A large source includes others, which is its point.
run_clang_tidy() {
    for_each_source "$1" clang-tidy-14 -p "$build" --quiet --checks=-bugprone-suspicious-include \
        --header-filter="$headers" 2>&1 |
        sed '/^[0-9]* warnings\{0,1\} generated\.$/d' # of what is not shown
}

step 'packages' tests/install-packages.sh build window test lint
step 'configure' cmake --preset dev -B "$build" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_CXX_COMPILER_LAUNCHER= \
    -DWSKIT_PCH=OFF -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12 \
    -DCMAKE_GLOBAL_AUTOGEN_TARGET=ON -DCMAKE_AUTOGEN_ORIGIN_DEPENDS=OFF
step 'sources that are written' write_sources
step 'cppcheck' run_cppcheck
for folder in "${folders[@]}"; do
    step "clazy: $folder" run_clazy "$folder"
    step "clang-tidy: $folder" run_clang_tidy "$folder"
done

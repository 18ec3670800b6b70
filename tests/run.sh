#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Everything from nothing: installs what is missing, builds the dev preset in an empty directory, runs every test.
# Fails on the first thing that is not there, on any warning and on any test.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=build/dev
log="$build/run.log"
source tests/steps.sh

empty_build_directory() {
    rm -rf "$build"
    mkdir -p "$build"
}

step 'packages' tests/install-packages.sh build window test
step 'empty build directory' empty_build_directory
# Many sources of the library at a time, and only what a stack trace shows of debug information: both take less time.
step 'configure' without_warnings "$log" cmake --preset dev \
    -DCMAKE_CXX_FLAGS_DEBUG=-g1 -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12
step 'build' without_warnings "$log" cmake --build --preset dev --parallel "$(nproc)"
printf '\n=== tests\n'
ctest --preset dev --parallel "$(nproc)"

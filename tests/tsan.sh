#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the unit, integration and fault tests under the thread sanitizer, on a Qt that was built with it too:
# tests/tsan.sh [REGEX]. With REGEX it runs the tests of such names alone.
#
# Without such a Qt the sanitizer sees neither its locks nor its queues of events, so that whatever is handed over by
# them is a data race to it. It is built once, from Debian's source package, in the folder WSKIT_TSAN_CACHE, by default
# build/tsan/cache. CMAKE_BUILD_PARALLEL_LEVEL limits the jobs.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ $# -gt 1 || "${1:-}" == -* ]]; then
    echo "usage: $0 [REGEX]" >&2
    exit 2
fi
build=build/tsan
cache="$(realpath --canonicalize-missing "${WSKIT_TSAN_CACHE:-$build/cache}")"
qt="$cache/qt"
host_cmake="/usr/lib/$(dpkg-architecture --query DEB_HOST_MULTIARCH)/cmake"
jobs="${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}"
source tests/steps.sh
source tests/debianfolder.sh
source tests/qtsource.sh

build_qt_with_tsan() {
    local flags='-O1 -g1 -fsanitize=thread'
    build_qt "$qt" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DFEATURE_zstd=ON \
        -DCMAKE_C_FLAGS_RELWITHDEBINFO="$flags" -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="$flags" \
        -DQT_HOST_PATH=/usr -DQT_HOST_PATH_CMAKE_DIR="$host_cmake" -DQT_FORCE_FIND_TOOLS=ON
    ln -sf /usr/lib/qt6/libexec/rcc "$qt/libexec/rcc" # which a test runs
}

# With the headers of the Qt that is installed, whose version and features it has: what it does not have comes from there.
build_library() {
    without_warnings "$build/run.log" cmake --preset tsan \
        -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12 -DWSKIT_BUILD_QML=OFF -DWSKIT_BUILD_WEBCHANNEL=OFF
    without_warnings "$build/run.log" cmake --build "$build" --parallel "$jobs" \
        --target wskit_unit_tests wskit_integration_tests faults
}

step 'packages' tests/install-packages.sh build test qt-source
mkdir -p "$build" "$cache"
step 'source of Qt' download_qt
step 'Qt' build_qt_with_tsan
step 'build' build_library
printf '\n=== tests\n'
LD_LIBRARY_PATH="$qt/lib" QT_PLUGIN_PATH="$qt/plugins" ctest --preset tsan --parallel "$jobs" \
    --label-regex '^(unit|integration|faults)$' --tests-regex "${1:-.}"

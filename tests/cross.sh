#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the library for other processors, and runs the tests of the engine by qemu: tests/cross.sh [ARCHITECTURE...].
# The default is arm64, whose loops over bytes are others than those of x86, and s390x, which is big-endian.
#
# Qt for the other processor comes from the mirror that this machine's apt uses, into a folder that later runs use
# again: WSKIT_CROSS_DIR, by default one in the user's cache. This machine's own packages stay as they are.
# CMAKE_BUILD_PARALLEL_LEVEL limits the jobs.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tests/steps.sh
folder="${WSKIT_CROSS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/wskit-cross}"
jobs="${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}"

if [[ "${1:-}" == -* ]]; then
    echo "usage: $0 [ARCHITECTURE...]" >&2
    exit 2
fi

# apt for another architecture, which knows of no installed package and locks nothing of this machine's.
foreign_apt() {
    local state="$1/apt"
    mkdir -p "$state/lists/partial" "$state/archives/partial"
    : >>"$state/status"
    apt-get -o APT::Architecture="$architecture" -o APT::Architectures="$architecture" \
        -o Dir::State="$state" -o Dir::State::lists="$state/lists" -o Dir::State::status="$state/status" \
        -o Dir::Cache="$state" -o Dir::Cache::archives="$state/archives" \
        -o Debug::NoLocking=true -o APT::Sandbox::User="$(id -un)" "${@:2}"
}

# Only unpacked: no program of it runs but by qemu. The headers of the C library are the cross compiler's.
install_qt() {
    [ -e "$root/unpacked" ] && return
    rm -rf --one-file-system "$root"
    mkdir -p "$root/packages"
    foreign_apt "$root/packages" update
    foreign_apt "$root/packages" install --download-only --yes --no-install-recommends qt6-base-dev zlib1g-dev
    local package
    for package in "$root"/packages/apt/archives/*.deb; do
        case "${package##*/}" in
        libc6-dev_* | linux-libc-dev_* | libcrypt-dev_*) ;;
        *) dpkg-deb --extract "$package" "$root" ;;
        esac
    done
    local link # those to the root of a system become links within the folder
    find "$root" -lname '/*' -print0 | while IFS= read -r -d '' link; do
        ln --symbolic --force --no-dereference --relative "$root$(readlink "$link")" "$link"
    done
    local tools # moc and its like are those of this machine
    for tools in bin libexec; do
        rm -rf "$root/usr/lib/qt6/$tools"
        ln -s "/usr/lib/qt6/$tools" "$root/usr/lib/qt6/$tools"
    done
    rm -rf "$root/packages"
    touch "$root/unpacked"
}

configure() {
    rm -rf "$build"
    without_warnings "$folder/$architecture.log" cmake --preset dev -B "$build" \
        -DCMAKE_TOOLCHAIN_FILE="$PWD/tests/cross/toolchain.cmake" \
        -DWSKIT_CROSS_TRIPLET="$triplet" -DWSKIT_CROSS_ROOT="$root" \
        -DCMAKE_CXX_FLAGS_DEBUG="-O1 -Wno-maybe-uninitialized" \
        -DWSKIT_BUILD_QML=OFF -DWSKIT_BUILD_EXAMPLES=OFF -DWSKIT_BUILD_INTEROP=OFF -DWSKIT_PCH=OFF
}

build() {
    without_warnings "$folder/$architecture.log" cmake --build "$build" --parallel "$jobs" \
        --target WsKit unit_engine
}

run_tests() {
    local usage names # which the program lists if it is given none
    usage="$("qemu-${triplet%%-*}-static" -L "$root" "$build/tests/unit/unit_engine" 2>&1 || true)"
    names="$(sed -n 's/^  //p' <<<"$usage" | paste --serial --delimiters '|')"
    ctest --test-dir "$build" --parallel "$jobs" --output-on-failure --no-tests=error \
        --label-regex '^unit$' --tests-regex "^($names)$"
}

step 'packages of this machine' tests/install-packages.sh build test cross
if [ $# -eq 0 ]; then set -- arm64 s390x; fi
for architecture; do
    if ! triplet="$(dpkg-architecture -a "$architecture" -q DEB_HOST_GNU_TYPE 2>/dev/null)"; then
        echo "$0: Debian has no architecture $architecture" >&2
        exit 2
    fi
    root="$folder/$architecture"
    build="build/cross-$architecture"
    step "$architecture: Qt" install_qt
    step "$architecture: configure" configure
    step "$architecture: build" build
    step "$architecture: tests" run_tests
done

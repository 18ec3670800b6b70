#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the checkout with the Qt and the compilers of a newer Debian, without a warning, and runs the unit,
# integration, QML and Compat tests there: tests/newer-qt.sh [SUITE...]. The default, trixie, has Qt 6.8, GCC 14 and Clang 19;
# testing and sid have the newest Qt that the mirror offers.
#
# The Debian is a folder that later runs use again: WSKIT_NEWER_QT_DIR, by default one in the user's cache. It comes
# from the mirror that this machine's apt uses. CMAKE_BUILD_PARALLEL_LEVEL limits the jobs. Needs root, for chroot.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ $# -gt 1 ]; then
    for suite; do tests/newer-qt.sh "$suite"; done
    exit
fi
suite="${1:-trixie}"
folder="${WSKIT_NEWER_QT_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/wskit-newer-qt}"
root="$folder/$suite"
source tests/steps.sh
source tests/debianfolder.sh

if [[ "$suite" == -* ]]; then
    echo "usage: $0 [SUITE...]" >&2
    exit 2
fi
needs_root

in_debian() {
    chroot "$root" env --chdir=/wskit/source LC_ALL=C.UTF-8 HOME=/root CCACHE_DIR=/wskit/ccache \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/wskit/absent "$@"
}

# The files of the working tree that git knows or would add.
copy_checkout() {
    rm -rf "$root/wskit/source"
    mkdir -p "$root/wskit/source"
    git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
        if [ -e "$file" ]; then printf '%s\0' "$file"; fi
    done | tar --create --null --files-from=- | tar --extract --no-same-owner --directory "$root/wskit/source"
}

# Without the programs that only the interop and package tests run, which are only compiled here: for each that
# packages.txt names there is one at the end of the PATH that does nothing.
install_packages() {
    local list="$root/wskit/source/tests/packages.txt" group program
    mkdir -p "$root/wskit/absent"
    while read -r group _ program; do
        if [ "$group" = test ] && [ -n "$program" ]; then ln -sf /bin/false "$root/wskit/absent/$program"; fi
    done <"$list"
    sed -i -E '/^test +(chromium|openssh-server)( |$)/d' "$list"
    for program in chromium mosquitto_sub prometheus sshd systemd-analyze; do
        ln -sf /bin/false "$root/wskit/absent/$program"
    done
    in_debian tests/install-packages.sh build window test newer-qt
}

# build NAME OPTION...: what the options leave in of everything, in an empty directory; without precompiled headers, so
# that a source that does not include what it uses is found.
build() {
    local name="$1" jobs="${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}"
    local directory="/wskit/build/$name" log="$root/wskit/$name.log"
    shift
    rm -rf "${root:?}$directory"
    without_warnings "$log" in_debian cmake --preset dev -B "$directory" -DCMAKE_CXX_FLAGS_DEBUG= -DWSKIT_PCH=OFF "$@"
    without_warnings "$log" in_debian cmake --build "$directory" --parallel "$jobs" -- -k 0
}

build_everything() {
    build gcc -DWSKIT_APACHE_MODULES=/bin -DWSKIT_SQUID_HELPERS=/bin
}

# As one source file, which finds names that two of them define.
build_library() {
    build clang -DCMAKE_CXX_COMPILER=clang++ -DWSKIT_BUILD_TESTS=OFF -DWSKIT_BUILD_EXAMPLES=OFF \
        -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0
}

step 'packages of this machine' tests/install-packages.sh chroot
step "Debian $suite" install_debian
copy_settings
mount_all
step 'checkout' copy_checkout
step 'packages' install_packages
step 'library, with Clang' build_library
step 'everything, with GCC' build_everything
printf '\n=== tests\n'
in_debian unshare --net sh -c 'ip link set lo up && exec ctest --test-dir /wskit/build/gcc --output-on-failure \
    --no-tests=error --label-regex "^(unit|integration|qml|compat)$"'

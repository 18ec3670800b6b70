#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the Debian packages in an empty Debian 12 and uses them there: tests/packages.sh [DEB...]. Without
# arguments it builds the packages first, which takes a Debian 12.
#
# Programs are built there with CMake, pkg-config and qmake, a QML file is run, and the tools are started. Prints how
# long it took from the empty folder to a running program. The Debian is a folder, made anew in every run:
# WSKIT_PACKAGES_DIR, by default one in the user's cache. It comes from the mirror that this machine's apt uses.
# CMAKE_BUILD_PARALLEL_LEVEL limits the jobs. Needs root, for chroot.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
suite=bookworm
folder="${WSKIT_PACKAGES_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/wskit-packages}"
root="$folder/$suite"
log="$folder/packages.log"
source tests/steps.sh
source tests/debianfolder.sh

if [[ "${1:-}" == -* ]]; then
    echo "usage: $0 [DEB...]" >&2
    exit 2
fi
needs_root

build_packages() {
    local release jobs="${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}"
    release="$(. /etc/os-release && echo "$VERSION_CODENAME")"
    if [ "$release" != "$suite" ]; then
        echo "$0: this machine is Debian $release; packages for $suite have to be built there" >&2
        return 1
    fi
    rm -rf build/package/packages
    without_warnings "$log" cmake --preset package
    without_warnings "$log" cmake --build --preset package --parallel "$jobs"
}

in_debian() {
    chroot "$root" env --chdir=/wskit LC_ALL=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive QT_QPA_PLATFORM=offscreen \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

install_in_debian() {
    in_debian apt-get install --yes --no-install-recommends "$@"
}

copy_what_is_tried() {
    mkdir -p "$root/wskit/packages"
    cp "$@" "$root/wskit/packages/"
    cp --recursive tests/package/consumer tests/package/qml-consumer tests/package/qmake-consumer \
        tests/package/redis-consumer "$root/wskit/"
}

# The packages by their names, as files; apt takes what they depend on from the mirror.
package() {
    local name
    for name; do (cd "$root/wskit" && ls "./packages/${name}"_*.deb); done
}

install_development() {
    in_debian apt-get update
    local files
    mapfile -t files < <(package libwskit-dev libwskit0 qml6-module-wskit libwskit-webchannel0 libwskit-redis0)
    if [ "${#files[@]}" -ne 5 ]; then
        echo "not all packages are there, each of them once: ${files[*]}" >&2
        return 1
    fi
    install_in_debian g++ cmake make "${files[@]}"
}

# Of the whole folder, in which nothing but the packages is.
version() {
    in_debian dpkg-query --show --showformat='${source:Upstream-Version}' libwskit0
}

by_cmake() {
    in_debian cmake -S consumer -B by-cmake -DWSKIT_VERSION="$(version)"
    in_debian cmake --build by-cmake
    in_debian by-cmake/consumer
}

by_pkgconfig() {
    install_in_debian pkgconf
    in_debian sh -exc 'c++ -std=c++17 -fPIC consumer/main.cpp $(pkg-config --cflags --libs WsKit) -o by-pkg-config
        ./by-pkg-config'
}

# Nothing of hiredis is needed to build with it.
redis_by_pkgconfig() {
    in_debian sh -exc '! test -e /usr/include/hiredis
        c++ -std=c++17 -fPIC redis-consumer/main.cpp $(pkg-config --cflags --libs WsKitRedis) -o redis-by-pkg-config
        ./redis-by-pkg-config'
}

by_qmake() {
    install_in_debian qmake6
    local how
    for how in '' BY_PKG_CONFIG=1; do
        rm -rf "$root/wskit/by-qmake"
        mkdir "$root/wskit/by-qmake"
        in_debian sh -exc "cd by-qmake && qmake6 ../qmake-consumer/consumer.pro $how && make && ./consumer"
    done
}

qml_program() {
    install_in_debian qt6-declarative-dev qt6-declarative-dev-tools
    in_debian cmake -S qml-consumer -B by-qml
    in_debian cmake --build by-qml
    in_debian by-qml/qml-consumer
    in_debian cmake --build by-qml --target all_qmllint
}

# Without a program of one's own: the viewer finds the module where Debian keeps those of Qt. It wants an Item.
qml_file() {
    install_in_debian qml-qt6 qml6-module-qtquick qml6-module-qtquick-window qml6-module-qtqml-workerscript
    sed 's/^import QtQml$/import QtQuick/; s/^QtObject {/Item {/' tests/package/qml-consumer/Main.qml >"$root/wskit/item.qml"
    in_debian timeout 60 /usr/lib/qt6/bin/qml item.qml
}

tools() {
    local files
    mapfile -t files < <(package wskit-tools)
    install_in_debian "${files[@]}"
    in_debian wskit --version
    local status=0
    in_debian timeout 3 wskit-inspector || status=$?
    if [ $status -ne 124 ]; then
        echo "wskit-inspector ended with $status" >&2
        return 1
    fi
}

# From a copy, as a user does who may not write to the folder of the package.
examples() {
    local files
    mapfile -t files < <(package wskit-examples; package wskit-doc 2>/dev/null || true)
    install_in_debian "${files[@]}"
    in_debian cp --recursive /usr/share/doc/wskit-examples/examples/ examples
    local name
    for name in 01-echo-server 03-qml-chat wskit; do
        in_debian cmake -S "examples/$name" -B "examples/$name/build"
        in_debian cmake --build "examples/$name/build" --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}"
    done
    in_debian examples/wskit/build/wskit --version
}

# What is installed can be removed, and nothing is left behind.
removal() {
    in_debian apt-get purge --yes '?name(wskit)'
    local left
    # Relative, as the folder's own path has the name in it.
    left="$(cd "$root" && find usr etc var/lib -ipath '*wskit*' -not -path '*/dpkg/*' -not -path '*/apt.conf.d/*')"
    if [ -n "$left" ]; then
        echo "left behind: $left" >&2
        return 1
    fi
}

mkdir -p "$folder"
step 'packages of this machine' tests/install-packages.sh build package chroot
if [ $# -eq 0 ]; then
    step 'build the packages' build_packages
    set -- build/package/packages/*.deb
fi
unmount_all
rm -rf --one-file-system "$root"
begin=$SECONDS
step "empty Debian: $suite" install_debian
copy_settings
mount_all
copy_what_is_tried "$@"
step 'install the packages' install_development
step 'a program, by CMake' by_cmake
printf '\n=== from an empty folder to a running program: %d min %d s\n' $(((SECONDS - begin) / 60)) $(((SECONDS - begin) % 60))
step 'by pkg-config' by_pkgconfig
step 'topics over Redis, by pkg-config' redis_by_pkgconfig
step 'by qmake' by_qmake
step 'a QML program' qml_program
step 'a QML file' qml_file
step 'tools' tools
step 'examples' examples
step 'removal' removal

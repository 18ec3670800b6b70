# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For scripts that build Qt from Debian's source package, in the folder $cache: sourced, after debianfolder.sh.

# apt with sources in its list, in folders of its own: this machine's lists stay as they are.
source_apt() {
    local state="$cache/apt"
    mkdir -p "$state/lists/partial" "$state/archives/partial"
    apt-get -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::State::lists="$state/lists" -o Dir::Cache="$state" -o Debug::NoLocking=true \
        -o APT::Sandbox::User="$(id -un)" "$@"
}

# Into $cache/source.
download_qt() {
    [ -e "$cache/source/downloaded" ] && return
    local release
    release="$(. /etc/os-release && echo "$VERSION_CODENAME")"
    mkdir -p "$cache/apt"
    rm -rf "$cache/source"
    echo "deb-src $(mirror) $release main" >"$cache/apt/sources.list"
    source_apt update
    (cd "$cache/apt" && source_apt source --download-only qt6-base)
    dpkg-source --no-check --extract "$cache"/apt/qt6-base_*.dsc "$cache/source"
    touch "$cache/source/downloaded"
}

# build_qt FOLDER OPTION...: Core, Network and Test alone, of the version that is installed, into the folder.
build_qt() {
    local qt="$1" feature features=()
    shift
    [ -e "$qt/built" ] && return
    for feature in gui widgets dbus sql xml concurrent printsupport icu glib zstd brotli pkg_config system_pcre2 \
        system_doubleconversion precompile_header; do
        features+=("-DFEATURE_$feature=OFF")
    done
    for feature in testlib system_zlib; do features+=("-DFEATURE_$feature=ON"); done
    rm -rf "$qt" "$cache/build"
    cmake -G Ninja -S "$cache/source" -B "$cache/build" -DCMAKE_INSTALL_PREFIX="$qt" \
        -DQT_BUILD_EXAMPLES=OFF -DQT_BUILD_TESTS=OFF "${features[@]}" "$@"
    cmake --build "$cache/build" --parallel "$jobs"
    cmake --install "$cache/build"
    touch "$qt/built"
    rm -rf "$cache/build"
}

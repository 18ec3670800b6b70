#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the Debian packages of the named groups of packages.txt: tests/install-packages.sh build test
# Done at once where everything is there; needs root or sudo otherwise.
set -euo pipefail

list="$(dirname "${BASH_SOURCE[0]}")/packages.txt"

if [ $# -eq 0 ]; then
    echo "usage: $0 GROUP..." >&2
    exit 2
fi
if ! command -v dpkg-query >/dev/null; then
    echo "$0: this is not Debian; the packages it would install are named in $list" >&2
    exit 1
fi

is_installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}

wanted() {
    local group package program
    while read -r group package program; do
        [[ " $* " == *" $group "* ]] || continue
        if [ -n "$program" ] && command -v "$program" >/dev/null; then continue; fi
        is_installed "$package" || echo "$package"
    done < <(grep -v '^#' "$list")
}

mapfile -t missing < <(wanted "$@")
if [ ${#missing[@]} -eq 0 ]; then
    echo "every package is installed"
    exit 0
fi

echo "to install: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
"${as_root[@]}" apt-get update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends "${missing[@]}"

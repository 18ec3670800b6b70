# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For the scripts that work in a Debian of their own, the suite $suite in the folder $root: sourced, not run.

needs_root() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "$0: needs root, as it installs a Debian into $root and works in there by chroot" >&2
        exit 1
    fi
}

# The address that this machine's own release comes from.
mirror() {
    local release uris
    release="$(. /etc/os-release && echo "$VERSION_CODENAME")"
    uris="$(apt-get --print-uris update)"
    sed -n "s|^'\(.*\)/dists/$release/InRelease'.*|\1|p" <<<"$uris" | head -n 1
}

install_debian() {
    [ -e "$root/wskit/installed" ] && return
    local address proxy=''
    address="$(mirror)"
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    if [ -z "$address" ]; then
        echo "$0: apt's sources name no mirror of this machine's release" >&2
        return 1
    fi
    rm -rf --one-file-system "$root"
    mkdir -p "$root"
    http_proxy="${http_proxy:-$proxy}" debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$address"
    # No package starts a service.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
    mkdir -p "$root/wskit"
    touch "$root/wskit/installed"
}

# How this machine reaches the mirror: names, proxies, certificates and keys.
copy_settings() {
    cp --dereference /etc/resolv.conf /etc/hosts "$root/etc/"
    if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
        cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
    fi
    local keys
    for keys in trusted.gpg.d keyrings; do
        if [ -d "/etc/apt/$keys" ]; then cp --recursive "/etc/apt/$keys" "$root/etc/apt/"; fi
    done
    apt-config dump --no-empty --format '%f "%v";%n' Acquire |
        grep --extended-regexp --ignore-case '^Acquire::(https?|Check|Retries)' \
            >"$root/etc/apt/apt.conf.d/90wskit" || true
}

# Lazily, as an interrupted compiler may still be in there.
unmount_all() {
    local place
    for place in "$root/dev/shm" "$root/proc"; do
        if mountpoint --quiet "$place"; then umount --lazy "$place"; fi
    done
}

mount_all() {
    trap unmount_all EXIT
    trap 'exit 1' HUP INT TERM
    unmount_all
    mount -t proc proc "$root/proc"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
}

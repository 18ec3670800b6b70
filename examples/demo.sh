#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the chat of examples/demo, starts its server, prints the address of its page and opens the window of
# examples/03-qml-chat. Without a display it joins the chat from this terminal with `wskit connect`. With --check
# it tests the chat instead, without a display or terminal: the page in headless Chromium, the command-line tool and
# the window must each receive the messages of the others. The exit status is 0 or 1.
#
#     examples/demo.sh [--check | --port N]        BUILD_DIR is the build directory; the default is build/demo
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${BUILD_DIR:-$root/build/demo}
window=$build/examples/03-qml-chat/qml-chat
port=8080
check=false

while [ $# -gt 0 ]; do
    case $1 in
        --check) check=true ;;
        --port) port=${2:?--port needs a number}; shift ;;
        *) sed -n '3,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; [[ $1 == --help || $1 == -h ]]; exit ;;
    esac
    shift
done

# On other systems than Debian the compiler, CMake and Qt must be installed already.
install_packages() {
    if command -v dpkg-query >/dev/null; then
        "$root/tests/install-packages.sh" "$@"
    fi
}

build_programs() {
    local launcher=()
    if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
    cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DWSKIT_BUILD_TESTS=OFF "${launcher[@]}"
    cmake --build "$build" --target "$@"
}

find_browser() {
    command -v chromium || command -v chromium-browser || command -v google-chrome || {
        echo "demo.sh: no Chromium to show the page in" >&2
        return 1
    }
}

check_chat() {
    install_packages build window test
    build_programs wskit wskit_chat wskit_chat_check qml-chat
    local browser
    browser=$(find_browser)
    "$build/examples/demo/wskit_chat_check" \
        "$build/examples/demo/wskit_chat" "$build/examples/wskit/wskit" "$browser" "$window"
}

# Starts the server on the given port, or on a free one if that is in use; sets server and page.
start_server() {
    local try
    for try in "$port" 0; do
        exec {output}< <(exec "$build/examples/demo/wskit_chat" --port "$try")
        server=$!
        if read -r -u "$output" line; then
            page=${line##* }
            trap 'kill "$server" 2>/dev/null || true' EXIT
            return
        fi
    done
    return 1
}

chat_in_window() {
    install_packages build window
    build_programs wskit_chat qml-chat
    start_server
    printf '\nThe page of the chat: %s\nIt ends with its window, or with Ctrl-C.\n\n' "$page"
    "$window" --url "$page"
}

chat_in_terminal() {
    install_packages build
    build_programs wskit wskit_chat
    start_server
    # Piped lines are sent, and the chat continues after them: it only ends with the input on a terminal.
    local wait=()
    if [ ! -t 0 ]; then wait=(--wait inf); fi
    printf '\nThe page of the chat: %s\nType here to chat too; Ctrl-C ends it.\n\n' "$page"
    local address="ws://${page#http://}chat?name=Terminal"
    "$build/examples/wskit/wskit" connect --subprotocol chat.text "${wait[@]}" "$address"
}

if $check; then
    check_chat
elif [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    chat_in_window
else
    chat_in_terminal
fi

#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The chat of examples/demo: builds it, starts the server, prints the address of its page and opens the window of
# examples/03-qml-chat; without a display it chats from this terminal by `wskit connect`. With --check it
# proves the chat instead, without display and terminal: the page in headless Chromium, the command line and the
# window each have to see what the others say; exits 0 or 1.
#
#     examples/demo.sh [--check | --port N]        BUILD_DIR tells where to build: build/demo
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

# On another system than Debian the compiler, CMake and Qt have to be there already.
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

# Starts the server on the wanted port, or on a free one where that is taken; sets server and page.
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
    # Piped lines are said, then the chat goes on: without a terminal there is no end of the input to mean.
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

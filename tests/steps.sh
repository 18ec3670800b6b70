# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# For the scripts that build everything: sourced, not run.

# step TITLE COMMAND...: runs the command under a title and prints how long it took.
step() {
    local title="$1" start=$SECONDS
    shift
    printf '\n=== %s\n' "$title"
    "$@"
    printf -- '--- %s: %d s\n' "$title" $((SECONDS - start))
}

# without_warnings LOG COMMAND...: fails if the command prints a warning.
# Compilers fail on warnings by themselves; moc, the linker and CMake do not.
without_warnings() {
    local log="$1"
    shift
    "$@" 2>&1 | tee "$log"
    if grep --ignore-case --word-regexp --quiet 'warning' "$log"; then
        echo "there are warnings" >&2
        return 1
    fi
}

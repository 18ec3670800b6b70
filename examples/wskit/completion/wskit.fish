# SPDX-License-Identifier: MIT
# Completion of wskit for fish. The commands and options are those that the installed wskit prints in its help.

function __wskit_command
    set -l words (commandline -opc)
    test (count $words) -ge 2; and echo $words[2]
end

function __wskit_options
    set -l command (__wskit_command)
    wskit $command --help 2>/dev/null | sed -n 's/^  \(-.*\)/\1/p' | sed 's/  .*//; s/ <.*//; s/, /\n/g'
end

function __wskit_saved
    wskit saved $argv 2>/dev/null | cut -f1
end

complete -c wskit -n 'test -z (__wskit_command)' -f -a "(wskit --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\)  */\1\t/p')"
complete -c wskit -n 'test -z (__wskit_command)' -f -a '--help --version'
complete -c wskit -n 'test -n (__wskit_command); and string match -q -- "-*" (commandline -ct)' -f -a '(__wskit_options)'
complete -c wskit -n 'contains -- (__wskit_command) connect forward bench proxy record replay' -a '(__wskit_saved)'
complete -c wskit -n 'test (commandline -opc)[-1] = --send-template' -f -a '(__wskit_saved --templates)'
complete -c wskit -n 'test (commandline -opc)[-1] = --details' -f -a 'always never auto'
complete -c wskit -n 'test (commandline -opc)[-1] = --direction' -f -a 'up down both'
complete -c wskit -n 'test (commandline -opc)[-1] = --rate-limit-policy' -f -a 'slow-down disconnect'
complete -c wskit -n 'test (commandline -opc)[-1] = --slow-subscriber' -f -a 'skip drop-oldest close'

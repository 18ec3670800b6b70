# SPDX-License-Identifier: MIT
# Completion of wskit for bash. The commands and options are those that the installed wskit prints in its help.

_wskit_commands()
{
    "$1" --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'
}

_wskit_options()
{
    "$1" "$2" --help 2>/dev/null | sed -n 's/^  \(-.*\)/\1/p' | sed 's/  .*//; s/ <.*//; s/, /\n/g'
}

_wskit_saved()
{
    "$1" saved ${2:+"$2"} 2>/dev/null | cut -f1
}

# Adds the saved names that begin with $2. They may be those of somebody else and contain anything. So they are not given
# to `compgen -W`, which would expand them, and are quoted here: file names are quoted by readline, but not completely,
# and it expands what looks like a variable in them. Within quotation marks, only names that need no quoting are added.
_wskit_add_saved()
{
    local name typed=${2//\\/} harmless='^[A-Za-z0-9 _.@%+,-]+$' i folder
    local -a names=()
    typed=${typed#[\"\']}
    while IFS= read -r name; do
        [[ $name == "$typed"* ]] || continue
        if [[ $2 != [\"\']* ]]; then
            printf -v name '%q' "$name"
        elif [[ ! $name =~ $harmless ]]; then
            continue
        fi
        names+=("$name")
    done < <(_wskit_saved "$1" "${@:3}")
    ((${#names[@]})) || return 0
    compopt +o filenames 2>/dev/null
    for i in "${!COMPREPLY[@]}"; do
        [[ -d ${COMPREPLY[i]} ]] && folder=/ || folder=
        printf -v "COMPREPLY[i]" '%q%s' "${COMPREPLY[i]}" "$folder"
    done
    COMPREPLY+=("${names[@]}")
}

_wskit()
{
    local tool=${COMP_WORDS[0]} command=${COMP_WORDS[1]} current=${COMP_WORDS[COMP_CWORD]}
    local previous=${COMP_WORDS[COMP_CWORD-1]}
    COMPREPLY=()

    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "$(_wskit_commands "$tool") --help --version" -- "$current")
        return
    fi
    case $previous in
    --details)
        mapfile -t COMPREPLY < <(compgen -W 'always never auto' -- "$current")
        return ;;
    --rate-limit-policy)
        mapfile -t COMPREPLY < <(compgen -W 'slow-down disconnect' -- "$current")
        return ;;
    --slow-subscriber)
        mapfile -t COMPREPLY < <(compgen -W 'skip drop-oldest close' -- "$current")
        return ;;
    --direction)
        mapfile -t COMPREPLY < <(compgen -W 'up down both' -- "$current")
        return ;;
    --send-template)
        _wskit_add_saved "$tool" "$current" --templates
        return ;;
    --remove)
        _wskit_add_saved "$tool" "$current"
        return ;;
    --cacert | --cert | --key | --key-pass-file | --bearer-file | --client-ca | --tls | --unix | --profile \
        | --serve)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    --record)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return ;;
    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_wskit_options "$tool" "$command")" -- "$current")
        return
    fi
    case $command in
    record | replay | export)
        mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    esac
    case $command in
    connect | forward | bench | proxy | record | replay)
        _wskit_add_saved "$tool" "$current" ;;
    esac
}

complete -o filenames -F _wskit wskit

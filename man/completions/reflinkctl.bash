# SPDX-License-Identifier: MIT
# Completion of reflinkctl for bash.  Everything comes from "reflinkctl help", so it is that of the
# program that is installed; volumes and revisions are those of the pool named by -C.
#
# Whoever names a directory of the pool must not run commands as root.  So nothing here evaluates
# a name: no eval, and no compgen -W, which expands its words.

# The options of the help on stdin, one a line: --json, --wait=
_reflinkctl_options() {
    sed -nE '1,/^Options:/d; s/^ +(-., )?(--[a-z-]+)(=?).*/\2\3/p'
}

# What the operand number $2 of subcommand $1 is called: VOLUME, REVISION, DIR ...
_reflinkctl_operand() {
    local words
    words=$(reflinkctl help "$1" 2>/dev/null |
        sed -nE '1{s/^usage: reflinkctl [a-z-]+( \[OPTION\]\.\.\.)?//; s/[][]//g; p; }')
    # shellcheck disable=SC2086 # words
    set -- "$2" $words
    if [ $# -gt 1 ] && [ "$1" -ge $# ] && [[ ${!#} == *... ]]; then
        echo "${!#%...}"
    elif [ "$1" -lt $# ]; then
        shift "$1"
        echo "${1%...}"
    fi
}

# The revisions of the volume $1, and its pins: the last column, if that is headed so.
_reflinkctl_revisions() {
    local rows
    rows=$(reflinkctl -q "${@:2}" revisions "$1" 2>/dev/null)
    sed -nE 's/^ *([0-9]+) .*/\1/p' <<<"$rows"
    sed -nE '1{ / PINS$/!q; d; }; s/.* //; /^-$/d; s/,/ /g; p' <<<"$rows"
}

# The volumes of the pool that the options $@ name.  Those that the table quotes (they begin with an
# apostrophe), and those that would be taken for options, are for whoever types them.
_reflinkctl_volumes() {
    reflinkctl -q "$@" list 2>/dev/null | sed "1d; /^['-]/d; s/ .*//"
}

_reflinkctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} word value='' subcommand='' what
    local -a pool=() operands=() offered
    local i
    COMPREPLY=()
    [ "$cur" != = ] || cur=
    for ((i = 1; i < COMP_CWORD; i++)); do
        # It is still quoted, as typed.  What "$(...)" in it says stays text.
        word=${COMP_WORDS[i]//[\\\'\"]/}
        if [ "$word" = = ]; then
            continue
        elif [ -n "$value" ]; then
            case $value in -C | --directory) pool+=(-C "$word") ;; esac
            value=
        elif [[ $word =~ ^-[^C-]*C(.*) ]]; then # -C, -CPOOL, -nC, -nCPOOL
            if [ -n "${BASH_REMATCH[1]}" ]; then pool+=(-C "${BASH_REMATCH[1]}"); else value=-C; fi
        elif [[ $word == -* ]]; then
            offered=()
            mapfile -t offered < <(reflinkctl help "$subcommand" 2>/dev/null | _reflinkctl_options)
            [[ " ${offered[*]} --directory= --wait= " != *" $word= "* ]] || value=$word
        elif [ -z "$subcommand" ]; then
            subcommand=$word
        else
            operands+=("$word")
        fi
    done
    pool=("${pool[@]/#\~/$HOME}")
    if [ -n "$value" ]; then
        case $value in
        -C | --directory) what=DIR ;;
        --snap-on-start) what=SOURCE ;;
        --output | --like) what=FILE ;;
        --from) what=REVISION ;;
        --setup-check) what='yes no' ;;
        esac
    elif [[ $cur == -* ]]; then
        what=$({
            reflinkctl help
            [ -z "$subcommand" ] || reflinkctl help "$subcommand"
        } 2>/dev/null | sed -nE 's/^ +(-., )?(--[a-z-]+=?).*/\2/p')
        [ -z "$subcommand" ] || what=${what//--directory=/}
    elif [ -z "$subcommand" ]; then
        what="help $(reflinkctl help 2>/dev/null | sed -nE '/^Options:/q; s/^  ([a-z][a-z-]*) .*/\1/p')"
    elif [ "$subcommand" = help ]; then
        what="rescue terms "$(reflinkctl help 2>/dev/null | sed -nE '/^Options:/q; s/^  ([a-z][a-z-]*) .*/\1/p')
    else
        what=$(_reflinkctl_operand "$subcommand" $((${#operands[@]} + 1)))
    fi
    case $subcommand/$what in
    import/SOURCE | */DIR | */SRCDIR | */SRC | */DST | */FILE | */IMAGE)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    */VOLUME | */SOURCE)
        what=$(_reflinkctl_volumes "${pool[@]}")
        ;;
    */REVISION | */FROM | */TO)
        [ "$what" = REVISION ] && words='' || words='clean dirty '
        [ "$subcommand" != pin ] || words='clean '
        what=$words$(_reflinkctl_revisions "${operands[0]}" "${pool[@]}")
        ;;
    unpin/NAME)
        what=$(_reflinkctl_revisions "${operands[0]}" "${pool[@]}" | sed '/^[0-9]*$/d')
        ;;
    */*SIZE | */NAME* | */POOL*) return ;;
    esac
    cur=${cur//[\\\'\"]/}
    read -rd '' -a offered <<<"$what"
    for word in "${offered[@]}"; do
        [[ $word != "$cur"* ]] || COMPREPLY+=("$word")
    done
    [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null
}

complete -F _reflinkctl reflinkctl

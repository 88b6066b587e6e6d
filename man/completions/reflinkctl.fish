# SPDX-License-Identifier: MIT
# Completion of reflinkctl for fish.  Everything comes from "reflinkctl help", so it is that of the
# program that is installed; volumes and revisions are those of the pool named by -C.

function __reflinkctl_subcommands
    reflinkctl help 2>/dev/null | sed -nE '/^Options:/q; s/^  ([a-z][a-z-]*) +(.*)/\1\t\2/p'
end

# The command line so far: -C POOL, the subcommand, its operands, one a line.
function __reflinkctl_words
    set -l takes (reflinkctl help 2>/dev/null | sed -nE 's/^ +(-., )?(--[a-z-]+)=.*/\2/p')
    set -l value ''
    for word in (commandline -opc)[2..-1]
        if test -n "$value"
            set value ''
        else if contains -- $word $takes --snap-on-start --size --revisions-to-keep \
                --keep-older-than --output --pin --like --from
            or string match -qr -- '^-[^C-]*C$' $word
            set value $word
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

function __reflinkctl_pool
    set -l words (commandline -opc)
    for i in (seq (count $words))
        # -C, -CPOOL, -nC, -nCPOOL
        string match -qr -- '^(--directory(=|$)|-[^C-]*C)' $words[$i]; or continue
        set -l pool (string replace -r -- '^(--directory=?|-[^C-]*C)' '' $words[$i])
        test -n "$pool"; or set pool $words[(math $i + 1)]
        printf '%s\n' -C (string replace -r -- '^~(?=/|$)' $HOME "$pool")
    end
end

# Volumes that the table quotes (they begin with an apostrophe), and those that would be taken for
# options, are for whoever types them.
function __reflinkctl_volumes
    reflinkctl -q (__reflinkctl_pool) list 2>/dev/null | sed "1d; /^['-]/d; s/ .*//"
end

# The last column, if that is headed so.
function __reflinkctl_pins
    reflinkctl -q (__reflinkctl_pool) revisions $argv[1] 2>/dev/null |
        sed -nE '1{ / PINS$/!q; d; }; s/.* //; /^-$/d; p' | string split ,
end

# What belongs at the cursor.
function __reflinkctl_operands
    if string match -qr -- '^-[^C-]+C$' (commandline -opc)[-1]
        __fish_complete_directories (commandline -ct)
        return
    end
    set -l words (__reflinkctl_words)
    if test (count $words) = 0; or test "$words[1]" = help
        __reflinkctl_subcommands
        test (count $words) = 0; or printf '%s\t%s\n' rescue 'what to type' terms 'what words mean'
        return
    end
    set -l names (reflinkctl help $words[1] 2>/dev/null |
        sed -nE '1{s/^usage: reflinkctl [a-z-]+( \[OPTION\]\.\.\.)?//; s/[][]//g; p; }' | string split -n ' ')
    set -l what $names[(count $words)]
    if test -z "$what"; and string match -q '*...' -- $names[-1]
        set what $names[-1]
    end
    switch $words[1]/(string replace ... '' -- "$what")
        case import/SOURCE '*/DIR' '*/SRCDIR' '*/SRC' '*/DST' '*/IMAGE'
            __fish_complete_path (commandline -ct)
        case '*/VOLUME' '*/SOURCE'
            __reflinkctl_volumes
        case '*/REVISION' '*/FROM' '*/TO'
            string match -q 'REVISION*' -- "$what"; or printf '%s\n' clean dirty
            test "$words[1]" != pin; or echo clean
            reflinkctl -q (__reflinkctl_pool) revisions $words[2] 2>/dev/null |
                sed -nE 's/^ *([0-9]+) .*/\1/p'
            __reflinkctl_pins $words[2]
        case unpin/NAME
            __reflinkctl_pins $words[2]
    end
end

function __reflinkctl_options
    begin
        reflinkctl help
        set -l words (__reflinkctl_words)
        test (count $words) = 0; or reflinkctl help $words[1]
    end 2>/dev/null | sed -nE 's/^ +(-., )?(--[a-z-]+=?)[A-Za-z|]* +(.*)/\2\t\3/p'
end

complete -c reflinkctl -f
complete -c reflinkctl -n 'not string match -q -- "-*" (commandline -ct)' -a '(__reflinkctl_operands)'
complete -c reflinkctl -n 'string match -q -- "-*" (commandline -ct)' -a '(__reflinkctl_options)'
complete -c reflinkctl -s C -l directory -x -a '(__fish_complete_directories (commandline -ct))'
complete -c reflinkctl -l snap-on-start -x -a '(__reflinkctl_volumes)'
complete -c reflinkctl -n '__fish_seen_subcommand_from export' -l output -r -F
complete -c reflinkctl -n '__fish_seen_subcommand_from import receive' -l like -r -F
complete -c reflinkctl -n '__fish_seen_subcommand_from setup' -l setup-check -x -a 'yes no'

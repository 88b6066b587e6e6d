#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The rules of the house, and what checkers of C and shell have to say.

load ../lib/common

prepare() {
    cd "$BATS_TEST_DIRNAME/../.." || return
}

requires() {
    command -v "$1" >/dev/null || skip "needs $1"
}

# The C files of the program, one a line.
sources() {
    find reflinkctl.c subcmd -name '*.c' | sort
}

# Those of the subcommands; reflinkctl.c and the help know the table of them.
verb_files() {
    find subcmd -maxdepth 1 -name '*.c' ! -name help.c | sort
}

headers() {
    find subcmd -name '*.h' | sort
}

FLAGS=(-std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -Wall -Wextra)

# Run a command on each line of stdin, on both cores; fails if one failed or said anything.
quiet_on_each() {
    local said
    said=$(xargs -P 4 -n 1 "$@" 2>&1) && [ -z "$said" ] || fail "$said"
}

@test "each room owns its system calls" {
    # What may be called where: functions, then the objects that may call them.
    cat >"$RUN_SCRATCH/owners" <<-'END'
	rename renameat renameat2 link linkat symlink symlinkat : base/durable
	linkat : base/trial
	unlink unlinkat remove mkdir mkdirat rmdir : base/durable
	fsync fdatasync sync syncfs msync : base/durable
	syscall : base/kernel base/birth
	ioctl : base/kernel image/extent
	flock lockf : base/dir
	open : base/process
	openat : base/dir base/durable base/entries base/pending image/file image/loop image/mark image/output image/replace image/use
	openat : pool/blockdev pool/item pool/survey
	opendir : image/loop
	write : base/msg image/sink
	pwrite : image/sink image/reflink
	writev pwritev copy_file_range sendfile splice tee mmap : nobody
	fallocate : image/sink
	ftruncate : image/file
	truncate chmod fchmod fchmodat chown fchown fchownat utime utimes utimensat : nobody
	futimens : image/replace
	fopen fdopen freopen creat tmpfile mkstemp mkostemp tempnam tmpnam mktemp : nobody
	mknod mknodat mkfifo mkfifoat mount umount umount2 chroot : nobody
	chdir fchdir : nobody
	umask flistxattr : base/prepared
	fgetxattr : base/prepared image/identity image/mark
	getcwd : base/path
	readlink readlinkat : base/dir
	realpath : included-in
	glob wordexp ftw nftw fts_open : nobody
	system popen fork vfork clone execve execv execvp execl execlp posix_spawn : nobody
	pthread_create dlopen socket connect : nobody
	exit _exit _Exit quick_exit abort atexit on_exit longjmp siglongjmp : nobody
	signal : nobody
	sigprocmask : base/process base/pending
	fsetxattr : image/identity image/mark
	fremovexattr : image/identity image/mark
	sigaction raise : base/pending
	alarm setitimer : nobody
	getenv secure_getenv : base/msg base/terminal pool/blockdev
	setenv putenv unsetenv setlocale : nobody
	strcat : included-in
	gets strncat strncpy asctime ctime localtime localtime_r mktime rand random : nobody
	strtok alloca : nobody
	END
    awk -v owners="$RUN_SCRATCH/owners" '
        BEGIN {
            while ((getline line < owners) > 0) {
                n = split(line, word, " ")
                for (colon = 1; word[colon] != ":"; colon++) owned[word[colon]] = 1
                for (j = colon + 1; j <= n && word[j] != "nobody"; j++) {
                    idle[word[j] ": " line] = 1
                    for (i = 1; i < colon; i++) may[word[j] " " word[i]] = word[j] ": " line
                }
            }
        }
        /:$/ { module = $0; sub(/^build\/(subcmd\/)?/, "", module); sub(/\.o:$/, "", module) }
        $1 == "U" {
            # as glibc calls them: openat64, __openat64_2, __sprintf_chk
            call = $2; sub(/^__isoc[0-9]*_/, "", call)
            if (call ~ /^__.*(_chk|_2)$/) gsub(/^__|(_chk|_2)$/, "", call)
            sub(/64$/, "", call)
            if (!(call in owned)) next
            if ((module " " call) in may) delete idle[may[module " " call]]
            else print module " calls " call
        }
        END { for (row in idle) print "no such calls in " row }
        ' <(sources | sed 's|\(.*\)\.c|build/\1.o|' | xargs nm -u) >"$RUN_SCRATCH/found"
    [ ! -s "$RUN_SCRATCH/found" ] || fail "$(cat "$RUN_SCRATCH/found")"
}

@test "includes point downwards: base, image, volume, pool, verbs, reflinkctl.c" {
    # FILES in a directory include nothing of ours but what matches PATTERN
    only() {
        local found
        found=$(grep -nE '^ *# *include *"' "${@:2}" | grep -vE "\"$1\"" || true)
        [ -z "$found" ] || fail "$found"
    }
    floors=
    for floor in base image volume pool; do
        floors=$floors${floors:+|}$floor
        only "subcmd/($floors)/[a-z0-9-]*\.h" subcmd/"$floor"/*.[ch]
    done
    mapfile -t of_verbs < <(verb_files)
    only "subcmd/(subcmd|($floors)/[a-z0-9-]*)\.h" "${of_verbs[@]}"
    only 'subcmd/base/[a-z0-9-]*\.h' subcmd/subcmd.h
    only 'subcmd/(subcmd|help|base/[a-z0-9-]*)\.h' reflinkctl.c subcmd/help.c
    [ "$(echo subcmd/*.h)" = "subcmd/help.h subcmd/subcmd.h" ]
    # What is in no floor, no newcomer finds.
    [ "$(cd subcmd && echo */)" = "base/ image/ pool/ volume/" ]
    # base and image don't know what the names of images mean, and one room knows a pool's directories
    ! grep -nE -- '"[^"]*(-dirty|-import|-precache|\.img)' subcmd/base/*.c subcmd/image/*.c || fail "they know"
    [ "$(grep -lE '^[^*]*"(appvms|vm-templates)"' reflinkctl.c subcmd/*.[ch] subcmd/*/*.[ch])" = subcmd/volume/layout.c ]
}

@test "each floor has a first page" {
    for floor in base image volume pool; do
        [ "$(wc -w <"subcmd/$floor/README")" -ge 60 ] || fail "subcmd/$floor/README"
    done
}

@test "each file includes the header that it implements, first" {
    for file in subcmd/*/*.c; do
        [ "$(grep -m 1 '^#include' "$file")" = "#include \"${file%.c}.h\"" ] || fail "$file"
    done
}

@test "each header compiles alone" {
    export FLAGS_TEXT="${FLAGS[*]}"
    # shellcheck disable=SC2016 # it is the inner shell's
    headers | quiet_on_each sh -c \
        'printf "#include \"%s\"\n#include \"%s\"\n" "$0" "$0" | cc $FLAGS_TEXT -Werror -fsyntax-only -x c -'
}

@test "files fit 260 lines, functions 40, lines 100 columns" {
    found=$(sources | xargs awk '
        FNR == 1 { start = 0 }
        FNR == 261 { print FILENAME ": more than 260 lines" }
        /^\{/ { start = FNR }
        /^\}/ && start { if (FNR - start > 41) print FILENAME ":" start ": " FNR - start - 1 " lines"; start = 0 }
        ')
    [ -z "$found" ] || fail "$found"
    found=$({ sources; headers; } | while read -r file; do
        expand -t 8 "$file" | awk -v f="$file" 'length > 100 { print f ":" FNR ": " length " columns" }'
    done)
    [ -z "$found" ] || fail "$found"
    found=$({ sources; headers; } | xargs grep -nE '[[:space:]]+$' || true)
    [ -z "$found" ] || fail "white space at the end of:" "$found"
}

@test "each subcommand has its file, its tests and its section in the manual" {
    verbs=$("$BIN" help | sed -n 's/^  \([a-z-]*\)  *.*/\1/p' | grep -v '^-')
    [ "$(wc -w <<<"$verbs")" -ge 18 ]
    for verb in $verbs; do
        for file in "subcmd/$verb.c" "t/$verb.bats"; do
            [ -e "$file" ] || fail "$verb: there is no $file"
        done
        grep -q "^\.It Cm $verb\b\|^\.Ss .*$verb\|^\.It Ic $verb\b" man/reflinkctl.8 || fail "$verb isn't in the manual"
    done
    for file in $(verb_files); do
        grep -qx "$(basename "$file" .c)" <<<"$verbs" || fail "$file is no subcommand"
    done
}

@test "what makes programs wrong on purpose fits this one, to the line" {
    # Somewhere near is wrong in another way, or not at all; taken back, it may leave something.
    for patch in t/*/wrong/*.patch t/diff/parts.patch; do
        patch --dry-run -F0 -p1 -s -f -i "$patch" || fail "$patch"
    done
}

@test "each file says its licence" {
    found=$(find reflinkctl.c subcmd Makefile t man .ci .clang-tidy -type f ! -path 't/out/*' \
        ! -name '*.patch' ! -name '*.gz' ! -name '*.pyc' ! -path 't/fuzz/corpus/*' \
        -exec grep -L 'SPDX-License-Identifier: MIT' {} +)
    [ -z "$found" ] || fail "$found"
    found=$({ sources; headers; } | xargs awk 'FNR == 1 && $0 != "/* SPDX-License-Identifier: MIT */" { print FILENAME }')
    [ -z "$found" ] || fail "$found"
}

@test "each test has a name of its own within its file" {
    for file in t/*.bats t/once/*.bats; do
        [ -z "$(grep '^@test' "$file" | sort | uniq -d)" ] || fail "$file"
    done
}

@test "shellcheck is content" {
    requires shellcheck
    # Globals are used across files; names of files here have no special characters.
    shellcheck -S warning -e SC2034,SC2010 t/run t/demo/run t/demo/btrfs .ci/run t/*/build t/fuzz/run t/qubesd/core-admin \
        man/packages/package man/packages/*.prerm t/vm/* t/fault/wrong/catch t/diff/catch t/*/*.bash t/*.bats t/*/*.bats
}

@test "flake8 is content with the driver of qubesd" {
    requires flake8
    flake8 --max-line-length=100 man/qubesd t/qubesd
    found=$(find man/qubesd t/qubesd -name '*.py' -size +0 -exec awk \
        'FNR == 261 { print FILENAME ": more than 260 lines" }' {} +)
    [ -z "$found" ] || fail "$found"
}

@test "cppcheck is content" {
    requires cppcheck
    cppcheck --quiet --enable=warning,portability,performance --inline-suppr --error-exitcode=1 \
        --std=c11 -D_GNU_SOURCE -I. reflinkctl.c subcmd
}

@test "gcc's static analyser is content" {
    requires gcc
    # It takes what ends up in an array for leaked, and knows nothing of attribute((cleanup)).
    sources | quiet_on_each gcc "${FLAGS[@]}" -fanalyzer -Wno-analyzer-malloc-leak \
        -Wno-format-truncation -O2 -c -o /dev/null
}

@test "clang-tidy is content" {
    requires clang-tidy
    # shellcheck disable=SC2016 # it is the inner shell's
    export FLAGS_TEXT="${FLAGS[*]}"
    sources | quiet_on_each sh -c \
        'clang-tidy --quiet "$0" -- $FLAGS_TEXT 2>/dev/null'
}

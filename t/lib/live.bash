# SPDX-License-Identifier: MIT
# A process that goes on writing to an image of 1 MiB, as a VM does: load lib/live.
#
# write_on FILE      it writes a number to the first block and then to the last, then the next number
# stop_writing       end it: call it in tidy
# of_a_moment FILE   FILE is a whole copy of one moment: the two numbers are the same, or the first
#                    is ahead by one

write_on() {
    coproc WRITER { exec python3 -c '
import os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
for n in range(1 << 40):
    for block in 0, 255:
        os.pwrite(fd, b"%016d" % n, block * 4096)
    if n == 1: print("ready", flush=True)' "$1" 3>&-; }
    read -r <&"${WRITER[0]}"
}

stop_writing() {
    local pid=${WRITER_PID:-}
    [ -n "$pid" ] || return 0
    kill "$pid"
    wait "$pid" 2>/dev/null || true
}

of_a_moment() {
    python3 -c '
import sys
image = open(sys.argv[1], "rb").read()
first, last = (int(image[at:at + 16]) for at in (0, 255 * 4096))
assert len(image) == 1 << 20 and first - last in (0, 1), (first, last)' "$1" || fail "it is torn"
}

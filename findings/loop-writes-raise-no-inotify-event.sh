#!/bin/bash
# SPDX-License-Identifier: MIT
# What a loop device writes to its image raises no inotify and no fanotify event.
#
# Guess: IN_MODIFY, as for every write but those through mmap(2), which the manual of inotify excepts.
# Found: events are made where system calls enter the kernel, and the loop driver calls the file system
# directly.  Contents and mtime change by its writes, discards and zeroing, and not one event tells of it; dd to
# the file itself gives MODIFY.
# Matters: a backup or sync program that waits for events takes an image in use for an idle one, for as long as
# it is attached.  mtime would tell.
# Versions: inotify-tools 3.22.6.0, util-linux 2.38.1; btrfs, XFS, ext4 of Linux 6.18.
. "$(dirname "$0")/common"
packages inotify-tools=3.22.6.0-4 libinotifytools0=3.22.6.0-4 util-linux=2.38.1-5+deb12u3
watchers=()
before_cleaning() { kill "${watchers[@]}"; } 2>/dev/null

# watch PROGRAM: have PROGRAM write the events of the image to PROGRAM.events.
watch() {
    "$1" -m -e modify image >"$1.events" 2>"$1.log" & watchers+=($!)
    for _ in $(seq 100); do grep -q 'Watches established' "$1.log" && return; sleep 0.1; done
    cannot "$1: $(cat "$1.log")"
}
# told: how many of the two programs have had an event.
told() { sleep 0.5; grep -l MODIFY ./*.events | wc -l || true; }

guess "2 of 2 programs are told"
for type in btrfs xfs ext4; do
    disk "$type" "mkfs.$type"
    cd "$scratch/$type"
    truncate -s 16M image
    touch -d 2001-01-01 image
    device=$(losetup --show -f image)
    watch inotifywait
    watch fsnotifywait
    dd if=/dev/urandom of="$device" bs=1M count=4 conv=fsync status=none
    blkdiscard -o 8M -l 4M "$device"
    blkdiscard -z -o 12M -l 4M "$device"
    a=$(told)
    seen "$type: 4 MiB written, 4 discarded, 4 zeroed by the loop device: $a are told" "$a" -eq 0
    seen "$type: mtime $(stat -c %y image)" "$(stat -c %Y image)" -gt 1000000000
    losetup -d "$device"
    noise 1 0 image
    a=$(told)
    seen "$type: 1 MiB written by dd to the file: $a are told" "$a" -eq 2
    kill "${watchers[@]}"
    wait
    watchers=()
done

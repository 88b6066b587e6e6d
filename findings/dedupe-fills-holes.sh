#!/bin/bash
# SPDX-License-Identifier: MIT
# Deduplicating a sparse image with a copy that has zeros in its place fills the holes of the sparse one.
#
# Guess: deduplication saves space; a hole is the cheapest block there is, so what is equal becomes holes.
# Found: FIDEDUPERANGE makes the target like the source, whatever that is.  jdupes -B takes the file whose
# name sorts first as the source: of a sparse and a dense copy both come out sparse or both dense, by their names.
# duperemove leaves both as they are.
# Matters: the sparse image of 1 MiB takes 64 MiB for du, backups without hole detection and quotas, and
# for good: when the other goes, it has the zeros alone.
# Versions: jdupes 1.21.3, duperemove 0.11.2; btrfs and XFS of Linux 6.18.
. "$(dirname "$0")/common"
packages jdupes=1.21.3-1+deb12u1 duperemove=0.11.2-3
guess "the sparse image takes 1024 KiB afterwards, whatever it is called"

# deduplicated SPARSE DENSE COMMAND...: KiB that both take after COMMAND.
deduplicated() {
    rm -rf files
    mkdir files
    truncate -s 64M "files/$1"
    noise 1 8 "files/$1"
    tail -c +1 "files/$1" >"files/$2"
    sync
    [ "$(($(allocated "files/$1") * 32))" -lt "$(allocated "files/$2")" ] || cannot "both sparse, or dense"
    "${@:3}" files >/dev/null 2>&1
    cmp "files/$1" "files/$2"
    result="$1 $(($(allocated "files/$1") / 1024)) MiB, $2 $(($(allocated "files/$2") / 1024)) MiB"
}
for type in btrfs xfs; do
    disk "$type" "mkfs.$type"
    cd "$scratch/$type"
    deduplicated a-sparse b-dense jdupes -qB
    seen "$type, jdupes -B: $result" "$result" = "a-sparse 1 MiB, b-dense 1 MiB"
    deduplicated b-sparse a-dense jdupes -qB
    seen "$type, jdupes -B: $result" "$result" = "b-sparse 64 MiB, a-dense 64 MiB"
    deduplicated b-sparse a-dense duperemove -drq
    seen "$type, duperemove: $result" "$result" = "b-sparse 1 MiB, a-dense 64 MiB"
done

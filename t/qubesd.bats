#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The storage driver of qubesd (man/qubesd), installed and found as there, on stand-ins for qubesd.

load lib/common

prepare() {
    top=$BATS_TEST_DIRNAME/..
    [ -d "$RUN_SCRATCH/qubesd" ] || env -u MAKEFLAGS -u MAKELEVEL \
        make -s -C "$top" install-driver DESTDIR="$RUN_SCRATCH/qubesd" PYTHONDIR=/python
}

qubesd() {
    POOL=$POOL PATH="$(cd "$(dirname "$BIN")" && pwd):$PATH" PYTHONDONTWRITEBYTECODE=1 \
        PYTHONWARNINGS=error PYTHONPATH="$RUN_SCRATCH/qubesd/python:$top/t/qubesd/standin" \
        python3 "$top/t/qubesd/test_$1.py" "$2"
}

@test "qubesd: the driver is found by its entry point" {
    qubesd processes Processes.test_entry_point
}

@test "qubesd: the life of a saved volume" {
    qubesd volumes Life.test_saved
}

@test "qubesd: the life of a snapshot" {
    qubesd volumes Life.test_snapshot
}

@test "qubesd: a snapshot's next start is prepared, if the pool says so" {
    qubesd volumes Life.test_prepared_snapshot
}

@test "qubesd: the life of an origin snapshot" {
    qubesd volumes Life.test_origin_snapshot
}

@test "qubesd: without snapshots there is one image" {
    qubesd volumes Life.test_disabled
}

@test "qubesd: a volume is resized, started or not, saved or not" {
    qubesd volumes Life.test_resize
}

@test "qubesd: what create() refuses is left alone by the clean-up after it" {
    qubesd volumes Life.test_kept
}

@test "qubesd: a guest that restarts itself doesn't flush what is older than a day" {
    qubesd volumes Life.test_retention
}

@test "qubesd: 150 volumes start, stop and are removed at once" {
    qubesd many Many.test_start_and_stop
}

@test "qubesd: a cancelled stop leaves the old state or the new one" {
    qubesd many Many.test_cancellation
}

@test "qubesd: a caller that is killed leaves the old state or the new one" {
    qubesd many Many.test_caller_dies
}

@test "qubesd: import_data and its end" {
    qubesd pools Data.test_import_data
}

@test "qubesd: import_volume, from whatever pool, and export" {
    qubesd pools Data.test_import_volume_and_export
}

@test "qubesd: what a pool is" {
    qubesd pools Data.test_pool
    qubesd pools Data.test_included_in
    qubesd pools Data.test_config
}

@test "qubesd: exit codes become exceptions with the last line" {
    qubesd processes Processes.test_exceptions
    qubesd processes Processes.test_words
}

@test "qubesd: the journal has each line with its level, as it comes" {
    qubesd processes Processes.test_journal
    qubesd processes Processes.test_at_once
}

@test "qubesd: a standard error that can't be written to stops nothing" {
    qubesd processes Processes.test_stderr_fails
}

@test "qubesd: a cancelled method leaves no process" {
    qubesd processes Processes.test_cancelled
    qubesd processes Processes.test_term_then_kill
}

@test "qubesd: file-reflink starts what this driver stopped, and the other way round" {
    qubesd turns Turns.test_sessions
}

@test "qubesd: file-reflink reverts, resizes, imports and removes, and the other way round" {
    qubesd turns Turns.test_transitions
}

@test "qubesd: a snapshot is of the other driver's template, and outdated for both" {
    qubesd turns Turns.test_snapshots
}

@test "qubesd: without snapshots, either goes on with the only image" {
    qubesd turns Turns.test_disabled
}

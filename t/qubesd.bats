#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The volumes of a service that calls reflinkctl as a subprocess: t/qubesd/storage.py.

load lib/common

qubesd() {
    export POOL REFLINKCTL=$BIN PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=error
    python3 "$BATS_TEST_DIRNAME/qubesd/test_volumes.py" "$@"
}

@test "qubesd: the life of a saved volume" {
    qubesd Life.test_saved
}

@test "qubesd: the life of a snapshot" {
    qubesd Life.test_snapshot
}

@test "qubesd: exit codes become exceptions with the message" {
    qubesd Life.test_exceptions
}

@test "qubesd: 150 volumes start and stop at once" {
    qubesd Many.test_start_and_stop
}

@test "qubesd: a cancelled stop leaves the old state or the new one" {
    qubesd Many.test_cancellation
}

@test "qubesd: a caller that is killed leaves the old state or the new one" {
    qubesd Many.test_caller_dies
}

@test "qubesd: import_data and its end" {
    qubesd Data.test_import_data
}

@test "qubesd: import_volume and export" {
    qubesd Data.test_import_volume_and_export
}

@test "qubesd: what a pool and its volumes are" {
    qubesd Data.test_pool
}

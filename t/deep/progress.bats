#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# How far a long copy is, where there is no terminal: that takes ten seconds.

load ../lib/common

@test "a long copy says every ten seconds how far it is" {
    ok import appvms/a/private - --size=12M < <(for _ in {1..12}; do head -c 1M /dev/zero; sleep 1; done)
    grep -xE "reflinkctl: writing '$A/private-import.img':  (83|85|91|93|100)%, [0-9.]+ MiB of 12.0 MiB, [0-9.]+ [KM]iB/s, 0:0[0-3] left" <<<"$ERR"
    [ "$(grep -c writing <<<"$ERR")" = 1 ]
}

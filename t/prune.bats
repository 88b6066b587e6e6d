#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# prune: drop revisions.

load lib/common

V=appvms/a/private
D=P/appvms/a/private

prepare() {
    ok create $V --size=1M
    (cd "$A" && touch private.img.{1,2,3,9,10}@2018-01-02T03:04:05Z)
}

@test "prune --revisions-to-keep=N drops all but the newest N, oldest first" {
    ok prune $V --revisions-to-keep=2
    says "removed '$D.img.1@*'" "removed '$D.img.2@*'" "removed '$D.img.3@*'"
    files private.img private.img.{9,10}@\*
    ok prune $V --revisions-to-keep=2
    says
    ok prune $V --revisions-to-keep=0
    files private.img
}

@test "prune drops the revisions named, oldest first, however they are named" {
    ok prune $V 10 2@2018-01-02T03:04:05Z 10
    says "removed '$D.img.2@*'" "removed '$D.img.10@*'"
    files private.img private.img.{1,3,9}@\*
}

@test "prune of a revision that isn't there drops none" {
    fails 4 prune $V 1 7
    says "cannot find revision '7' of '$D.img'"
    fails 4 prune $V 1 seven
    says "cannot find pin 'seven' of '$D.img'"
    fails 2 prune $V 1 "se ven"
}

@test "prune needs to be told what to drop" {
    fails 2 prune $V
    says "prune needs either --revisions-to-keep=N or revisions"
    fails 2 prune $V 1 --revisions-to-keep=1
    fails 2 prune $V --revisions-to-keep=-1
    for bad in x "" -2 1x 99999999999; do fails 2 prune $V --revisions-to-keep="$bad"; done
    fails 4 prune appvms/b/private 1
    fails 4 prune appvms/a/nothing --revisions-to-keep=1
}

@test "prune leaves clean alone that is a revision too" {
    ln "$A/private.img" "$A/private.img.11@2018-01-02T03:04:05Z"
    ok prune $V --revisions-to-keep=0
    files private.img
}

@test "prune doesn't count what an interrupted commit left: that is no older state" {
    ln "$A/private.img" "$A/private.img.11@2018-01-02T03:04:05Z"
    ok prune $V --revisions-to-keep=1
    files private.img private.img.{10,11}@\*
    ok revert $V
    says "removed '$D.img.10@*'" || says "renamed '$D.img.10@*' -> '$D.img'"
}

@test "the greatest number keeps all, with an interrupted commit too" {
    ln "$A/private.img" "$A/private.img.11@2018-01-02T03:04:05Z"
    ok prune $V --revisions-to-keep=2147483647
    files private.img private.img.{1,2,3,9,10,11}@\*
}

@test "prune works while the VM runs, and without a clean image" {
    ok start $V --revisions-to-keep=-1
    ok prune $V 1
    files private-dirty.img private.img.{2,3,9,10}@\*
}

@test "prune leaves at least one revision where nothing else is left of the volume" {
    rm "$A/private.img"
    fails 3 prune $V --revisions-to-keep=0
    says "cannot prune '$D.img': nothing else is left of it (fsck tells what may take its place; or remove it)"
    fails 3 prune $V 1 2 3 9 10
    ok prune $V 1 2 9 10
    files private.img.3@\*
    fails 3 prune $V 3
}

@test "prune leaves what isn't a revision alone" {
    odd=(private.img@2018-01-02T03:04:05Z private.img.x@2018-01-02T03:04:05Z
        private.img.01@2018-01-02T03:04:05Z private.img.7@2018-01-02 private2.img.1@2018-01-02T03:04:05Z)
    (cd "$A" && touch "${odd[@]}" && mkdir private.img.7@2018-01-02T03:04:05Z &&
        ln -s nowhere private.img.8@2018-01-02T03:04:05Z)
    ok prune $V --revisions-to-keep=0
    files private.img private.img.7@\* private.img.8@\* private.img@\* private.img.x@\* \
        private.img.01@\* private.img.7@2018-01-02 private2.img.1@\*
}

@test "prune --keep-older-than=AGE leaves the youngest revision that is older, too" {
    rm "$A"/*@*
    for age in "3 days" "2 days" "2 hours" "1 hour"; do
        touch "$A/private.img.$((++n))@$(date -u -d "$age ago" +%FT%TZ)"
    done
    ok prune $V --revisions-to-keep=1 --keep-older-than=1d
    says "removed '$D.img.1@*'" "removed '$D.img.3@*'"
    files private.img private.img.{2,4}@\*
    ok prune $V --revisions-to-keep=1 --keep-older-than=1d
    says
    fails 2 prune $V --keep-older-than=1d
    ok prune $V --revisions-to-keep=0 --keep-older-than=1d
    files private.img
}

@test "a clock that has gone back flushes nothing: the youngest that is further ahead than AGE stays, too" {
    rm "$A"/*@*
    for time in "3 days ago" "2 years" "1 year" "2 hours ago" "2 hours" "1 hour ago"; do
        touch "$A/private.img.$((++n))@$(date -u -d "$time" +%FT%TZ)"
    done
    ok prune $V --revisions-to-keep=1 --keep-older-than=1d
    files private.img private.img.{1,2,6}@\*
}

@test "a revision that can't be removed doesn't keep the others, and is a failure of prune" {
    requires_root
    chattr +i "$A"/private.img.{1,9}@*
    rl prune $V --revisions-to-keep=1
    status=$STATUS
    rl prune $V 9 10
    chattr -i "$A"/private.img.*
    [ "$status $STATUS" = "6 6" ] || fail
    files private.img private.img.{1,9}@\*
}

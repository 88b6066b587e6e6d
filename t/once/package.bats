#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a packager relies on: make install, uninstall and dist; the same bytes from the same source.

load ../lib/common

prepare() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    unset MAKEFLAGS MAKELEVEL MFLAGS # of "make check"
    stage="$RUN_SCRATCH/stage with space"
    work=$RUN_SCRATCH/work
    mkdir -p "$work"
}

tidy() {
    rm -rf "$stage" "$work"
}

installed() {
    (cd "$stage" && find . -type f -printf '%m %P\n' | sort -k 2)
}

# Unpack what make dist makes to the directory $1.
unpack() {
    mkdir -p "$1"
    tar -xzf "$(make -s dist)" --strip-components=1 -C "$1"
}

@test "make install puts each file where Fedora and Debian look for it" {
    make install DESTDIR="$stage" >/dev/null
    diff <(installed) <(sort -k 2 <<-END
	755 usr/bin/reflinkctl
	$([ ! -d man/completions ] || echo 644 usr/share/bash-completion/completions/reflinkctl)
	644 usr/share/doc/reflinkctl/README
	$([ ! -d man/completions ] || echo 644 usr/share/fish/vendor_completions.d/reflinkctl.fish)
	644 usr/share/licenses/reflinkctl/COPYING
	644 usr/share/man/man5/reflinkctl.5
	644 usr/share/man/man8/reflinkctl.8
	$([ ! -d man/completions ] || echo 644 usr/share/zsh/site-functions/_reflinkctl)
	END
    ) -B
    cmp reflinkctl "$stage/usr/bin/reflinkctl"
}

@test "make install goes by PREFIX, whatever the umask" {
    (umask 077 && make install DESTDIR="$stage" PREFIX=/opt/x >/dev/null)
    [ "$(installed | grep -cv '^[67][45][45] opt/x/')" = 0 ]
    [ "$(stat -c %a "$stage/opt/x/bin/reflinkctl")" = 755 ]
}

@test "make uninstall leaves nothing, but what is somebody else's" {
    make install DESTDIR="$stage" >/dev/null
    make uninstall DESTDIR="$stage" >/dev/null
    [ "$(find "$stage" | wc -l)" = 1 ]
    make install DESTDIR="$stage" >/dev/null
    touch "$stage/usr/share/man/man8/reflinkctl.8x"
    make uninstall DESTDIR="$stage" >/dev/null
    [ "$(installed)" = "644 usr/share/man/man8/reflinkctl.8x" ]
}

@test "make uninstall without DESTDIR removes our directories and no others" {
    make install PREFIX="$work/prefix" >/dev/null
    make uninstall PREFIX="$work/prefix" >/dev/null
    [ -z "$(find "$work/prefix" ! -type d)" ]
    [ -z "$(find "$work/prefix" -name 'reflinkctl*')" ]
    [ -d "$work/prefix/share/man/man8" ]
}

@test "make install-driver puts a package of Python and its page, whatever the umask" {
    driver() {
        (umask 077 && make "$1" DESTDIR="$stage" PYTHONDIR=/py >/dev/null)
    }
    version=$(sed -n 's/^VERSION = //p' Makefile)
    driver install-driver
    diff <(installed) <(sort -k 2 <<-END
	644 py/reflinkctl_qubesd-$version.dist-info/METADATA
	644 py/reflinkctl_qubesd-$version.dist-info/entry_points.txt
	644 py/reflinkctl_qubesd/__init__.py
	644 py/reflinkctl_qubesd/pool.py
	644 py/reflinkctl_qubesd/process.py
	644 py/reflinkctl_qubesd/volume.py
	644 usr/share/man/man7/reflinkctl-qubesd.7
	END
    )
    [ -z "$(find "$stage/py" -type d ! -perm 755)" ]
    driver uninstall-driver
    [ -z "$(installed)" ]
}

@test "pip would install the same driver of the same version" {
    make install-driver DESTDIR="$stage" PYTHONDIR=/py >/dev/null
    PYTHONPATH=$stage/py python3 - man/qubesd/pyproject.toml <<-'END'
	import importlib.metadata, re, sys
	project = dict(re.findall(r'^([a-z-]+) = "(.*)"', open(sys.argv[1]).read(), re.M))
	installed = importlib.metadata.distribution("reflinkctl-qubesd")
	assert (installed.name, installed.version) == (project["name"], project["version"]), project
	assert installed.metadata["Summary"] == project["description"], project
	END
    [ "$(grep -c '"reflinkctl_qubesd"\|file = "entry_points.txt"' man/qubesd/pyproject.toml)" = 2 ]
}

@test "make dist makes the same bytes each time, and from what it made" {
    first=$(sha256sum <"$(make -s dist)")
    (umask 077 && TZ=Asia/Tokyo unpack "$work/a")
    [ "$(sha256sum <"$(make -s dist)")" = "$first" ]
    [ "$(cd "$work/a" && sha256sum <"$(make -s dist)")" = "$first" ]
    [ ! -e "$work/a/build/config.mk" ] # and needs no compiler for it
}

@test "the tarball holds what the repository does, and nothing that was built" {
    names=$(tar -tzf "$(make -s dist)" | grep -v '/$' | sed 's,^[^/]*/,,' | sort)
    [[ "$names" == *subcmd/subcmd.h* ]]
    ! grep -E '^(build/|reflinkctl$|t/out)|\.o$' <<<"$names" || fail "that was built"
    [ ! -e .git ] || ! command -v git >/dev/null ||
        diff <(git -c safe.directory="$PWD" ls-tree -r --name-only HEAD | sort) <(echo "$names")
}

@test "two builds make the same program and packages, whoever makes them, where and when" {
    for place in a "another, longer place"; do
        mkdir "$work/$place"
        cp -r reflinkctl.c subcmd Makefile man README COPYING "$work/$place"
    done
    make -s -j2 -C "$work/a" CFLAGS="-O1 -g" deb rpm >/dev/null
    cd "$work/another, longer place"
    touch -d 2001-01-01 man/packages/*
    other=()
    if [ "$(id -u)" = 0 ]; then
        other=(setpriv --reuid=65534 --regid=65534 --clear-groups)
        chmod 755 "$RUN_SCRATCH"
        chown -R 65534:65534 .
    fi
    (umask 077 && HOME=/nonexistent TZ=Asia/Tokyo LC_ALL=C.UTF-8 exec "${other[@]}" \
        make -s -j2 CFLAGS="-O1 -g" deb rpm) >/dev/null
    cmp reflinkctl "$work/a/reflinkctl"
    [ "$(ls build/*.deb build/*.rpm | wc -l)" = 4 ]
    for file in build/*.deb build/*.rpm; do
        cmp "$file" "$work/a/$file"
    done
}

@test "the packages have the version of the program" {
    version=$(sed -n 's/^reflinkctl (\(.*\)) .*/\1/p' man/packages/changelog | sed q)
    [ "$("$BIN" --version)" = "reflinkctl $version" ]
}

# A volume lives in the root $1, with the program that was installed there and nothing else.
runs() {
    local program=("$1/usr/bin/reflinkctl" -C "$1/pool")
    [ "$(id -u)" != 0 ] || program=(/usr/sbin/chroot "$1" /usr/bin/reflinkctl -C /pool)
    mkdir -p "$1/pool/appvms" "$1/pool/vm-templates"
    for words in "create --size=1M" start stop verify "remove --force"; do
        # shellcheck disable=SC2086 # they are words
        "${program[@]}" -q $words appvms/a/private >/dev/null
    done
    rm -r "$1/pool"
}

# The python3 at hand finds the driver beneath $1 as qubesd does, and leaves its compiled modules.
loads_driver() {
    PYTHONPATH=$1:t/qubesd/standin env -u PYTHONDONTWRITEBYTECODE python3 -c 'from importlib.metadata import entry_points
found, = {e for e in entry_points(group="qubes.storage") if e.name == "file-reflinkctl"}
assert found.load().driver == found.name'
    [ -d "$1/reflinkctl_qubesd/__pycache__" ]
}

# dpkg with the words $@, in the root $stage.
dpkg_there() {
    dpkg --root="$stage" --force-not-root --force-script-chrootless --log=/dev/null "$@" >"$work/said" 2>&1
}

@test "Debian's packages are installed, run, and purged without a trace" {
    make -s deb >/dev/null
    mkdir -p "$stage"/var/lib/dpkg/{info,updates}
    : >"$stage/var/lib/dpkg/status"
    dpkg_there -i build/reflinkctl_*.deb || fail "$(cat "$work/said")"
    runs "$stage"
    ! dpkg_there -i build/reflinkctl-qubesd_*.deb || fail "there is no python3"
    grep "depends on python3" "$work/said"
    printf '%s\n' "Package: python3" "Status: install ok installed" "Architecture: all" \
        "Version: 3.11.2-1" "Maintainer: -" "Description: -" "" >>"$stage/var/lib/dpkg/status"
    dpkg_there --configure reflinkctl-qubesd || fail "$(cat "$work/said")"
    loads_driver "$stage/usr/lib/python3/dist-packages"
    ! dpkg_there --purge reflinkctl || fail "the driver needs it"
    dpkg_there --purge reflinkctl-qubesd reflinkctl || fail "$(cat "$work/said")"
    [ -z "$(find "$stage" -path "$stage/var/lib/dpkg" -prune -o -type f -print)" ]
    [ -z "$(find "$stage" -name '*reflinkctl*')" ]
}

@test "Fedora's packages are installed, run, and removed without a trace" {
    requires_root
    make -s rpm PYTHONDIR=/usr/lib/python3.11/site-packages >/dev/null
    there=(--root="$stage" --dbpath=/rpmdb)
    ! rpm --force-debian --version >/dev/null 2>&1 || there+=(--force-debian)
    rpm_there() { rpm "${there[@]}" "$@" >"$work/said" 2>&1; }
    mkdir "$stage"
    rpm_there -i build/reflinkctl-[0-9]*.rpm || fail "$(cat "$work/said")"
    runs "$stage"
    ! rpm_there -i build/reflinkctl-qubesd-*.rpm || fail "there is no python3"
    [ "$(sed -n 's/^\t\(.*\) is needed by.*/\1/p' "$work/said")" = "python(abi) = 3.11" ] || fail "$(cat "$work/said")"
    rpm_there -i --nodeps build/reflinkctl-qubesd-*.rpm || fail "$(cat "$work/said")"
    loads_driver "$stage/usr/lib/python3.11/site-packages"
    ! rpm_there -e reflinkctl || fail "the driver needs it"
    rpm_there -e --nodeps reflinkctl-qubesd reflinkctl || fail "$(cat "$work/said")"
    [ -z "$(find "$stage" -path "$stage/rpmdb" -prune -o -type f -print)" ]
    [ -z "$(find "$stage" -name '*reflinkctl*')" ]
}

@test "what shells look for is where Debian's zsh looks, and nothing is lost" {
    make -s deb >/dev/null
    dpkg-deb -x build/reflinkctl_*.deb "$stage"
    [ -e "$stage/usr/share/zsh/vendor-completions/_reflinkctl" ]
    make install DESTDIR="$work/plain" >/dev/null
    diff <(cd "$work/plain/usr/share" && find . -type f | sed 's/.*\///; s/^COPYING$/copyright/' | sort) \
        <(cd "$stage/usr/share" && find . -type f ! -path '*/lintian/*' ! -name 'changelog.gz' |
            sed 's/.*\///; s/\([58]\).gz$/\1/' | sort)
    zcat "$stage/usr/share/man/man8/reflinkctl.8.gz" | cmp - man/reflinkctl.8
}

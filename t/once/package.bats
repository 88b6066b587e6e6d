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

@test "two builds in different directories are identical" {
    for place in a "another, longer place"; do
        mkdir "$work/$place"
        cp -r reflinkctl.c subcmd Makefile "$work/$place"
        make -s -j2 -C "$work/$place" CFLAGS="-O1 -g" >/dev/null
    done
    cmp "$work/a/reflinkctl" "$work/another, longer place/reflinkctl"
}

# SPDX-License-Identifier: MIT
# reflinkctl: "make" builds, "make help" lists what else there is.
# CC, CPPFLAGS, CFLAGS and LDFLAGS given on the command line or in the environment win.

VERSION = 0.1.0
PREFIX = /usr
DESTDIR =

# The program by floors: a file includes headers of its own floor and of those before it.
BASE = msg quote json terminal bar table size nearest option memory clock path dir entries tempname prepared durable trial pending kernel birth process sha256
IMAGE = file filesystem clone reflink copy block sink progress replace like output loop use mark lacks extent edges sharing \
	sweep map compare difference identity carry stream emit apply
VOLUME = layout vid revision retention entry volume scan pretend step erase leftover keep salvage commit pin kind source used \
	newer choice known room lineage renew
POOL = walk lost links sources heir list state item oddity kept readable scene deleted finding advice told inspect held borrowed \
	survey exclusive freed revisions sets selection fewest reclaim rows removal report history blockdev
VERBS = check cleanup clone copy create df diff discard export fsck import import-begin import-end included-in \
	info is-dirty is-outdated list loop-resize pin precache prune receive reclaim remove resize revert revisions send \
	setup snapshot start stop unpin verify

SOURCES = $(BASE:%=subcmd/base/%.c) $(IMAGE:%=subcmd/image/%.c) $(VOLUME:%=subcmd/volume/%.c) \
	$(POOL:%=subcmd/pool/%.c) $(VERBS:%=subcmd/%.c) subcmd/help.c reflinkctl.c
OBJECTS = $(SOURCES:%.c=build/%.o)

# musl makes the smaller and faster program; any C library that links statically will do.
ifeq ($(origin CC),default)
CC := $(shell command -v musl-gcc || echo cc)
endif
CFLAGS ?= -Os
# Where every byte of an image passes through, speed counts.
build/subcmd/image/block.o build/subcmd/base/sha256.o: HOT = $(if $(filter file,$(origin CFLAGS)),-O2)

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wundef -Wformat=2
# What nobody calls, and tables for exceptions that C doesn't have, stay out.
SMALL = -ffunction-sections -fdata-sections -fno-unwind-tables -fno-asynchronous-unwind-tables
MUST_CFLAGS = -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DVERSION='"$(VERSION)"' -I. \
	'-ffile-prefix-map=$(CURDIR)=.' $(SMALL) $(WARNINGS)

all: reflinkctl

# What the tool chain can do is found out once, and again when it or the flags change.
# -static-pie needs a look at the result: some wrappers take it and link dynamically.  The result is
# run, too, unless it is for another machine than the shell is.
WANTED = -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-ftrivial-auto-var-init=zero -Wno-format-truncation
# Under a name of its own: deb and rpm, made at once, each run another make here.
build/flags: FORCE
	@mkdir -p build
	@new=$@.$$$$; \
	echo '$(subst ','\'',$(CC) $(MUST_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS))' >$$new; \
	cmp -s $$new $@ && rm $$new || mv $$new $@
FORCE:

build/config.mk: build/flags Makefile
	@echo 'int main(void) { return 0; }' >build/try.c
	@exec >$@.new; \
	machine() { readelf -h "$$1" | grep Machine:; }; \
	for flag in $(WANTED); do \
		if $(CC) -Werror $$flag -c build/try.c -o build/try.o 2>/dev/null; \
		then echo "FOUND += $$flag"; fi; \
	done; \
	if $(CC) $(CFLAGS) -O2 -D_FORTIFY_SOURCE=2 -Werror -c build/try.c -o build/try.o 2>/dev/null; \
	then echo 'FORTIFY = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2'; fi; \
	if $(CC) -fPIE -static-pie build/try.c -o build/try 2>/dev/null && \
		readelf -hl build/try 2>/dev/null | grep -q 'Type: *DYN' && \
		! readelf -l build/try | grep -q INTERP && \
		{ [ "$$(machine build/try)" != "$$(machine /bin/sh)" ] || build/try; }; \
	then echo 'STATIC = -static-pie'; echo 'PIE = -fPIE'; echo 'RELRO = -z,relro,-z,now'; \
	elif $(CC) -static build/try.c -o build/try 2>/dev/null; \
	then echo 'STATIC = -static'; echo 'PIE = -fno-pie'; echo 'RELRO = -z,norelro'; \
	else \
		echo '$(CC) cannot link statically: install musl-tools (Debian) or musl-gcc and' >&2; \
		echo 'musl-libc-static (Fedora), or the static C library: libc6-dev or glibc-static' >&2; \
		exit 1; \
	fi
	@mv $@.new $@

-include $(if $(filter-out clean uninstall install-driver uninstall-driver dist help,$(or $(MAKECMDGOALS),all)),build/config.mk)

ALL_CFLAGS = $(MUST_CFLAGS) $(FOUND) $(FORTIFY) $(PIE) $(CPPFLAGS) $(CFLAGS) $(HOT)
# relro is for who relocates; a static program that isn't PIE has nobody who would protect what is
# read-only then, and pays a page for it, and each run a page fault.
ALL_LDFLAGS = $(STATIC) -Wl,$(RELRO),-z,noexecstack -Wl,--gc-sections,--build-id=none $(LDFLAGS)

# Commands are shown in short; "make V=1" shows them whole.
Q = $(if $(V),,@printf '%-6s %s\n' $1 $@;)

reflinkctl: $(OBJECTS)
	$(call Q,LINK)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(OBJECTS)

build/%.o: %.c build/config.mk
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

-include $(OBJECTS:.o=.d)

# What the tests need, by the name of a command: Debian's package and Fedora's.
TEST_TOOLS = bats:bats:bats mkfs.btrfs:btrfs-progs:btrfs-progs mkfs.xfs:xfsprogs:xfsprogs \
	mkfs.ext4:e2fsprogs:e2fsprogs strace:strace:strace mandoc:mandoc:mandoc \
	shellcheck:shellcheck:ShellCheck python3:python3:python3 cppcheck:cppcheck:cppcheck \
	clang-tidy:clang-tidy:clang-tools-extra gcc:gcc:gcc musl-gcc:musl-tools:musl-gcc \
	mkfs.exfat:exfatprogs:exfatprogs mount.exfat-fuse:exfat-fuse:fuse-exfat \
	bindfs:bindfs:bindfs \
	patch:patch:patch rpmbuild:rpm:rpm-build dpkg-deb:dpkg:dpkg \
	flake8:flake8:python3-flake8 duperemove:duperemove:duperemove clang:clang:clang zsh:zsh:zsh fish:fish:fish

test-tools:
	@missing=; \
	PATH="$$PATH:/usr/sbin:/sbin"; \
	command -v apt-get >/dev/null && field=2 || field=3; \
	for tool in $(TEST_TOOLS); do \
		command -v "$${tool%%:*}" >/dev/null || \
			missing="$$missing $$(echo "$$tool" | cut -d: -f$$field)"; \
	done; \
	ls "$$(clang -print-runtime-dir 2>/dev/null)"/*fuzzer*.a >/dev/null 2>&1 || \
		missing="$$missing $$(echo libclang-rt-dev:compiler-rt | cut -d: -f$$((field - 1)))"; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$field" = 2 ]; then install="apt-get install -y$$missing"; \
	else install="dnf install -y$$missing"; fi; \
	if [ "$$(id -u)" != 0 ]; then \
		echo "the tests need:$$missing; to install them: $$install" >&2; exit 1; \
	fi; \
	echo "$$install"; \
	if [ "$$field" = 2 ]; then apt-get update >/dev/null; fi; \
	DEBIAN_FRONTEND=noninteractive $$install >/dev/null

check: test-tools reflinkctl
	@t/run

# The long ones too: what takes many minutes, or needs compilers for other machines.
check-deep: check
	@t/run t/deep/*.bats
	@t/vm/check

# Other kernels, of Debian's, in an emulated machine, and other file systems: an hour, as root.
check-vm: test-tools reflinkctl
	@t/vm/check

demo: reflinkctl
	@t/demo/run

# What is installed, as FILE:PLACE beneath PREFIX.  It is a tool for root but has questions for
# everybody, and a rescue shell's PATH may lack sbin: so bin.
COMPLETIONS = reflinkctl.bash:share/bash-completion/completions/reflinkctl \
	_reflinkctl:share/zsh/site-functions/_reflinkctl \
	reflinkctl.fish:share/fish/vendor_completions.d/reflinkctl.fish
INSTALLED = reflinkctl:bin/reflinkctl \
	man/reflinkctl.8:share/man/man8/reflinkctl.8 \
	man/reflinkctl.5:share/man/man5/reflinkctl.5 \
	README:share/doc/reflinkctl/README \
	COPYING:share/licenses/reflinkctl/COPYING \
	$(if $(wildcard man/completions),$(COMPLETIONS:%=man/completions/%))
PLACE = place="$(DESTDIR)$(PREFIX)/$${file\#*:}"; source="$${file%%:*}"

install: reflinkctl
	@for file in $(INSTALLED); do \
		$(PLACE); \
		if [ "$$source" = reflinkctl ]; then mode=755; else mode=644; fi; \
		install -D -m "$$mode" "$$source" "$$place" || exit; \
		echo "installed $$place"; \
	done

# Directories go if they are ours alone, or if they are empty in a DESTDIR.
uninstall:
	@for file in $(INSTALLED); do \
		$(PLACE); \
		if [ -e "$$place" ]; then rm -f "$$place" && echo "removed $$place" || exit; fi; \
		dir=$${place%/*}; \
		if [ -n "$(DESTDIR)" ]; then \
			(cd "$(DESTDIR)" && rmdir -p "$${dir#"$(DESTDIR)"/}") 2>/dev/null; \
		elif [ "$${dir##*/}" = reflinkctl ]; then \
			rmdir "$$dir" 2>/dev/null; \
		fi; \
	done; :

# The storage driver of qubesd: a package of Python, where importlib.metadata finds its entry point.
# PYTHONDIR is one of the directories that the python3 of qubesd looks in.
PYTHONDIR ?= $(shell python3 -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
DRIVER = $(DESTDIR)$(PYTHONDIR)/reflinkctl_qubesd
DRIVER_MAN = $(DESTDIR)$(PREFIX)/share/man/man7/reflinkctl-qubesd.7
install-driver:
	install -d '$(DRIVER)' '$(DRIVER)-$(VERSION).dist-info'
	install -m 644 man/qubesd/reflinkctl_qubesd/*.py '$(DRIVER)'
	install -m 644 man/qubesd/entry_points.txt '$(DRIVER)-$(VERSION).dist-info'
	printf '%s\n' 'Metadata-Version: 2.1' 'Name: reflinkctl-qubesd' 'Version: $(VERSION)' \
		'Summary: Storage driver of Qubes OS that runs reflinkctl' 'License: MIT' 'Requires-Python: >=3.9' \
		>'$(DRIVER)-$(VERSION).dist-info/METADATA'
	chmod 644 '$(DRIVER)-$(VERSION).dist-info/METADATA'
	install -D -m 644 man/reflinkctl-qubesd.7 '$(DRIVER_MAN)'

uninstall-driver:
	rm -rf '$(DRIVER)' '$(DRIVER)-$(VERSION).dist-info'
	rm -f '$(DRIVER_MAN)'

# The same commit makes the same bytes, and so does what was unpacked from them.
NAME = reflinkctl-$(VERSION)
GIT = git -c safe.directory='$(CURDIR)'
dist:
	@rm -rf build/$(NAME) && mkdir -p build/$(NAME)
	@if [ -e .git ] && command -v git >/dev/null; then $(GIT) archive HEAD; \
	else tar -c --exclude=./build --exclude=./reflinkctl --exclude=./t/out --exclude=./.git .; fi | \
		tar -x -C build/$(NAME)
	@time=$${SOURCE_DATE_EPOCH:-$$($(GIT) log -1 --format=%ct 2>/dev/null || stat -c %Y Makefile)}; \
	tar -c -C build --format=ustar --sort=name --mtime="@$$time" --owner=0 --group=0 \
		--numeric-owner --mode=u+w,go-w,a+rX $(NAME) | gzip -9n >build/$(NAME).tar.gz
	@rm -rf build/$(NAME)
	@echo build/$(NAME).tar.gz

# Each is two packages, of the program and of the driver.
deb rpm: reflinkctl
	@VERSION='$(VERSION)' CC='$(CC)' MAKE='$(MAKE)' man/packages/package $@

# What everything costs, side by side with others; as root, 10 minutes.  Tables for people, and
# build/bench/*.jsonl for machines.  A quiet machine, and TMPDIR on the disk of interest, are yours.
bench: reflinkctl
	@for bench in $(wildcard t/bench/*); do \
		[ ! -f "$$bench" ] || [ ! -x "$$bench" ] || { echo "$$bench"; "$$bench"; } || exit 1; \
	done

clean:
	rm -rf build reflinkctl t/out man/qubesd/build man/qubesd/*.egg-info

help:
	@echo 'make              build reflinkctl'
	@echo 'make demo         walk one volume through its life, in a scratch pool'
	@echo 'make check        run the tests, on btrfs, XFS and ext4 if you are root'
	@echo 'make check-deep   and those that take long'
	@echo 'make check-vm     under other kernels, and on other file systems'
	@echo 'make bench        what everything costs, side by side with others'
	@echo 'make install      install to DESTDIR (empty), PREFIX ($(PREFIX))'
	@echo 'make uninstall    remove what install installed'
	@echo 'make install-driver  the storage driver of qubesd, to DESTDIR, PYTHONDIR'
	@echo 'make dist         make build/$(NAME).tar.gz'
	@echo 'make deb, make rpm  make packages of both in build'
	@echo 'make clean        remove what was built'
	@echo 'Variables: CC, CPPFLAGS, CFLAGS, LDFLAGS; V=1 shows the commands.'
	@echo 'For another machine: make CC=aarch64-linux-gnu-gcc'

.PHONY: all bench check check-deep check-vm clean deb demo dist help install install-driver rpm test-tools \
	uninstall uninstall-driver FORCE
.DELETE_ON_ERROR:

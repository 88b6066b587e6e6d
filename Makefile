# SPDX-License-Identifier: MIT
# reflinkctl: "make" builds, "make demo" shows, "make check" tests, "make install" installs.
# CC, CPPFLAGS, CFLAGS and LDFLAGS given on the command line or in the environment win.

VERSION = 0.1.0
PREFIX = /usr
DESTDIR =

# The program by layers: a file includes headers of its own layer and of those before it.
BASE = msg quote dir tempname durable file size kernel progress copy clone replace reflink loop \
	json nearest cli
VOLUME = vid revision entry volume scan step kind source precache commit erase pool
VERBS = check cleanup copy create discard is-dirty is-outdated loop-resize precache prune remove \
	resize revert revisions setup start stop verify

SOURCES = $(BASE:%=subcmd/base/%.c) $(VOLUME:%=subcmd/volume/%.c) $(VERBS:%=subcmd/%.c) reflinkctl.c
OBJECTS = $(SOURCES:%.c=build/%.o)

# musl makes the smaller and faster program; any C library that links statically will do.
ifeq ($(origin CC),default)
CC := $(shell command -v musl-gcc || echo cc)
endif
CFLAGS ?= -O2

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wwrite-strings -Wvla -Wundef -Wformat=2
MUST_CFLAGS = -std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DVERSION='"$(VERSION)"' -I. \
	-ffile-prefix-map=$(CURDIR)=. $(WARNINGS)

all: reflinkctl

# What the tool chain can do is found out once, and again when it or the flags change.
# -static-pie needs a look at the result: some wrappers take it and link dynamically.
WANTED = -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-ftrivial-auto-var-init=zero -Wno-format-truncation
build/flags: FORCE
	@mkdir -p build
	@echo '$(subst ','\'',$(CC) $(MUST_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS))' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:

build/config.mk: build/flags Makefile
	@echo 'int main(void) { return 0; }' >build/try.c
	@exec >$@.new; \
	for flag in $(WANTED); do \
		if $(CC) -Werror $$flag -c build/try.c -o build/try.o 2>/dev/null; \
		then echo "FOUND += $$flag"; fi; \
	done; \
	if $(CC) $(CFLAGS) -O2 -D_FORTIFY_SOURCE=2 -Werror -c build/try.c -o build/try.o 2>/dev/null; \
	then echo 'FORTIFY = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2'; fi; \
	if $(CC) -fPIE -static-pie build/try.c -o build/try 2>/dev/null && \
		readelf -hl build/try 2>/dev/null | grep -q 'Type: *DYN' && \
		! readelf -l build/try | grep -q INTERP && build/try; \
	then echo 'STATIC = -static-pie'; echo 'PIE = -fPIE'; \
	elif $(CC) -static build/try.c -o build/try 2>/dev/null; \
	then echo 'STATIC = -static'; echo 'PIE = -fno-pie'; \
	else \
		echo '$(CC) cannot link statically: install musl-tools (Debian) or musl-gcc and' >&2; \
		echo 'musl-libc-static (Fedora), or the static C library: libc6-dev or glibc-static' >&2; \
		exit 1; \
	fi
	@mv $@.new $@

-include $(if $(filter-out clean uninstall help,$(or $(MAKECMDGOALS),all)),build/config.mk)

ALL_CFLAGS = $(MUST_CFLAGS) $(FOUND) $(FORTIFY) $(PIE) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(STATIC) -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--build-id=none $(LDFLAGS)

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
	shellcheck:shellcheck:ShellCheck python3:python3:python3

test-tools:
	@missing=; \
	PATH="$$PATH:/usr/sbin:/sbin"; \
	command -v apt-get >/dev/null && field=2 || field=3; \
	for tool in $(TEST_TOOLS); do \
		command -v "$${tool%%:*}" >/dev/null || \
			missing="$$missing $$(echo "$$tool" | cut -d: -f$$field)"; \
	done; \
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

clean:
	rm -rf build reflinkctl t/out

.PHONY: all check test-tools clean FORCE
.DELETE_ON_ERROR:

/* SPDX-License-Identifier: MIT */
#ifndef POOL_FREED_H
#define POOL_FREED_H

/*
 * What removing files has freed, by what the file system says.
 *
 *	freed_begin(&dir, &freed)
 *	remove them
 *	freed_wait(&freed, &expected) bytes are free now
 *
 * XFS frees the extents of a file in the background, btrfs with its next transaction.  So this has
 * the file system settle, and looks again and again until what is expected (exclusive.h) is there,
 * to 1% and 64 KiB; for 10 seconds at most, or one where it was to be "at most".  If it isn't there
 * then, somebody else has taken it, holds a removed file open, or shares the data: the result is
 * what has come.
 */

#include "subcmd/pool/exclusive.h"

struct freed {
	struct dir dir;
	int64_t before; /* bytes that were free; -1: unknown */
};

#define FREED_CLOSED ((struct freed){.dir = DIR_CLOSED})

/* DIR is on the file system, and may be closed before the end. */
void freed_begin(const struct dir *dir, struct freed *ret_freed);
void freed_end(struct freed *freed);

#define _cleanup_freed_ _cleanup_(freed_end)

/* Returns bytes; -1 if that can't be told. */
int64_t freed_wait(const struct freed *freed, const struct exclusive *expected);

/* Print BYTES to stdout, for people: "freed N bytes of data"; in a dry run "would free" and perhaps
 * "at most".  Or as members of a JSON object, where it is "freed" in a dry run, too. */
void freed_print(int64_t bytes, bool is_at_most);
void freed_json(int64_t bytes, bool is_at_most);

#endif

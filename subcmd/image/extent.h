/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_EXTENT_H
#define IMAGE_EXTENT_H

/*
 * Where on the disk the bytes of a file are, as far as it matters to the question of which files
 * share them.
 *
 *	XFS	FIEMAP.  Blocks are shared one by one, and the file system knows which are.
 *	btrfs	The items of the file in its tree (BTRFS_IOC_TREE_SEARCH_V2, CAP_SYS_ADMIN), each
 *		one for the whole of an extent, of which not a block is free while any part of it
 *		is used.  FIEMAP shows the used parts alone, and so too much that would be free;
 *		and of a compressed extent it doesn't tell which part it is that the file has there.
 */

#include <stdbool.h>
#include <stdint.h>

#include "subcmd/image/file.h"

enum extent_type {
	EXTENT_UNKNOWN,
	EXTENT_BTRFS,
	EXTENT_XFS,
	EXTENT_UNSHARED, /* no two files share any there: extents needn't be told */
};

/* Extents can be compared only if the spaces that they are in have the same bytes. */
struct extent_space {
	enum extent_type type; /* EXTENT_UNKNOWN: extents can't be told there */
	unsigned char id[16];
};

enum extent_kind {
	EXTENT_DATA,   /* at a place that tells it from all other data */
	EXTENT_ZEROS,  /* set aside, but not written yet: reads as zeros, as holes do */
	EXTENT_OPAQUE, /* data, but not where: inside the tree, encoded, not on the disk yet */
};

struct extent {
	enum extent_kind kind;
	bool is_shared;	     /* as FIEMAP says: by anything, on XFS be it twice in the same file */
	uint8_t compression; /* of btrfs alone, as is the generation: which transaction made it */
	uint64_t start, length; /* bytes in the space, compressed if the file system does that */
	uint64_t offset, size;	/* bytes of the file: from which on, and how many */
	uint64_t distance;	/* of OFFSET from the extent's start, in bytes not compressed */
	uint64_t generation;
};

/* The space of the file system that DIR is on. */
enum status extent_space_of(const struct dir *dir, struct extent_space *ret_space);

/* Have the file's data allocated.  Until then what it shares with others is not what it seems: this
 * comes before extent_each() of it, which on XFS does it on its own.  XFS goes on to tell others
 * that they share with it until then. */
enum status extent_settle(const struct file *file);

/* Can the extents of two files be compared, and by what?  EXTENT_UNKNOWN: they can't, be it that
 * the files are on two file systems, or that nobody may look (btrfs, without CAP_SYS_ADMIN). */
enum extent_type extent_type_of_both(const struct file *a, const struct file *b);

enum { EXTENT_ROOM = 256 }; /* extents read at once */

/* Read some of the file's extents, in the order of its bytes (if the disk is right), from the byte
 * *OFFSET on, which moves along; on btrfs one that begins before that isn't among them.  Returns
 * how many, 0 at the end, where *OFFSET is UINT64_MAX; -1, reported, upon failure. */
int extent_read(const struct file *file, enum extent_type type, uint64_t *offset,
		struct extent extents[static EXTENT_ROOM]);

/* Call VISIT for each of the file's extents, in the order of its bytes (if the disk is right), as
 * long as it returns DONE; on btrfs more than once for an extent that is referred to more than
 * once.  EXTENT_XFS asks FIEMAP, on btrfs too: there is_shared costs a look at all that refers to
 * it. */
enum status extent_each(const struct file *file, enum extent_type type,
			enum status (*visit)(const struct extent *extent, void *data), void *data);

#endif

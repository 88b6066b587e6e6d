/* SPDX-License-Identifier: MIT */
#ifndef POOL_ITEM_H
#define POOL_ITEM_H

/*
 * Everything in a VM's directory, examined: what belongs to a volume, and what doesn't.
 *
 * Sorted by volume; within a volume images, revisions and pins by their numbers, tempfiles, and at
 * last what only looks like a revision of it.
 */

#include <sys/stat.h>

#include "subcmd/base/dir.h"
#include "subcmd/image/mark.h"
#include "subcmd/image/use.h"
#include "subcmd/volume/entry.h"

enum item_class {
	ITEM_OURS,    /* an image, revision or tempfile, by its name */
	ITEM_COW,     /* "NAME-cow.img", "NAME-cow.img.old", of the Python driver "file" */
	ITEM_FOREIGN, /* somebody else's */

	/* What looks like a revision, and yet is none (oddity.h): */
	ITEM_UNNUMBERED,      /* "NAME.img@2018-01-02T03:04:05Z" */
	ITEM_IMPOSSIBLE_DATE, /* "NAME.img.7@2018-02-30T03:04:05Z" */
	ITEM_ODD_NUMBER,      /* "NAME.img.007@..." or "NAME.img.+1_0@...": int() takes it */
	ITEM_ODD_REVISION,    /* "NAME.img.7@2018-02-03T03:04:05.6Z", or too great a number */
	ITEM_ODD_PIN,	      /* "NAME.img.7@2018-01-02T03:04:05Z+x y" */
	ITEM_BREAKS_PYTHON,   /* "NAME.img.x@...Z" or "NAME.img.1@2@3Z": int() doesn't */
};

struct item {
	char name[NAME_MAX + 1];
	struct stat st;
	struct timespec born;
	bool leads_into_pool; /* a symbolic link to a directory of the pool, a VM's perhaps */
	bool is_stray;	      /* a symbolic link to nothing, or to a directory outside the pool */
	bool is_gone;	      /* it was removed */
	bool is_kept;	      /* a name that somebody says is his (kept.h) */
	bool has_target;      /* a symbolic link in an image's place, to a regular file */
	int device;	      /* the number of the loop device that has it: deleted.h */

	/* Of an image, item_examine(): */
	bool has_flags, is_nocow;
	bool is_lost;	  /* mark.h */
	struct mark mark; /* of a precache */
	enum use use;

	enum item_class class;
	struct entry entry; /* of ITEM_OURS */
	size_t name_length; /* the volume's name is so many bytes of NAME; 0 of ITEM_FOREIGN */
};

struct items {
	struct item *items;
	size_t count;
};

/* Read and examine DIR.  What vanishes meanwhile isn't there.  RET_ITEMS is to be freed whatever
 * this returns. */
enum status items_read(const struct dir *dir, struct items *ret_items);
void items_free(struct items *items);

#define _cleanup_items_ _cleanup_(items_free)

/* Open an image, to see what is known of it: whether it is NOCOW (where there is such a thing), its
 * marks, and whether somebody writes to it. */
enum status item_examine(const struct dir *dir, struct item *item);

/* Are both of one volume? */
bool item_is_sibling(const struct item *a, const struct item *b);

/* Is it a file that Qubes itself keeps in a VM's directory? */
bool item_is_qubes(const struct item *item);

/* Is it an image or revision, no tempfile, and a regular file? */
bool item_is_image(const struct item *item);

#endif

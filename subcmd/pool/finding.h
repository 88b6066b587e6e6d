/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_FINDING_H
#define VOLUME_FINDING_H

/*
 * What a crash, a person or another driver may have left in a pool: a table of the kinds of such
 * findings, each with a test, one sentence, and the command that mends it.  reflinkctl(5) lists
 * them; a dirty image on a loop device is a running VM's and no finding.
 */

#include "subcmd/base/loop.h"
#include "subcmd/volume/item.h"
#include "subcmd/volume/links.h"

/* What a test may look at beside the item itself. */
struct scene {
	const struct dir *pool, *dir;
	const struct loops *loops;
	const struct links *links;
	const struct item *first, *end;	    /* the items of the same volume */
	const struct item *image[IMAGES];   /* those that are regular files; NULL: none */
	const struct item *newest;	    /* revision; NULL: none */
	size_t n_revisions;
};

struct finding_kind {
	const char *name;
	const char *meaning; /* a sentence without its full stop */
	/* %V stands for the volume, %P the path of what was found, %C that of the clean image, %T
	 * the pool, %R a number of revisions that drops none, %F the clean image's NOCOW flag. */
	const char *command;
	/* Does removing it lose nothing?  (Then that is what --repair does.) */
	bool is_repairable;
	bool (*is)(const struct scene *scene, const struct item *item);
};

/* The kind after LAST (NULL: the first); NULL: no more. */
const struct finding_kind *finding_next(const struct finding_kind *last);

/* Two kinds that aren't of an item but of a directory beneath appvms/ or vm-templates/: nothing is
 * in it; no image is in it. */
extern const struct finding_kind finding_empty, finding_imageless;

#endif

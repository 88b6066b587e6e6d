/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_LINEAGE_H
#define VOLUME_LINEAGE_H

/*
 * All states of a volume, open, to be had again in another (renew.h): each revision and pin, and
 * the clean image.  They are opened while the volume is locked, so that all is of one moment; then
 * the volume is free for others, and what is open stays whole.
 */

#include "subcmd/image/replace.h"
#include "subcmd/volume/volume.h"

struct lineage {
	struct volume volume;	   /* whose states they are */
	struct replacement moment; /* of its dirty image: a reflink, if there can be one */

	struct state {
		char name[NAME_MAX + 1]; /* the first that it has */
		struct file image;

		/* For renew.h: what is made of it. */
		char new_name[NAME_MAX + 1];
		struct replacement new;
		struct clone_report report;
		bool is_named;
	} * states; /* as many as there are inodes, oldest first */
	size_t n_states;

	struct state_name {
		struct revision revision;
		size_t state; /* its place there */
	} * names;
	size_t n_names;
	size_t clean; /* the state that is to be the clean one */
};

#define LINEAGE_CLOSED ((struct lineage){.volume = VOLUME_CLOSED, .moment = {.file = FILE_CLOSED}})

/* Open the states of the volume VID.  IS_LIVE: the clean one is to be what its dirty image is at
 * this moment, and its clean image a revision, as snapshot has it.  MISSING without that image,
 * REFUSED if something of any state may be lost (mark.h).  WAIT: see dir_lock().  LINEAGE is to be
 * closed whatever this returns, and not to be moved. */
enum status lineage_open(const struct dir *pool, const char *vid, bool is_live, double wait,
			 struct lineage *lineage);

void lineage_close(struct lineage *lineage);

#define _cleanup_lineage_ _cleanup_(lineage_close)

#endif

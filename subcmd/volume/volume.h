/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_VOLUME_H
#define VOLUME_VOLUME_H

/*
 * One volume: its VM's directory, open and for a transition locked, and what was found there.
 *
 * The directory is read once, by volume_open().  Every step after that (step.h) happens on disk
 * and in this struct alike, so a verb decides by the struct alone; in a dry run the steps happen
 * only in the struct.  Holding the lock makes that right.
 *
 * Only regular files count.  An image (not a revision or tempfile) that is anything else, a
 * symbolic link say, makes volume_open() refuse the volume.
 *
 * All functions report their errors.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "subcmd/base/dir.h"
#include "subcmd/image/file.h"
#include "subcmd/volume/entry.h"
#include "subcmd/volume/vid.h"

struct volume {
	struct vid vid;
	const struct dir *pool;
	struct dir dir; /* the VM's directory */
	bool is_new;	/* volume_open() made it and has its lock; in a dry run dir_pretend() */

	struct {
		char name[NAME_MAX + 1]; /* of the file */
		bool exists;
		struct stat st;
		struct timespec born; /* file.h */
		int stand_in; /* in a dry run: pretend.h; 0 is none, and never a file of ours */
	} image[IMAGES];

	struct revision *revisions; /* oldest first */
	size_t n_revisions;
	struct revision *pins; /* in the same order */
	size_t n_pins;
	uint64_t last_number; /* the greatest in any name; 0 if there is none */
	bool is_salvaged;     /* the precache has nothing more that would be lost (salvage.h) */
	bool has_saved;	      /* a revision was made of what it had */

	char (*temps)[NAME_MAX + 1]; /* leftovers of interrupted copies */
	size_t n_temps;

	size_t n_others; /* files of others in the directory */
};

#define VOLUME_CLOSED ((struct volume){.dir = DIR_CLOSED})

enum {
	VOLUME_READ = 0,	 /* just look: no lock */
	VOLUME_CHANGE = 1,	 /* take the lock */
	VOLUME_MAKE_DIR = 2,	 /* create the VM's directory if there is none */
	VOLUME_MAY_LACK_DIR = 4, /* ABSENT if there is none */
};

/* Open the volume called VID; see vid_open_dir() for where it is looked for.  WAIT: see
 * dir_lock().  MISSING if the directory doesn't exist.  VOLUME is to be closed whatever this
 * returns. */
enum status volume_open(const struct dir *pool, const char *vid, int flags, double wait,
			struct volume *volume);
void volume_close(struct volume *volume);

#define _cleanup_volume_ _cleanup_(volume_close)

/* Does it have any image or revision at all? */
bool volume_has_images(const struct volume *volume);

/* REFUSED, with a message that tells what there is and ends with HINT, if it has any image or
 * revision. */
enum status volume_require_nothing(const struct volume *volume, const char *hint);

/* Does nothing keep its directory: no image, no file of others?  The pool, and appvms/ and
 * vm-templates/ in it, stay even if a volume lay in them directly. */
bool volume_has_dir_alone(const struct volume *volume);

/* MISSING, and a message that names the file, unless it exists. */
enum status volume_require(const struct volume *volume, enum image image);

/* Open the image; in a dry run, what would have its content by then. */
enum status volume_open_image(const struct volume *volume, enum image image, int flags,
			      struct file *ret_file);

/* Examine the revision or pin; ABSENT if it isn't there any more. */
enum status volume_stat_revision(const struct volume *volume, const struct revision *revision,
				 struct stat *ret_st);

/* Is that the clean image by another name, as an interrupted commit leaves it? */
enum status volume_revision_is_clean(const struct volume *volume, const struct revision *revision,
				     bool *ret_is);

#endif

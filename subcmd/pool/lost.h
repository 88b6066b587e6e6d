/* SPDX-License-Identifier: MIT */
#ifndef POOL_LOST_H
#define POOL_LOST_H

/*
 * Volumes that have lost their image.
 *
 * A volume is lost if it has neither a clean nor a dirty image, but a revision or a pin or, beneath
 * vm-templates/, a precache of its own image.  (Beneath appvms/ a precache alone may be a
 * snapshot's, which needs no image between two starts.)  Who may still have a younger state of it
 * is in heir.h.
 */

#include <sys/stat.h>

#include "subcmd/base/dir.h"
#include "subcmd/volume/entry.h"

struct lost_volume {
	char *dir; /* in the pool: "vm-templates/fedora" */
	char name[NAME_MAX + 1];
	struct timespec newest; /* the time of the newest state that is left */
};

struct lost {
	struct lost_volume *volumes;
	size_t count;
	struct remains *here; /* what there is of the volumes of the directory that is being read */
	size_t n_here;
};

/* For whoever reads all directories of a pool anyway: a regular file of the volume that ENTRY, its
 * parsed NAME, says. */
enum status lost_see(struct lost *lost, const char *name, const struct entry *entry,
		     const struct stat *st);

/* All of DIR, PATH in the pool, has been seen. */
enum status lost_end(struct lost *lost, const struct dir *dir, const char *path);

/* In the directory that is being read, has a revision or pin been seen of the volume called LENGTH
 * bytes of NAME? */
bool lost_has_revision(const struct lost *lost, const char *name, size_t length);

/* Of what time is the state in that file?  Of a revision that another driver made its mtime says
 * when it was made, and only its name what it is. */
struct timespec lost_time(const struct entry *entry, const struct stat *st);

/* Is the directory PATH, in the pool, beneath vm-templates/? */
bool lost_is_template(const char *path);

void lost_free(struct lost *lost);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef POOL_HEIR_H
#define POOL_HEIR_H

/*
 * Who may have a state of a volume that has lost its image (lost.h) which it hasn't itself:
 *
 *	of a template	the clean image, a revision or a pin of a volume of the same name beneath
 *			appvms/ that is no link of anything beneath vm-templates/.  The clean image
 *			of a snapshot is a link or a copy of its template's, and outlives it; but of
 *			which template it was, or that it isn't a volume in its own right, nothing
 *			tells.  So the likely ones are of volumes without revisions.  A precache of
 *			a source's image that is gone (sources.h) is such a copy, too.  It may be
 *			older than the newest revision, by a revert or a builder's clock.
 *	of any volume	what lies beneath POOL/lost/ under the path that it had in the pool,
 *			and is as young as what the volume has
 *
 * While a volume is lost, whatever changes the volume of its heir may take its newest state.
 */

#include "subcmd/pool/links.h"
#include "subcmd/pool/lost.h"

struct heir {
	char *dir; /* in the pool: "appvms/mail", "lost/appvms/mail" */
	char name[NAME_MAX + 1];
	size_t name_length; /* the volume's name is so many bytes of NAME */
	size_t of;	    /* index of the lost volume */
	struct stat st;
	struct timespec time; /* of the state */
	bool is_likely;
};

struct heirs {
	const struct lost *lost;
	struct heir *heirs;
	size_t count;
};

enum { HEIRS_TOLD = 2 };

/* Reads appvms/ only if a template has lost an image.  LOST and LINKS are of all of POOL.
 * RET_HEIRS is to be freed whatever this returns. */
enum status heirs_find(const struct dir *pool, const struct lost *lost, const struct links *links,
		       struct heirs *ret_heirs);

/* Those of the volume called so many bytes of NAME in the directory DIR in the pool, of different
 * inodes: the likely ones before the others, the youngest first.  Returns how many there are. */
size_t heirs_of(const struct heirs *heirs, const char *dir, const char *name, size_t length,
		const struct heir *ret_heirs[static HEIRS_TOLD]);

/* The lost volume of which that one has an heir, or that file of its directory is one; NULL: none.
 */
const struct lost_volume *heirs_held_by(const struct heirs *heirs, const char *dir,
					const char *name, size_t length);

void heirs_free(struct heirs *heirs);

#endif

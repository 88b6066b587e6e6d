/* SPDX-License-Identifier: MIT */
#ifndef POOL_INSPECT_H
#define POOL_INSPECT_H

/*
 * Looking for findings (finding.h) in directories, and removing those that are of no use to
 * anybody.  A directory is locked meanwhile, because the middle of a transition is no finding.
 */

#include "subcmd/pool/finding.h"
#include "subcmd/pool/walk.h"

struct inspection {
	const struct dir *pool;
	double wait;	  /* for locks */
	const char *only; /* the name of the only volume to look at; NULL: all */
	bool repairs;
	bool has_removed; /* are there loop devices on files that were removed? */
	struct links links;
	struct lost lost;
	struct heirs heirs;
	gid_t group;		 /* that images in this top may belong to */
	const struct dir *asked; /* the directory of which IS_READ_ONLY tells; NULL: none */
	bool is_read_only;
	bool is_readable; /* others could read an image in this top, if that lets them pass */
	size_t n_seen;	  /* files of the volumes looked at */

	/* Called for each finding that stays. */
	enum status (*tell)(const struct finding_kind *kind, const struct scene *scene,
			    const struct item *item, void *data);
	void *data;
};

/* All that is to be known of the pool before one looks at a directory: links, lost, heirs.  ALSO is
 * a directory outside the pool, or NULL. */
enum status inspect_pool(struct inspection *inspection, const struct dir *also);

void inspect_free(struct inspection *inspection);

/* Walk TOP, appvms/ or vm-templates/, by WALKER, which calls inspect(); and tell if others can read
 * an image there.  ABSENT if there is no TOP. */
enum status inspect_top(struct inspection *inspection, const char *top,
			const struct walker *walker);

/* Can nothing be changed in DIR, which a finding is in?  Asked once for each that inspect() looks
 * at. */
bool inspect_is_read_only(struct inspection *inspection, const struct dir *dir);

/* Look at DIR.  PATH is what it is called in the pool; NULL: only its files matter. */
enum status inspect(struct inspection *inspection, struct dir *dir, const char *path);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef POOL_INSPECT_H
#define POOL_INSPECT_H

/*
 * Looking for findings (finding.h) in directories, and removing those that are of no use to
 * anybody.  A directory is locked meanwhile, because the middle of a transition is no finding.
 */

#include "subcmd/pool/finding.h"

struct inspection {
	const struct dir *pool;
	double wait;	  /* for locks */
	const char *only; /* the name of the only volume to look at; NULL: all */
	bool repairs;
	struct links links;
	size_t n_seen; /* files of the volumes looked at */

	/* Called for each finding that stays. */
	enum status (*tell)(const struct finding_kind *kind, const struct scene *scene,
			    const struct item *item, void *data);
	void *data;
};

/* Look at DIR.  PATH is what it is called in the pool; NULL: only its files matter. */
enum status inspect(struct inspection *inspection, struct dir *dir, const char *path);

#endif

/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/import.h"

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/volume/commit.h"

enum status import_check(const struct volume *volume, int keep)
{
	if (!volume->image[DIRTY].exists || (volume->image[CLEAN].exists && keep > 0))
		return DONE;
	return msg_error(REFUSED, "cannot import to %s: it is dirty and %s (stop it first)",
			 quote(&volume->dir, volume->image[CLEAN].name),
			 volume->image[CLEAN].exists ? "keeps no revisions"
						     : "has no clean image");
}

enum status import_commit(struct volume *volume, int keep)
{
	enum status status = commit_image(volume, IMPORT, keep);

	/* A precache for the next start is of no use while the dirty image will come in between. */
	if (status == DONE)
		commit_tidy(volume, keep,
			    keep != SNAPSHOTS_DISABLED && !volume->image[DIRTY].exists);
	return status;
}

/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/erase.h"

#include "subcmd/volume/commit.h"
#include "subcmd/volume/step.h"

enum status erase_images(struct volume *volume)
{
	enum status status = step_drop_leftovers(volume);

	if (status == DONE)
		status = commit_prune(volume, 0);
	if (status == DONE)
		status = step_remove(volume, CLEAN);
	if (status == DONE)
		status = step_remove(volume, PRECACHE);
	return status == DONE ? step_remove(volume, DIRTY) : status;
}

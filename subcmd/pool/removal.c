/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/removal.h"

#include <string.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/step.h"

/* Which of the volume's revisions are to go: those from FIRST up to END that are chosen.  NO: it
 * isn't as it was. */
static enum status find_dropped(const struct reclaim *reclaim, size_t first, size_t end,
				const struct volume *volume, bool *ret_is_dropped)
{
	_cleanup_free_ bool *may_go = calloc(volume->n_revisions + 1, sizeof(*may_go));
	enum status status;

	if (!may_go)
		return msg_errno(FAILED, "cannot choose revisions");
	status = reclaim_ask(volume, reclaim->keep, may_go);
	for (size_t i = first; i < end && status == DONE; i++) {
		const size_t found = reclaim_find(volume, &reclaim->revisions.revisions[i]);

		if (!reclaim->is_chosen[i])
			continue;
		if (found == volume->n_revisions || !may_go[found])
			return NO;
		ret_is_dropped[found] = true;
	}
	return status;
}

static enum status drop_of_volume(struct removal *removal, const struct reclaim *reclaim,
				  size_t first, size_t end)
{
	const char *const vid = reclaim->revisions.revisions[first].volume->vid;
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_free_ bool *is_dropped = NULL;
	enum status status = volume_open(reclaim->pool, vid, VOLUME_CHANGE | VOLUME_MAY_LACK_DIR,
					 removal->wait, &volume);
	enum status synced;

	if (status != DONE)
		return status == ABSENT ? NO : status;
	is_dropped = calloc(volume.n_revisions + 1, sizeof(*is_dropped));
	if (!is_dropped)
		return msg_errno(FAILED, "cannot choose revisions");
	status = find_dropped(reclaim, first, end, &volume, is_dropped);
	if (status != DONE)
		return status;
	status = erase_revisions(&volume, is_dropped);
	synced = step_sync(&volume);
	return status == DONE ? synced : status;
}

/* The revisions from FIRST up to END are gone, those that are chosen. */
static enum status note_dropped(struct removal *removal, const struct reclaim *reclaim,
				size_t first, size_t end, bool *is_gone)
{
	struct rows *rows = &removal->dropped;
	enum status status = DONE;

	for (size_t i = first; i < end && status == DONE; i++) {
		is_gone[i] = reclaim->is_chosen[i];
		if (!is_gone[i])
			continue;
		status = grow(&rows->revisions, rows->count, sizeof(*rows->revisions));
		if (status == DONE)
			rows->revisions[rows->count++] = &reclaim->revisions.revisions[i];
	}
	return status;
}

enum status removal_do(struct removal *removal, const struct reclaim *reclaim)
{
	const struct pool_revisions *const revisions = &reclaim->revisions;
	_cleanup_free_ bool *is_gone = calloc(revisions->count + 1, sizeof(*is_gone));
	enum status status = DONE;

	if (!is_gone)
		return msg_errno(FAILED, "cannot choose revisions");
	for (size_t i = 0, end; i < revisions->count && status == DONE; i = end) {
		end = pool_revisions_end(revisions, i);
		if (!memchr(&reclaim->is_chosen[i], 1, end - i))
			continue;
		status = drop_of_volume(removal, reclaim, i, end);
		if (status == DONE)
			status = note_dropped(removal, reclaim, i, end, is_gone);
	}
	removal->bytes += reclaim_bytes(reclaim, is_gone);
	return status;
}

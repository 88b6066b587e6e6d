/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/held.h"

#include <stdio.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/quote.h"
#include "subcmd/pool/inspect.h"
#include "subcmd/volume/layout.h"

enum status held_find(const struct volume *volume, const char *name, struct held *ret_of)
{
	_cleanup_dir_ struct dir pool = DIR_CLOSED;
	struct inspection inspection = {.pool = &pool};
	const struct lost_volume *lost = NULL;
	const char *dir;
	enum status status = layout_open_pool(volume->pool, volume->dir.path, &pool);

	*ret_of = (struct held){.path = ""};
	if (status == DONE)
		status = inspect_pool(&inspection, NULL);
	dir = status == DONE ? path_beneath(pool.path, volume->dir.path) : NULL;
	if (dir)
		lost = heirs_held_by(&inspection.heirs, dir, name, strlen(name));
	if (lost)
		snprintf(ret_of->path, sizeof(ret_of->path), "%s/%s.img", lost->dir, lost->name);
	inspect_free(&inspection);
	return status == ABSENT ? DONE : status;
}

enum status held_refuse(const struct volume *volume, const char *deed, const struct held *of)
{
	char lost[sizeof(of->path)];

	snprintf(lost, sizeof(lost), "%.*s", (int)(strlen(of->path) - strlen(".img")), of->path);
	return msg_error(REFUSED,
			 "cannot %s %s: %s has lost its image, whose newest state may be here alone"
			 " ('reflinkctl fsck' tells more)",
			 deed, quote(&volume->dir, volume->image[CLEAN].name), quote(NULL, lost));
}

enum status held_require_none(const struct volume *volume, const char *deed)
{
	struct held of;
	const enum status status = held_find(volume, volume->vid.name, &of);

	return status == DONE && *of.path ? held_refuse(volume, deed, &of) : status;
}

/* What lies in POOL/lost/ stays there. */
static bool is_in_danger(const struct heir *heir)
{
	const size_t length = strlen(layout_tops[APPVMS]);

	return heir->is_likely && strncmp(heir->dir, layout_tops[APPVMS], length) == 0;
}

static void warn_of(const struct inspection *inspection, const struct volume *volume,
		    const struct stat *by)
{
	const char *const name = volume->vid.name,
			  *const dir = path_beneath(inspection->pool->path, volume->dir.path);
	const struct heir *heirs[HEIRS_TOLD], *heir = NULL;
	char path[PATH_MAX + NAME_MAX];
	size_t count = dir ? heirs_of(&inspection->heirs, dir, name, strlen(name), heirs) : 0;

	while (count-- > 0) {
		if (by && file_is_same(by, &heirs[count]->st))
			return;
		heir = is_in_danger(heirs[count]) ? heirs[count] : heir;
	}
	if (!heir)
		return;
	snprintf(path, sizeof(path), "%s/%s", heir->dir, heir->name);
	msg_warn("the newest state of %s, which is missing, may be in %s alone, until the next"
		 " start or stop there (import takes it)",
		 quote(&volume->dir, volume->image[CLEAN].name), quote(inspection->pool, path));
}

void held_warn_of_heir(const struct volume *volume, const struct stat *by)
{
	_cleanup_dir_ struct dir pool = DIR_CLOSED;
	struct inspection inspection = {.pool = &pool};

	if (volume->image[CLEAN].exists || volume->image[DIRTY].exists ||
	    !(volume->n_revisions || volume->n_pins || volume->image[PRECACHE].exists))
		return;
	msg_errors_are_warnings(true);
	if (layout_open_pool(volume->pool, volume->dir.path, &pool) == DONE &&
	    inspect_pool(&inspection, NULL) == DONE)
		warn_of(&inspection, volume, by);
	msg_errors_are_warnings(false);
	inspect_free(&inspection);
}

enum status held_check_kind(const struct volume *volume, enum kind kind)
{
	enum status status = DONE;

	if (!kind_is_saved(kind) && volume->n_revisions + volume->n_pins)
		status = held_require_none(volume, "treat as a snapshot");
	return status == DONE ? kind_check(volume, kind) : status;
}

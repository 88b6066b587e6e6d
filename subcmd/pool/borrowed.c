/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/borrowed.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "subcmd/base/birth.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/pool/held.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/layout.h"
#include "subcmd/volume/leftover.h"
#include "subcmd/volume/source.h"

enum { LOCK_WAIT = 1 }; /* seconds */

/* Two snapshots that stop at once would each see the other's name, and both drop their own: so who
 * has found SOURCE's image missing has the lock of the pool before it looks, until the process
 * ends.  NO, with a warning, if that can't be had. */
static enum status lock_pool(const struct volume *volume)
{
	static struct dir pool = DIR_CLOSED;
	enum status status = DONE;

	if (pool.fd >= 0)
		return DONE;
	msg_errors_are_warnings(true);
	status = layout_open_pool(volume->pool, volume->dir.path, &pool);
	if (status == DONE)
		status = dir_lock(&pool, LOCK_WAIT);
	msg_errors_are_warnings(false);
	if (status != DONE)
		dir_close(&pool);
	return status == DONE ? DONE : NO;
}

/* Is there another name of IMAGE by now?  No, if nobody can tell. */
static enum status has_other_name(const struct volume *volume, enum image image, bool *ret_has)
{
	const char *const name = volume->image[image].name;
	struct timespec born;
	struct stat st;

	*ret_has = false;
	if (volume->image[image].st.st_nlink == 1 || lock_pool(volume) != DONE)
		return DONE;
	if (birth_stat(volume->dir.fd, name, &st, &born) < 0)
		return msg_errno(FAILED, "cannot examine %s", quote(&volume->dir, name));
	*ret_has = st.st_nlink > 1;
	return DONE;
}

/* SOURCE has its image.  Is IMAGE no state of it, but one of a volume that has lost its own? */
static enum status find_other(const struct volume *volume, const char *source, enum image image,
			      struct held *ret_of)
{
	bool has = true;
	enum status status = DONE;

	if (volume->image[image].st.st_nlink == 1)
		status = source_has(volume->pool, source, volume, image, &has);
	return status == DONE && !has ? held_find(volume, volume->image[image].name, ret_of)
				      : status;
}

enum status borrowed_is_last(const struct volume *volume, const char *source, enum image image,
			     bool *ret_is)
{
	struct held of = {.path = ""};
	bool has_other = false;
	enum status status;

	*ret_is = false;
	if (!volume->image[image].exists)
		return DONE;
	snprintf(of.path, sizeof(of.path), "%s.img", source);
	if (faccessat(volume->pool->fd, of.path, F_OK, 0) == 0) {
		*of.path = '\0';
		status = find_other(volume, source, image, &of);
	} else {
		/* A symbolic link that leads nowhere is no image, either. */
		if (errno != ENOENT)
			return msg_errno(FAILED, "cannot examine %s",
					 quote(volume->pool, of.path));
		status = has_other_name(volume, image, &has_other);
	}
	*ret_is = status == DONE && *of.path && !has_other;
	if (*ret_is)
		msg_warn("keeping %s: %s is missing, and this may be all that is left of it",
			 quote(&volume->dir, volume->image[image].name),
			 quote(volume->pool, of.path));
	return status;
}

enum status borrowed_drop(struct volume *volume, const char *source, enum image image)
{
	bool is_last;
	enum status status = borrowed_is_last(volume, source, image, &is_last);

	return status == DONE && !is_last ? erase_image(volume, image) : status;
}

void borrowed_tidy_precache(struct volume *volume, const char *source)
{
	enum status status = DONE;
	bool is_last = false;

	if (!source) {
		leftover_tidy_precache(volume);
		return;
	}
	msg_errors_are_warnings(true);
	status = borrowed_is_last(volume, source, PRECACHE, &is_last);
	msg_errors_are_warnings(false);
	if (status == DONE && !is_last)
		leftover_erase_precache(volume); /* a state that is replaced by SOURCE's is to go */
}

enum status borrowed_require_none(const struct volume *volume, const char *source,
				  enum image image, const char *deed)
{
	struct held of = {.path = ""};
	enum status status = DONE;

	if (volume->image[image].exists)
		status = find_other(volume, source, image, &of);
	return status == DONE && *of.path ? held_refuse(volume, deed, &of) : status;
}

/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/salvage.h"

#include <errno.h>
#include <fcntl.h>

#include "subcmd/base/msg.h"
#include "subcmd/image/difference.h"
#include "subcmd/image/mark.h"
#include "subcmd/volume/keep.h"

static enum status is_beyond(const struct difference *difference, void *data)
{
	const int64_t *size = data;

	return difference->start < *size ? NO : DONE;
}

/* Has FILE all that COPY has?  It may go on behind that, if it was resized. */
static enum status has_all(const struct file *file, const struct file *copy, bool *ret_has)
{
	int64_t size = file_size(copy);
	enum status status = NO;

	if (file_size(file) >= size)
		status = difference_each(copy, file, false, is_beyond, &size);
	*ret_has = status == DONE;
	return status == NO ? DONE : status;
}

/* Has REVISION, a pin perhaps, the state that PRECACHE is a copy of, as FOUND says? */
static enum status is_kept_as(const struct volume *volume, const struct revision *revision,
			      const struct file *precache, const struct mark *found, bool *ret_is)
{
	_cleanup_file_ struct file file = FILE_CLOSED;
	char name[NAME_MAX + 1];
	struct mark wanted;
	enum status status;

	*ret_is = false;
	if (revision_time(revision) != precache->st.st_mtim.tv_sec)
		return DONE;
	revision_name(revision, volume->image[CLEAN].name, name);
	status = file_open(&volume->dir, name, O_RDONLY, &file);
	if (status != DONE)
		return status;
	wanted = mark_of(MARK_PRECACHE, &file);
	*ret_is = mark_is_equal(found, &wanted) || file_is_same(&file.st, &precache->st);
	if (*ret_is || !file_may_be_copy(&file.st, &precache->st))
		return DONE;
	return has_all(&file, precache, ret_is);
}

/* Has any revision, any pin, or the clean image the state of PRECACHE? */
static enum status is_anywhere(const struct volume *volume, const struct file *precache,
			       const struct mark *found, bool *ret_is)
{
	_cleanup_file_ struct file clean = FILE_CLOSED;
	enum status status = DONE;

	*ret_is = false;
	for (size_t i = volume->n_revisions; i-- > 0 && !*ret_is && status == DONE;)
		status = is_kept_as(volume, &volume->revisions[i], precache, found, ret_is);
	for (size_t i = volume->n_pins; i-- > 0 && !*ret_is && status == DONE;)
		status = is_kept_as(volume, &volume->pins[i], precache, found, ret_is);
	if (*ret_is || status != DONE)
		return status;
	status = volume_open_image(volume, CLEAN, O_RDONLY, &clean);
	return status == DONE ? has_all(&clean, precache, ret_is) : status;
}

bool salvage_may_be(const struct stat *precache, const struct mark *mark, const struct stat *clean)
{
	return precache->st_nlink == 1 && !file_may_be_copy(precache, clean) &&
	       mark_is_of_precache(mark, precache);
}

/* errno of fgetxattr(2): there may be a mark. */
static bool means_unknown(int error)
{
	return error && error != ENODATA && error != EOPNOTSUPP && error != ENOSYS &&
	       error != ERANGE;
}

enum status salvage_precache(struct volume *volume)
{
	const struct stat *const st = &volume->image[PRECACHE].st,
				 *clean = &volume->image[CLEAN].st;
	_cleanup_file_ struct file precache = FILE_CLOSED;
	struct mark found;
	bool is_there;
	enum status status;

	if (volume->is_salvaged || !volume->image[PRECACHE].exists ||
	    !volume->image[CLEAN].exists || file_may_be_copy(st, clean))
		return DONE;
	status = volume_open_image(volume, PRECACHE, O_RDONLY, &precache);
	if (status != DONE)
		return status;
	errno = 0;
	found = mark_read(precache.fd);
	if (!*found.text && means_unknown(errno))
		return msg_errno(FAILED, "cannot read the mark of %s", file_quote(&precache));
	is_there = !salvage_may_be(st, &found, clean);
	if (!is_there)
		status = is_anywhere(volume, &precache, &found, &is_there);
	if (status == DONE && !is_there) {
		msg_warn("%s isn't the image that was committed last: that becomes a revision",
			 quote(&volume->dir, volume->image[CLEAN].name));
		status = keep_image(volume, PRECACHE);
		volume->has_saved = status == DONE;
	}
	volume->is_salvaged = status == DONE;
	return status;
}

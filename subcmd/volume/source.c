/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "subcmd/base/birth.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/mark.h"
#include "subcmd/image/replace.h"
#include "subcmd/image/use.h"
#include "subcmd/volume/commit.h"
#include "subcmd/volume/pin.h"
#include "subcmd/volume/step.h"

static bool is_same_dir(const struct dir *a, const struct dir *b)
{
	struct stat left, right;

	return fstat(a->fd, &left) == 0 && fstat(b->fd, &right) == 0 && file_is_same(&left, &right);
}

/* One that isn't there is told of as the volume itself would tell. */
static enum status require_image(const struct dir *pool, const struct source *source,
				 enum image image)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	struct stat st;
	enum status status;

	if (fstatat(source->dir.fd, source->name, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT)
		return DONE;
	status = volume_open(pool, source->vid.text, VOLUME_READ, 0, &volume);
	return status == DONE ? volume_require(&volume, image) : status;
}

static enum status open_image(const struct dir *pool, const char *vid, enum image image,
			      const struct volume *volume, struct source *source)
{
	enum status status;

	*source = SOURCE_CLOSED;
	status = vid_parse(vid, &source->vid);
	if (status == DONE)
		status = vid_open_dir(pool, &source->vid, DIR_MUST_EXIST, &source->dir);
	if (status != DONE)
		return status;
	if (volume && !volume->is_new && strcmp(source->vid.name, volume->vid.name) == 0 &&
	    is_same_dir(&source->dir, &volume->dir))
		return msg_error(USAGE, "a volume cannot be its own source: %s", quote(NULL, vid));
	entry_image_name(source->vid.name, image, source->name);
	status = require_image(pool, source, image);
	if (status == DONE)
		status = file_open(&source->dir, source->name, O_RDONLY, &source->clean);
	if (status != DONE)
		return status;
	return mark_require_whole(&source->clean, "take an older state");
}

enum status source_open(const struct dir *pool, const char *vid, const struct volume *volume,
			struct source *source)
{
	return open_image(pool, vid, CLEAN, volume, source);
}

enum status source_open_idle(const struct dir *pool, const char *vid, const struct volume *volume,
			     struct source *source)
{
	enum status status = source_open(pool, vid, volume, source);

	if (status == DONE)
		status =
			use_require_none(&source->dir, source->name, "precache", "stop that first");
	return status;
}

enum status source_open_dirty(const struct dir *pool, const char *vid, struct source *source)
{
	return open_image(pool, vid, DIRTY, NULL, source);
}

enum status source_open_any(const struct dir *pool, const char *name, bool may_stream,
			    struct source *source, struct file *ret_file)
{
	char image[PATH_MAX + NAME_MAX];
	struct stat st;
	enum status status;

	if (fstatat(pool->fd, name, &st, 0) == 0) {
		if (!S_ISDIR(st.st_mode))
			return file_open_source(pool, name, may_stream, ret_file);
	} else if (errno != ENOENT) {
		return msg_errno(FAILED, "cannot examine %s", quote(pool, name));
	}
	snprintf(image, sizeof(image), "%s.img", name);
	if (fstatat(pool->fd, image, &st, 0) < 0 && errno == ENOENT)
		return msg_error(MISSING, "cannot find %s: neither that nor %s exists",
				 quote(pool, name), quote(pool, image));
	status = source_open(pool, name, NULL, source);
	if (status == DONE) {
		*ret_file = source->clean;
		source->clean.fd = -1; /* RET_FILE's now */
	}
	return status;
}

enum status source_open_like(const struct dir *pool, const char *name, struct source *source,
			     struct file *ret_file)
{
	const enum status status = source_open_any(pool, name, false, source, ret_file);

	return status == DONE ? mark_require_whole(ret_file, "take another for --like") : status;
}

enum status source_check(const struct dir *pool, const char *vid, const char *for_vid)
{
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	struct vid volume;
	enum status status = vid_parse(for_vid, &volume);

	if (status != DONE || faccessat(pool->fd, volume.dir, F_OK, 0) == 0)
		return status;
	return source_open(pool, vid, NULL, &source);
}

/* The clean image of a snapshot, or its precache. */
struct copy {
	enum mark_role role;
	struct stat st;
	struct mark mark;
};

/* Is COPY a link to the image ST that was born at BORN; or, where no link could be made, a copy
 * that is marked as one of it and wasn't written to since?  (Of times, whole seconds are what all
 * file systems with extended attributes keep.) */
static bool is_copy_of(const struct copy *copy, const struct stat *st, const struct timespec *born)
{
	const struct mark wanted = mark_make(copy->role, st, born);

	return file_is_same(&copy->st, st) ||
	       (copy->st.st_size == st->st_size && copy->st.st_mtim.tv_sec == st->st_mtim.tv_sec &&
		mark_is_equal(&copy->mark, &wanted));
}

static enum status read_copy(const struct volume *volume, enum image image, struct copy *ret_copy)
{
	const char *const name = volume->image[image].name;

	ret_copy->role = image == PRECACHE ? MARK_SOURCE : MARK_STATE;
	ret_copy->st = volume->image[image].st;
	if (mark_read_name(&volume->dir, name, &ret_copy->mark) == DONE)
		return DONE;
	return msg_errno(FAILED, "cannot open %s", quote(&volume->dir, name));
}

enum status source_is_current(const struct source *source, const struct volume *volume,
			      bool *ret_is)
{
	struct copy clean;
	const enum status status = read_copy(volume, CLEAN, &clean);

	if (status == DONE)
		*ret_is = is_copy_of(&clean, &source->clean.st, &source->clean.born);
	return status;
}

/* The same of its revision or pin NAMED; one that was pruned meanwhile isn't it. */
static enum status is_revision(const struct volume *source, const struct revision *named,
			       const struct copy *copy, bool *ret_is)
{
	char name[NAME_MAX + 1];
	struct timespec born;
	struct stat st;

	*ret_is = false;
	revision_name(named, source->image[CLEAN].name, name);
	if (birth_stat(source->dir.fd, name, &st, &born) < 0)
		return errno == ENOENT
			       ? DONE
			       : msg_errno(FAILED, "cannot examine %s", quote(&source->dir, name));
	*ret_is = is_copy_of(copy, &st, &born);
	return DONE;
}

enum status source_has(const struct dir *pool, const char *vid, const struct volume *volume,
		       enum image image, bool *ret_has)
{
	_cleanup_volume_ struct volume source = VOLUME_CLOSED;
	struct copy copy;
	enum status status = volume_open(pool, vid, VOLUME_READ | VOLUME_MAY_LACK_DIR, 0, &source);

	*ret_has = false;
	if (status != DONE)
		return status == ABSENT ? DONE : status;
	status = read_copy(volume, image, &copy);
	if (status != DONE)
		return status;
	*ret_has = source.image[CLEAN].exists &&
		   is_copy_of(&copy, &source.image[CLEAN].st, &source.image[CLEAN].born);
	for (size_t i = source.n_revisions + source.n_pins; !*ret_has && status == DONE && i-- > 0;)
		status = is_revision(&source, pin_name_at(&source, i), &copy, ret_has);
	return status;
}

void source_close(struct source *source)
{
	file_close(&source->clean);
	dir_close(&source->dir);
}

static enum status clone_clean(const struct source *source, struct volume *volume)
{
	const struct file *const clean = &source->clean;
	_cleanup_file_ struct file copy = FILE_CLOSED;
	enum status status;

	if (!commit_has_precache(volume, MARK_SOURCE, &clean->st, &clean->born))
		return step_clone(volume, CLEAN, clean, REPLACE_DATED | REPLACE_MARKED);
	status = volume_open_image(volume, PRECACHE, O_RDONLY, &copy);
	if (status != DONE)
		return status;
	copy.st = clean->st; /* what is cloned is a copy of that, and is to be marked as one */
	copy.born = clean->born;
	return step_clone(volume, CLEAN, &copy, REPLACE_DATED | REPLACE_MARKED);
}

enum status source_take(struct source *source, struct volume *volume)
{
	struct file *const clean = &source->clean;
	enum status status = NO;

	if (!use_warn(clean->dir, clean->name, use_of(clean)))
		status = step_link(volume, CLEAN, clean);
	if (status == NO)
		return clone_clean(source, volume);
	if (status == DONE) {
		clean->st = volume->image[CLEAN].st;
		clean->born = volume->image[CLEAN].born;
	}
	return status;
}

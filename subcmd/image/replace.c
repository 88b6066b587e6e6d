/* SPDX-License-Identifier: MIT */
#include "subcmd/image/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/pending.h"
#include "subcmd/base/tempname.h"
#include "subcmd/image/filesystem.h"
#include "subcmd/image/lacks.h"
#include "subcmd/image/mark.h"

enum { MODE = 0600 };

/* Will durable_name() be able to name an unnamed file? */
static bool can_be_named_later(void)
{
	return getauxval(AT_EUID) == 0 || access("/proc/self/fd", F_OK) == 0;
}

static int open_named(struct replacement *new)
{
	int fd;

	do {
		tempname_make(new->name, new->temp);
		fd = pending_create(new->dir, new->temp, MODE);
	} while (fd < 0 && errno == EEXIST);
	if (fd < 0)
		new->temp[0] = '\0';
	return fd;
}

/* errno of an open(2) with O_TMPFILE.  EISDIR: a kernel or file system that never heard of it */
static bool means_no_tmpfile(int error)
{
	return error == EOPNOTSUPP || error == EISDIR || error == EINVAL;
}

enum status replace_begin(struct dir *dir, const char *name, struct replacement *ret_new)
{
	int fd = -1;

	*ret_new = (struct replacement){
		.dir = dir, .name = name, .file = {.fd = -1, .dir = dir, .name = name}};
	errno = EOPNOTSUPP;
	if (can_be_named_later())
		fd = openat(dir->fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, MODE);
	if (fd < 0 && msg_is_dry_run() && (means_no_tmpfile(errno) || errno == EROFS)) {
		fd = memfd_create("reflinkctl", MFD_CLOEXEC);
		ret_new->is_stand_in = fd >= 0;
	} else if (fd < 0 && means_no_tmpfile(errno)) {
		fd = open_named(ret_new);
	}
	if (fd < 0)
		return lacks_report(dir, name);
	ret_new->file.fd = fd;
	if (fstat(fd, &ret_new->file.st) < 0)
		return msg_errno(FAILED, "cannot examine %s", quote(dir, name));
	return DONE;
}

/* Give the unnamed file its name, or that of a tempfile if the name is taken: NO. */
static enum status name_unnamed(struct replacement *new)
{
	enum status status = durable_name(new->file.fd, new->dir, new->name);

	if (status == NO && new->is_new)
		return msg_errno(REFUSED, "cannot create %s", quote(new->dir, new->name));
	if (status != NO)
		return status;
	do
		tempname_make(new->name, new->temp);
	while ((status = durable_name(new->file.fd, new->dir, new->temp)) == NO);
	if (status == DONE)
		return NO;
	new->temp[0] = '\0';
	return status;
}

/* Rename the tempfile, which is the only copy if what it was to replace has gone: CIFS drops that
 * where anybody has it open, when that ends, and still shows it until then. */
static enum status rename_named(struct replacement *new)
{
	const enum durable_target target = new->is_new ? DURABLE_NEW : DURABLE_REPLACE;
	enum status status;

	file_close(&new->file);
	pending_forget(new->dir, new->temp);
	status = durable_move(new->dir, new->temp, new->name, target);
	if (status != DONE &&
	    (new->is_new || (!filesystem_is_remote(new->dir->fd) &&
			     faccessat(new->dir->fd, new->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)))
		return status;
	if (status != DONE)
		msg_warn("what was to be %s is in %s", quote(new->dir, new->name),
			 quote(new->dir, new->temp));
	new->temp[0] = '\0';
	return status;
}

enum status replace_flush(struct replacement *new)
{
	return durable_sync_file(new->file.fd, new->dir, new->name);
}

enum status replace_name(struct replacement *new)
{
	enum status status;

	if (msg_is_dry_run())
		return DONE;
	status = new->temp[0] ? NO : name_unnamed(new);
	return status == NO ? rename_named(new) : status;
}

enum status replace_commit(struct replacement *new)
{
	const enum status status = replace_flush(new);

	return status == DONE ? replace_name(new) : status;
}

void replace_abort(struct replacement *new)
{
	if (new->temp[0]) {
		durable_drop(new->dir, new->temp);
		pending_forget(new->dir, new->temp);
	}
	new->temp[0] = '\0';
	file_close(&new->file);
}

enum status replace_set_mtime(struct replacement *new, const struct timespec *mtime)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, *mtime};

	if (futimens(new->file.fd, times) < 0 || fstat(new->file.fd, &new->file.st) < 0)
		return msg_errno(FAILED, "cannot set the time of %s", file_quote(&new->file));
	return DONE;
}

enum status replace_date(struct replacement *new, const struct file *source)
{
	struct stat st;

	if (fstat(source->fd, &st) < 0)
		return msg_errno(FAILED, "cannot examine %s", file_quote(source));
	return replace_set_mtime(new, &st.st_mtim);
}

/* Mark FILE, still empty, as a copy of SOURCE.  NO: that is needed, and can't be. */
static enum status put_mark(const struct file *file, const struct file *source, unsigned flags)
{
	const enum mark_role precache = flags & REPLACE_OF_SOURCE ? MARK_SOURCE : MARK_PRECACHE,
			     role = flags & REPLACE_MUST_MARK ? precache : MARK_STATE;
	const struct mark mark = mark_of(role, source);
	enum status status;

	if (!(flags & (REPLACE_MARKED | REPLACE_MUST_MARK)) || msg_is_dry_run())
		return DONE;
	status = mark_put(file, &mark);
	return status == NO && !(flags & REPLACE_MUST_MARK) ? DONE : status;
}

/* What is to be called NAME: a clone of SOURCE, of SIZE bytes if that isn't -1. */
static enum status build(struct dir *dir, const char *name, const struct file *source,
			 unsigned flags, int64_t size, struct replacement *ret_new,
			 struct clone_report *ret_report)
{
	enum status status = replace_begin(dir, name, ret_new);

	ret_new->is_new = (flags & REPLACE_NEW) != 0;
	if (status == DONE)
		status = put_mark(&ret_new->file, source, flags);
	if (status == DONE && flags & REPLACE_DATED && !msg_is_dry_run())
		status = mark_pass_on(source, &ret_new->file);
	if (status == DONE)
		status = clone_content(source, &ret_new->file, ret_report);
	if (status == DONE && size >= 0)
		status = file_set_size(&ret_new->file, size);
	if (status == DONE && flags & REPLACE_DATED)
		status = replace_set_mtime(ret_new, &source->st.st_mtim);
	return status;
}

enum status replace_by_clone(struct dir *dir, const char *name, const struct file *source,
			     unsigned flags)
{
	_cleanup_replacement_ struct replacement new = {.file = FILE_CLOSED};
	struct clone_report report;
	enum status status = build(dir, name, source, flags, -1, &new, &report);

	if (status == DONE)
		status = replace_commit(&new);
	if (status == DONE)
		clone_tell(source, quote(dir, name), &report);
	return status;
}

enum status replace_freeze(struct dir *dir, const struct file *source,
			   struct replacement *ret_moment)
{
	enum status status;

	*ret_moment = (struct replacement){.file = FILE_CLOSED};
	if (msg_is_dry_run())
		return NO;
	status = replace_begin(dir, source->name, ret_moment);
	if (status == DONE)
		status = clone_reflink(source, &ret_moment->file);
	if (status == DONE && fstat(ret_moment->file.fd, &ret_moment->file.st) < 0)
		return msg_errno(FAILED, "cannot examine %s", file_quote(source));
	return status;
}

enum status replace_resized(struct dir *dir, const char *name, struct file *source, unsigned flags,
			    int64_t size)
{
	const bool is_itself = strcmp(source->name, name) == 0;
	_cleanup_replacement_ struct replacement new = {.file = FILE_CLOSED};
	struct clone_report report;
	enum status status = build(dir, name, source, flags, size, &new, &report);

	if (status == DONE && is_itself && !msg_is_dry_run())
		file_close(source); /* or CIFS would not replace it */
	if (status == DONE)
		status = replace_commit(&new);
	if (status == DONE && !is_itself)
		clone_tell(source, quote(dir, name), &report);
	if (status == DONE)
		msg_done("resized %s (%lld -> %lld bytes)", quote(dir, name),
			 (long long)source->st.st_size, (long long)size);
	return status;
}

enum status replace_by_hole(struct dir *dir, const char *name, unsigned flags, int64_t size)
{
	_cleanup_replacement_ struct replacement new = {.file = FILE_CLOSED};
	enum status status = replace_begin(dir, name, &new);
	bool is_sparse;

	new.is_new = (flags & REPLACE_NEW) != 0;
	if (status == DONE)
		status = file_set_size(&new.file, size);
	if (status != DONE)
		return status;
	is_sparse = !file_is_allocated(&new.file, size);
	status = replace_commit(&new);
	if (status == DONE)
		msg_done("created %s (%s%lld bytes)", quote(dir, name), is_sparse ? "sparse, " : "",
			 (long long)size);
	return status;
}

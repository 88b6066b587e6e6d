/* SPDX-License-Identifier: MIT */
#include "subcmd/image/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/tempname.h"
#include "subcmd/image/copy.h"
#include "subcmd/image/replace.h"
#include "subcmd/image/use.h"

/* Open and lock the directory that PATH is in; RET_NAME is what PATH is called there. */
static enum status open_above(const struct dir *base, const char *path, double wait,
			      struct dir *ret_dir, const char **ret_name)
{
	const char *const name = path_name(path);
	_cleanup_free_ char *above = path_above(path);
	enum status status;

	if (!above)
		return FAILED;
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    strlen(name) > NAME_MAX - TEMPNAME_EXTRA)
		return msg_error(USAGE, "invalid file name %s", quote(NULL, path));
	*ret_name = name;
	status = dir_open(base, above, DIR_MUST_EXIST, ret_dir);
	return status == DONE ? dir_lock(ret_dir, wait) : status;
}

/* What is there now must be a regular file too, and another one, that nobody writes to: a VM
 * would go on writing to what has no name any more. */
static enum status check_replaced(const struct file *source, struct dir *dir, const char *name,
				  unsigned *ret_flags)
{
	struct stat st;
	enum status status;

	*ret_flags = REPLACE_NEW;
	if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? DONE
				       : msg_errno(FAILED, "cannot examine %s", quote(dir, name));
	if (!S_ISREG(st.st_mode))
		return msg_error(REFUSED, "cannot replace %s: not a regular file",
				 quote(dir, name));
	if (file_is_same(&st, &source->st))
		return msg_error(USAGE, "%s and %s are the same file", file_quote(source),
				 quote(dir, name));
	status = use_require_none(dir, name, "replace", "detach or end that first");
	if (status != DONE)
		return status;
	durable_hold(dir, name);
	*ret_flags = 0;
	return DONE;
}

enum status output_file(const struct dir *base, const char *path, double wait,
			const struct file *source)
{
	_cleanup_dir_ struct dir dir = DIR_CLOSED;
	const char *name = NULL;
	unsigned flags;
	enum status status = open_above(base, path, wait, &dir, &name);

	if (status == DONE)
		status = check_replaced(source, &dir, name, &flags);
	if (status == DONE)
		status = replace_by_clone(&dir, name, source, flags);
	return status == DONE ? durable_sync(&dir) : status;
}

bool output_is_device(const struct dir *base, const char *path)
{
	struct stat st;

	return fstatat(base->fd, path, &st, 0) == 0 && S_ISBLK(st.st_mode);
}

static enum status write_to(const struct file *target, enum sink_kind kind,
			    const struct file *source, int64_t size)
{
	struct clone_report report = {.size = size};
	enum status status = copy_file(source, size, target, kind, &report.data);

	/* A pipe has nothing to flush. */
	if (status == DONE && (S_ISREG(target->st.st_mode) || S_ISBLK(target->st.st_mode)))
		status = durable_sync_file(target->fd, target->dir, target->name);
	if (status == DONE)
		clone_tell(source, file_quote(target), &report);
	return status;
}

enum status output_device(const struct dir *base, const char *path, const struct file *source)
{
	_cleanup_file_ struct file device = {.dir = base, .name = path};
	const int64_t size = file_size(source);
	int64_t room;

	/* O_EXCL without O_CREAT, of a block device: EBUSY while it is mounted, or part of another
	 * device.  See open(2). */
	device.fd = openat(base->fd, path,
			   (msg_is_dry_run() ? O_RDONLY : O_WRONLY) | O_EXCL | O_CLOEXEC);
	if (device.fd < 0 || fstat(device.fd, &device.st) < 0)
		return msg_errno(errno == EBUSY ? REFUSED : FAILED, "cannot open %s",
				 file_quote(&device));
	room = S_ISBLK(device.st.st_mode) ? file_size(&device) : -1;
	if (room < 0)
		return msg_errno(FAILED, "cannot tell the size of %s", file_quote(&device));
	if (room < size)
		return msg_error(REFUSED, "cannot write %lld bytes to %s: it has only %lld",
				 (long long)size, file_quote(&device), (long long)room);
	return write_to(&device, SINK_DEVICE, source, size);
}

enum status output_stdout(const struct file *source)
{
	/* Not closed: it isn't ours. */
	struct file output = {.fd = STDOUT_FILENO, .name = "/dev/stdout"};

	if (fstat(output.fd, &output.st) < 0)
		return msg_errno(FAILED, "cannot examine %s", file_quote(&output));
	if (isatty(output.fd))
		return msg_error(USAGE, "cannot write an image to a terminal");
	return write_to(&output, SINK_STREAM, source, file_size(source));
}

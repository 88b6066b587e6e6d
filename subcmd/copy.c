/* SPDX-License-Identifier: MIT */
/*
 * copy: any file to any other place, by reflink if possible: whole and durable, or not at all.
 *
 * 	clone SRC -> DST	crash: the old DST, or the new one
 * 	fsync of the directory
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/base/replace.h"
#include "subcmd/base/tempname.h"
#include "subcmd/subcmd.h"

/* SRC is followed like cp(1) does, since it is only read; a FIFO would hold us up for ever. */
static enum status open_source(const struct dir *pool, const char *name, struct file *ret_file)
{
	*ret_file = (struct file){.fd = -1, .dir = pool, .name = name};
	ret_file->fd = openat(pool->fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (ret_file->fd < 0 || fstat(ret_file->fd, &ret_file->st) < 0)
		return msg_errno(FAILED, "cannot open %s", file_quote(ret_file));
	if (!S_ISREG(ret_file->st.st_mode) && !S_ISBLK(ret_file->st.st_mode))
		return msg_error(REFUSED, "cannot copy %s: neither a regular file nor a block device",
				 file_quote(ret_file));
	return DONE;
}

/* What is at DST now must be a regular file too, and another one. */
static enum status check_target(const struct file *source, const struct dir *dir, const char *name)
{
	struct stat st;

	if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? DONE
				       : msg_errno(FAILED, "cannot examine %s", quote(dir, name));
	if (!S_ISREG(st.st_mode))
		return msg_error(REFUSED, "cannot replace %s: not a regular file",
				 quote(dir, name));
	if (st.st_ino == source->st.st_ino && st.st_dev == source->st.st_dev)
		return msg_error(USAGE, "%s and %s are the same file", file_quote(source),
				 quote(dir, name));
	durable_hold((struct dir *)dir, name);
	return DONE;
}

static enum status run(const struct request *request)
{
	const char *target = request->operands[1], *slash = strrchr(target, '/');
	const char *name = slash ? slash + 1 : target;
	_cleanup_free_ char *above = strndup(target, slash ? (size_t)(slash - target) + 1 : 0);
	_cleanup_file_ struct file source = FILE_CLOSED;
	_cleanup_dir_ struct dir dir = DIR_CLOSED;
	enum status status;

	if (!above)
		return msg_errno(FAILED, "cannot copy");
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    strlen(name) > NAME_MAX - TEMPNAME_EXTRA)
		return msg_error(USAGE, "invalid file name %s", quote(NULL, target));
	status = open_source(&request->pool, request->operands[0], &source);
	if (status == DONE)
		status = dir_open(&request->pool, *above ? above : ".", false, &dir);
	if (status == DONE)
		status = dir_lock(&dir, request->wait);
	if (status == DONE)
		status = check_target(&source, &dir, name);
	if (status == DONE)
		status = replace_by_clone(&dir, name, &source, false);
	return status == DONE ? durable_sync(&dir) : status;
}

const struct subcmd cmd_copy = {
	.name = "copy",
	.operands = "SRC DST",
	.summary = "copy any file, by reflink if possible",
	.example = "copy appvms/work/private.img /mnt/backup/private.img",
	.group = TOOLS,
	.least = 2,
	.most = 2,
	.run = run,
};

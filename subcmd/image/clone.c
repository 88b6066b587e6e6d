/* SPDX-License-Identifier: MIT */
#include "subcmd/image/clone.h"

#include <errno.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/kernel.h"
#include "subcmd/base/msg.h"
#include "subcmd/image/copy.h"
#include "subcmd/image/filesystem.h"

static bool means_not_here(int error)
{
	return error == EBADF || error == EINVAL || error == ENOTTY || error == EOPNOTSUPP ||
	       error == ENOSYS || error == EXDEV;
}

/* Make TARGET NOCOW or not, as SOURCE is.  Has that changed anything? */
static bool adopt_nocow(const struct file *source, const struct file *target)
{
	bool theirs, ours;

	return kernel_get_nocow(source->fd, &theirs) == 0 &&
	       kernel_get_nocow(target->fd, &ours) == 0 && theirs != ours &&
	       kernel_set_nocow(target->fd, theirs) == 0;
}

/* TARGET is a stand-in in memory (replace.h), which the kernel can't be asked about.  Would its
 * directory take a reflink of SOURCE?  The likely answer, by the kind of file system. */
static bool is_likely(const struct file *source, const struct file *target)
{
	struct stat dir;

	return target->dir && fstat(target->dir->fd, &dir) == 0 &&
	       target->st.st_dev != dir.st_dev && source->st.st_dev == dir.st_dev &&
	       filesystem_reflinks(target->dir->fd);
}

/* Is what is open another file, on another file system, with the content that SOURCE would have? */
static bool is_pretended(const struct file *source)
{
	struct stat st;

	return fstat(source->fd, &st) == 0 && st.st_dev != source->st.st_dev;
}

/* In a dry run just ask; of a file that isn't there yet, one of the same file system will do. */
static int clone_or_ask(const struct file *source, const struct file *target)
{
	int result;

	if (!msg_is_dry_run())
		return kernel_clone(target->fd, source->fd);
	result = is_pretended(source)
			 ? kernel_clone_nothing(target->fd, target->fd, 0)
			 : kernel_clone_nothing(target->fd, source->fd, file_size(source));
	return result < 0 && is_likely(source, target) ? 0 : result;
}

/* 0 or -1 with errno, like ioctl(2). */
static int try_reflink(const struct file *source, const struct file *target)
{
	int result = clone_or_ask(source, target);

	if (result < 0 && errno == EINVAL) {
		if (adopt_nocow(source, target))
			result = clone_or_ask(source, target);
		else
			errno = EINVAL;
	}
	return result;
}

enum status clone_reflink(const struct file *source, const struct file *target)
{
	int result = try_reflink(source, target);
	struct stat st;

	if (result < 0 && errno == EAGAIN) {
		if (durable_sync_file(source->fd, source->dir, source->name) != DONE)
			return FAILED;
		result = try_reflink(source, target);
	}
	if (result < 0 && means_not_here(errno))
		return NO;
	if (result < 0)
		return msg_errno(FAILED, "cannot reflink %s to %s", file_quote(source),
				 file_quote(target));
	if (fstat(target->fd, &st) < 0)
		return msg_errno(FAILED, "cannot examine %s", file_quote(target));
	/* In a dry run nothing was cloned. */
	return st.st_size == file_size(source) || msg_is_dry_run() ? DONE : NO;
}

bool clone_is_possible(const struct file *source, const struct file *target)
{
	return try_reflink(source, target) == 0;
}

enum status clone_content(const struct file *source, const struct file *target,
			  struct clone_report *ret_report)
{
	const int64_t size = file_size(source);
	enum status status = NO;
	char byte;

	*ret_report = (struct clone_report){.size = size};
	if (size < 0)
		return msg_errno(FAILED, "cannot tell the size of %s", file_quote(source));
	if (size == 0 && pread(source->fd, &byte, 1, 0) != 0) /* as in /proc */
		return msg_error(FAILED, "cannot copy %s: it says that it is empty, and isn't",
				 file_quote(source));
	if (S_ISREG(source->st.st_mode))
		status = clone_reflink(source, target);
	ret_report->is_reflink = status == DONE;
	if (status != NO)
		return status;
	status = file_set_size(target, 0);
	return status == DONE ? copy_file(source, size, target, SINK_SPARSE, &ret_report->data)
			      : status;
}

void clone_tell(const struct file *source, const char *target, const struct clone_report *report)
{
	if (report->is_reflink)
		msg_done("reflinked %s -> %s", file_quote(source), target);
	else
		msg_done("copied %s -> %s (%lld bytes, %lld of data)", file_quote(source), target,
			 (long long)report->size, (long long)report->data);
}

/* SPDX-License-Identifier: MIT */
#include "subcmd/base/clone.h"

#include <errno.h>

#include "subcmd/base/copy.h"
#include "subcmd/base/durable.h"
#include "subcmd/base/kernel.h"
#include "subcmd/base/msg.h"

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

/* 0 or -1 with errno, like ioctl(2). */
static int try_reflink(const struct file *source, const struct file *target)
{
	int result = kernel_clone(target->fd, source->fd);

	if (result < 0 && errno == EINVAL) {
		if (adopt_nocow(source, target))
			result = kernel_clone(target->fd, source->fd);
		else
			errno = EINVAL;
	}
	return result;
}

/* DONE; NO, without a message, if a copy is the answer; else FAILED. */
static enum status reflink(const struct file *source, const struct file *target)
{
	int result = try_reflink(source, target);

	if (result < 0 && errno == EAGAIN) {
		if (durable_sync_file(source->fd, source->dir, source->name) != DONE)
			return FAILED;
		result = try_reflink(source, target);
	}
	if (result == 0)
		return DONE;
	if (means_not_here(errno))
		return NO;
	return msg_errno(FAILED, "cannot reflink %s to %s", file_quote(source),
			 file_quote(target));
}

enum status clone_is_possible(const struct file *source, const struct file *target)
{
	return try_reflink(source, target) == 0 ? DONE : NO;
}

enum status clone_content(const struct file *source, const struct file *target,
			  struct clone_report *ret_report)
{
	const int64_t size = file_size(source);
	enum status status = NO;
	struct stat st;

	*ret_report = (struct clone_report){.size = size};
	if (size < 0)
		return msg_errno(FAILED, "cannot tell the size of %s", file_quote(source));
	if (S_ISREG(source->st.st_mode))
		status = reflink(source, target);
	if (status == FAILED)
		return status;
	if (status == DONE) {
		if (fstat(target->fd, &st) < 0)
			return msg_errno(FAILED, "cannot examine %s", file_quote(target));
		ret_report->is_reflink = st.st_size == size;
		if (ret_report->is_reflink)
			return DONE;
	}
	if (ftruncate(target->fd, 0) < 0)
		return msg_errno(FAILED, "cannot resize %s", file_quote(target));
	return copy_file(source, size, target, SINK_SPARSE, &ret_report->data);
}

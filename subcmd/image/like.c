/* SPDX-License-Identifier: MIT */
#include "subcmd/image/like.h"

#include "subcmd/base/msg.h"
#include "subcmd/image/copy.h"

enum status like_begin(const struct file *like, const struct file *target)
{
	const enum status status = clone_reflink(like, target);

	if (status != NO)
		return status;
	return msg_error(REFUSED,
			 "cannot share with %s: no reflink of it can be made in %s (without --like"
			 " all is copied)",
			 file_quote(like), quote_dir(target->dir));
}

static enum status fill_file(const struct file *source, const struct file *like,
			     const struct file *target, int64_t size,
			     struct clone_report *ret_report)
{
	enum status status = like ? like_begin(like, target) : DONE;

	if (status != DONE)
		return status;
	if (file_is_stream(source))
		return copy_stream(source, size, like, target, &ret_report->size,
				   &ret_report->data);
	ret_report->size = file_size(source);
	return copy_file_like(source, ret_report->size, like, target, &ret_report->data);
}

enum status like_replace(struct dir *dir, const char *name, const struct file *source,
			 const struct file *like, unsigned flags, int64_t size, int64_t *ret_size)
{
	_cleanup_replacement_ struct replacement new = {.file = FILE_CLOSED};
	struct clone_report report = {0};
	enum status status = replace_begin(dir, name, &new);

	new.is_new = (flags & REPLACE_NEW) != 0;
	if (status == DONE)
		status = fill_file(source, like, &new.file, size, &report);
	/* That of a program that failed before it wrote anything. */
	if (status == DONE && report.size == 0 && size != 0)
		status = msg_error(FAILED, "cannot copy %s: nothing came", file_quote(source));
	if (status == DONE)
		status = replace_commit(&new);
	if (status == DONE && like)
		msg_done("reflinked %s -> %s", file_quote(like), quote(dir, name));
	if (status == DONE)
		clone_tell(source, quote(dir, name), &report);
	*ret_size = report.size;
	return status;
}

/* SPDX-License-Identifier: MIT */
#include "subcmd/image/reflink.h"

#include <errno.h>
#include <string.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/image/clone.h"
#include "subcmd/image/filesystem.h"
#include "subcmd/image/replace.h"

/* In a dry run where there are no unnamed files. */
static enum status guess(const struct dir *dir, struct reflink_verdict *ret_verdict)
{
	ret_verdict->is_unknown = !filesystem_never_reflinks(dir->fd);
	ret_verdict->reason = ret_verdict->is_unknown
				      ? "it takes a file to tell, which a dry run doesn't make"
				      : strerror(EOPNOTSUPP);
	return DONE;
}

enum status reflink_check(struct dir *dir, struct dir *from, struct reflink_verdict *ret_verdict)
{
	static const char name[] = ".reflinkctl-check";
	_cleanup_replacement_ struct replacement source = {.file = FILE_CLOSED};
	_cleanup_replacement_ struct replacement target = {.file = FILE_CLOSED};
	enum status status;

	*ret_verdict = (struct reflink_verdict){.works = false};
	filesystem_name(dir->fd, ret_verdict->filesystem);
	if (filesystem_is_read_only(dir->fd)) {
		ret_verdict->reason = strerror(EROFS);
		return DONE;
	}
	status = replace_begin(from, name, &source);
	if (status == DONE)
		status = replace_begin(dir, name, &target);
	if (status != DONE)
		return status;
	if (source.is_stand_in || target.is_stand_in)
		return guess(dir, ret_verdict);
	/* A byte at least: some file systems accept to clone nothing. */
	if (pwrite(source.file.fd, "x", 1, 0) != 1)
		return msg_errno(FAILED, "cannot write %s", file_quote(&source.file));
	/* ZFS says EAGAIN while the source isn't on the disk. */
	status = durable_sync_file(source.file.fd, from, name);
	if (status != DONE)
		return status;
	ret_verdict->works = clone_is_possible(&source.file, &target.file);
	ret_verdict->reason = ret_verdict->works ? "reflinks work" : strerror(errno);
	return DONE;
}

/* SPDX-License-Identifier: MIT */
#include "subcmd/base/reflink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "subcmd/base/clone.h"
#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/base/replace.h"

/* statfs(2) and linux/magic.h; ext2 and ext3 are mounted by the ext4 driver. */
static const struct {
	unsigned long magic;
	const char *name;
} filesystems[] = {
	{0x9123683e, "btrfs"},	    {0x58465342, "xfs"},      {0xef53, "ext4"},
	{0x01021994, "tmpfs"},	    {0x794c7630, "overlayfs"}, {0x2fc12fc1, "zfs"},
	{0xca451a4e, "bcachefs"},   {0x7461636f, "ocfs2"},    {0x6969, "nfs"},
	{0x65735546, "fuse"},	    {0x4d44, "vfat"},	      {0xf2f52010, "f2fs"},
	{0xff534d42, "cifs"},	    {0x2011bab0, "exfat"},    {0x858458f6, "ramfs"},
};

static void name_filesystem(const struct dir *dir, char name[static 32])
{
	struct statfs fs;

	strcpy(name, "unknown");
	if (fstatfs(dir->fd, &fs) < 0)
		return;
	snprintf(name, 32, "0x%lx", (unsigned long)fs.f_type & 0xffffffff);
	for (size_t i = 0; i < sizeof(filesystems) / sizeof(*filesystems); i++)
		if (filesystems[i].magic == ((unsigned long)fs.f_type & 0xffffffff))
			snprintf(name, 32, "%s", filesystems[i].name);
}

/* Then nothing can be tried there, and nothing needs to be. */
static bool is_read_only(const struct dir *dir)
{
	struct statvfs fs;

	return fstatvfs(dir->fd, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

enum status reflink_check(struct dir *dir, struct dir *from, struct reflink_verdict *ret_verdict)
{
	static const char name[] = ".reflinkctl-check";
	_cleanup_replacement_ struct replacement source = {.file = FILE_CLOSED};
	_cleanup_replacement_ struct replacement target = {.file = FILE_CLOSED};
	enum status status;

	name_filesystem(dir, ret_verdict->filesystem);
	if (is_read_only(dir)) {
		ret_verdict->works = false;
		ret_verdict->reason = strerror(EROFS);
		return DONE;
	}
	status = replace_begin(from, name, &source);
	if (status == DONE)
		status = replace_begin(dir, name, &target);
	if (status == DONE && (source.is_stand_in || target.is_stand_in))
		status = msg_error(FAILED,
				   "cannot tell whether %s accepts reflinks"
				   " without creating a file in it", quote_dir(dir));
	if (status != DONE)
		return status;
	/* A byte at least: some file systems accept to clone nothing. */
	if (pwrite(source.file.fd, "x", 1, 0) != 1)
		return msg_errno(FAILED, "cannot write %s", file_quote(&source.file));
	/* ZFS says EAGAIN while the source isn't on the disk. */
	status = durable_sync_file(source.file.fd, from, name);
	if (status != DONE)
		return status;
	ret_verdict->works = clone_is_possible(&source.file, &target.file) == DONE;
	ret_verdict->reason = ret_verdict->works ? "reflinks work" : strerror(errno);
	return DONE;
}

/* SPDX-License-Identifier: MIT */
#include "subcmd/image/filesystem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* f_type of statfs(2), linux/magic.h; ext2 and ext3 are mounted by the ext4 driver. */
static const struct {
	unsigned magic;
	enum filesystem filesystem;
	const char *name;
} known[] = {
	{0x9123683e, FILESYSTEM_BTRFS, "btrfs"},    {0x58465342, FILESYSTEM_XFS, "xfs"},
	{0x2fc12fc1, FILESYSTEM_ZFS, "zfs"},	    {0xef53, FILESYSTEM_PLAIN, "ext4"},
	{0x01021994, FILESYSTEM_PLAIN, "tmpfs"},    {0x794c7630, FILESYSTEM_OVERLAY, "overlayfs"},
	{0xca451a4e, FILESYSTEM_OTHER, "bcachefs"}, {0x7461636f, FILESYSTEM_OTHER, "ocfs2"},
	{0x6969, FILESYSTEM_OTHER, "nfs"},	    {0x65735546, FILESYSTEM_OTHER, "fuse"},
	{0x4d44, FILESYSTEM_OTHER, "vfat"},	    {0xf2f52010, FILESYSTEM_OTHER, "f2fs"},
	{0xff534d42, FILESYSTEM_OTHER, "cifs"},	    {0x2011bab0, FILESYSTEM_OTHER, "exfat"},
	{0xfe534d42, FILESYSTEM_OTHER, "cifs"},	    {0x7366746e, FILESYSTEM_OTHER, "ntfs3"},
	{0x858458f6, FILESYSTEM_OTHER, "ramfs"},    {0x01021997, FILESYSTEM_OTHER, "9p"},
};
enum { N_KNOWN = sizeof(known) / sizeof(*known) };

/* Which row of the table?  N_KNOWN: none.  RET_MAGIC is 0 if even that can't be told. */
static size_t find(int fd, unsigned *ret_magic)
{
	struct statfs fs;
	size_t i = 0;

	*ret_magic = fstatfs(fd, &fs) < 0 ? 0 : (unsigned)fs.f_type;
	while (i < N_KNOWN && known[i].magic != *ret_magic)
		i++;
	return i;
}

enum filesystem filesystem_of(int fd)
{
	unsigned magic;
	const size_t i = find(fd, &magic);

	return i < N_KNOWN ? known[i].filesystem : FILESYSTEM_OTHER;
}

void filesystem_name(int fd, char ret_name[static FILESYSTEM_NAME])
{
	unsigned magic;
	const size_t i = find(fd, &magic);

	if (i < N_KNOWN)
		strcpy(ret_name, known[i].name);
	else if (magic)
		snprintf(ret_name, FILESYSTEM_NAME, "0x%x", magic);
	else
		strcpy(ret_name, "unknown");
}

bool filesystem_reflinks(int fd)
{
	const enum filesystem filesystem = filesystem_of(fd);

	return filesystem == FILESYSTEM_BTRFS || filesystem == FILESYSTEM_XFS;
}

bool filesystem_tells_holes(int fd)
{
	return filesystem_of(fd) != FILESYSTEM_ZFS;
}

bool filesystem_tells_inodes(int fd)
{
	const enum filesystem filesystem = filesystem_of(fd);

	return filesystem != FILESYSTEM_OTHER && filesystem != FILESYSTEM_OVERLAY;
}

bool filesystem_counts_links(int fd)
{
	return filesystem_of(fd) != FILESYSTEM_OVERLAY;
}

bool filesystem_is_read_only(int fd)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY))
		return true;
	/* A read-only subvolume of btrfs (what btrfs receive makes) shows here alone. */
	return faccessat(fd, ".", W_OK, 0) < 0 && errno == EROFS;
}

/* SPDX-License-Identifier: MIT */
#include "subcmd/image/filesystem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "subcmd/base/kernel.h"

enum {
	BTRFS = 0x9123683e,
	XFS = 0x58465342,
	EXT4 = 0xef53,
	ZFS = 0x2fc12fc1,
	V9FS = 0x01021997,
};
enum { NEVER = 1, REMOTE = 2 }; /* reflinks; is it another machine's? */

/* f_type of statfs(2), linux/magic.h; ext2 and ext3 are mounted by the ext4 driver. */
static const struct {
	unsigned magic, traits;
	enum filesystem filesystem;
	const char *name;
} known[] = {
	{BTRFS, 0, FILESYSTEM_BTRFS, "btrfs"},
	{XFS, 0, FILESYSTEM_XFS, "xfs"},
	{EXT4, NEVER, FILESYSTEM_PLAIN, "ext4"},
	{V9FS, NEVER | REMOTE, FILESYSTEM_OTHER, "9p"},
	{ZFS, 0, FILESYSTEM_ZFS, "zfs"},
	{0x01021994, NEVER, FILESYSTEM_PLAIN, "tmpfs"},
	{0x858458f6, NEVER, FILESYSTEM_OTHER, "ramfs"},
	{0x794c7630, 0, FILESYSTEM_OVERLAY, "overlayfs"},
	{0xca451a4e, 0, FILESYSTEM_OTHER, "bcachefs"},
	{0x7461636f, 0, FILESYSTEM_OTHER, "ocfs2"},
	{0x6969, REMOTE, FILESYSTEM_OTHER, "nfs"},
	{0xff534d42, REMOTE, FILESYSTEM_OTHER, "cifs"},
	{0xfe534d42, REMOTE, FILESYSTEM_OTHER, "cifs"},
	{0x65735546, NEVER, FILESYSTEM_OTHER, "fuse"},
	{0x4d44, NEVER, FILESYSTEM_OTHER, "vfat"},
	{0x2011bab0, NEVER, FILESYSTEM_OTHER, "exfat"},
	{0x7366746e, NEVER, FILESYSTEM_OTHER, "ntfs3"},
	{0xf2f52010, NEVER, FILESYSTEM_OTHER, "f2fs"},
};
enum { N_KNOWN = sizeof(known) / sizeof(*known) };

/* 9p tells its server's type.  But XFS and ext4 are on a block device, and nothing but btrfs knows
 * the ioctls of btrfs. */
static bool is_of_server(int fd, unsigned magic)
{
	unsigned char id[KERNEL_FSID];
	struct stat st;

	if (magic == BTRFS)
		return kernel_btrfs_id(fd, id) < 0 && errno == ENOTTY;
	return (magic == XFS || magic == EXT4) && fstat(fd, &st) == 0 && major(st.st_dev) == 0;
}

/* 0: unknown */
static unsigned told_magic(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) < 0 ? 0 : (unsigned)fs.f_type;
}

/* Which row of the table?  N_KNOWN: none.  RET_MAGIC is 0 if even that can't be told. */
static size_t find_known(int fd, unsigned *ret_magic)
{
	size_t i = 0;

	*ret_magic = told_magic(fd);
	if (is_of_server(fd, *ret_magic))
		*ret_magic = V9FS;
	while (i < N_KNOWN && known[i].magic != *ret_magic)
		i++;
	return i;
}

static bool has_trait(int fd, unsigned trait)
{
	unsigned magic;
	const size_t i = find_known(fd, &magic);

	return i < N_KNOWN && known[i].traits & trait;
}

enum filesystem filesystem_of(int fd)
{
	unsigned magic;
	const size_t i = find_known(fd, &magic);

	return i < N_KNOWN ? known[i].filesystem : FILESYSTEM_OTHER;
}

void filesystem_name(int fd, char ret_name[static FILESYSTEM_NAME])
{
	unsigned magic;
	const size_t i = find_known(fd, &magic);

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

bool filesystem_never_reflinks(int fd)
{
	return has_trait(fd, NEVER);
}

bool filesystem_is_remote(int fd)
{
	return has_trait(fd, REMOTE);
}

bool filesystem_tells_holes(int fd)
{
	return told_magic(fd) != ZFS; /* as well if that is beneath 9p */
}

bool filesystem_is_familiar(int fd)
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

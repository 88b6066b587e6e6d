/* SPDX-License-Identifier: MIT */
#include "subcmd/base/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* linux/fs.h */
#define FICLONE _IOW(0x94, 9, int)
struct file_clone_range {
	int64_t src_fd;
	uint64_t src_offset, src_length, dest_offset; /* a length of 0: up to the end */
};
#define FICLONERANGE _IOW(0x94, 13, struct file_clone_range)
#define FS_IOC_GETFLAGS _IOR('f', 1, long)
#define FS_IOC_SETFLAGS _IOW('f', 2, long)
#define FS_COMPR_FL 0x00000004
#define FS_NOCOMP_FL 0x00000400
#define FS_NOCOW_FL 0x00800000
struct fsxattr {
	uint32_t fsx_xflags, fsx_extsize, fsx_nextents, fsx_rest[4];
};
#define FS_IOC_FSGETXATTR _IOR('X', 31, struct fsxattr)
#define FS_XFLAG_REALTIME 0x0001

/* linux/openat2.h */
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS 0x04
#define RESOLVE_BENEATH 0x08
struct open_how {
	uint64_t flags, mode, resolve;
};
#ifndef SYS_openat2
#define SYS_openat2 437 /* the same on every architecture but alpha */
#endif

/* linux/mman.h */
struct cachestat_range {
	uint64_t off, len; /* a length of 0: up to the end */
};
struct cachestat {
	uint64_t nr_cache, nr_dirty, nr_writeback, nr_evicted, nr_recently_evicted; /* pages */
};
#ifndef SYS_cachestat
#define SYS_cachestat 451 /* the same on every architecture but alpha */
#endif

/* linux/loop.h */
#define LOOP_GET_STATUS64 0x4c05
#define LOOP_SET_CAPACITY 0x4c07
struct loop_info64 {
	uint64_t lo_device, lo_inode, lo_rdevice, lo_offset, lo_sizelimit;
	uint32_t lo_number, lo_encrypt_type, lo_encrypt_key_size, lo_flags;
	uint8_t lo_file_name[64], lo_crypt_name[64], lo_encrypt_key[32];
	uint64_t lo_init[2];
};

/* linux/btrfs.h */
struct btrfs_ioctl_fs_info_args {
	uint64_t max_id, num_devices;
	uint8_t fsid[KERNEL_FSID], rest[992];
};
#define BTRFS_IOC_SUBVOL_GETFLAGS _IOR(0x94, 25, uint64_t)
#define BTRFS_SUBVOL_RDONLY (UINT64_C(1) << 1)
#define BTRFS_IOC_FS_INFO _IOR(0x94, 31, struct btrfs_ioctl_fs_info_args)

int kernel_open_beneath(int dirfd, const char *path, int flags, bool may_follow)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
			   (may_follow ? 0 : RESOLVE_NO_SYMLINKS),
	};
	long fd = -1;

	/* EAGAIN: a rename ran across the walk, so the kernel can't tell whether it left. */
	for (int tries = 0; tries < 1000; tries++) {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return (int)fd;
}

int kernel_rename_new(int dirfd, const char *from, const char *to)
{
	enum { RENAME_NOREPLACE = 1 }; /* linux/fs.h */

	return (int)syscall(SYS_renameat2, dirfd, from, dirfd, to, RENAME_NOREPLACE);
}

ssize_t kernel_read_directory(int fd, void *buffer, size_t size)
{
	ssize_t n = syscall(SYS_getdents64, fd, buffer, size);

	return n < 0 && errno == ENOENT ? 0 : n;
}

int kernel_clone(int target, int source)
{
	int result;

	do
		result = ioctl(target, FICLONE, source);
	while (result < 0 && errno == EINTR);
	return result;
}

int kernel_clone_nothing(int target, int source, int64_t size)
{
	const struct file_clone_range range = {.src_fd = source, .src_offset = (uint64_t)size};
	int result;

	do
		result = ioctl(target, FICLONERANGE, &range);
	while (result < 0 && errno == EINTR);
	return result;
}

/* The number says long, the kernel reads and writes an int. */
int kernel_get_flags(int fd, unsigned *ret_flags)
{
	unsigned flags[2] = {0};

	if (ioctl(fd, FS_IOC_GETFLAGS, flags) < 0)
		return -1;
	*ret_flags = flags[0];
	return 0;
}

int kernel_get_nocow(int fd, bool *ret_nocow)
{
	unsigned flags;

	if (kernel_get_flags(fd, &flags) < 0)
		return -1;
	*ret_nocow = flags & FS_NOCOW_FL;
	return 0;
}

static int set_flags(int fd, unsigned flags)
{
	unsigned argument[2] = {flags};

	return ioctl(fd, FS_IOC_SETFLAGS, argument);
}

int kernel_set_nocow(int fd, bool nocow)
{
	const unsigned compression = FS_COMPR_FL | FS_NOCOMP_FL;
	unsigned flags;

	if (kernel_get_flags(fd, &flags) < 0)
		return -1;
	if (!nocow)
		return set_flags(fd, flags & ~FS_NOCOW_FL);
	if (flags & compression && set_flags(fd, flags & ~compression) < 0)
		return -1;
	return set_flags(fd, (flags & ~compression) | FS_NOCOW_FL);
}

int kernel_loop_backing(int device, struct kernel_loop *ret_loop)
{
	struct loop_info64 info;
	unsigned major, minor;
	int result;

	memset(&info, 0, sizeof(info));
	do
		result = ioctl(device, LOOP_GET_STATUS64, &info);
	while (result < 0 && errno == EINTR);
	if (result < 0)
		return -1;
	/* huge_encode_dev() of linux/kdev_t.h: mmmMMMmm */
	major = (unsigned)(info.lo_device >> 8) & 0xfff;
	minor = (unsigned)(info.lo_device & 0xff) | (unsigned)(info.lo_device >> 12 & 0xfff00);
	*ret_loop = (struct kernel_loop){.dev = makedev(major, minor),
					 .ino = info.lo_inode,
					 .offset = info.lo_offset,
					 .limit = info.lo_sizelimit};
	return 0;
}

int kernel_loop_set_capacity(int device)
{
	return ioctl(device, LOOP_SET_CAPACITY, 0);
}

int kernel_terminal_width(int fd)
{
	struct winsize size = {0};

	if (ioctl(fd, TIOCGWINSZ, &size) < 0)
		return -1;
	return size.ws_col ? size.ws_col : 80;
}

int kernel_xfs_extents(int fd, bool *ret_is_realtime, uint32_t *ret_count)
{
	struct fsxattr attributes = {0};

	if (ioctl(fd, FS_IOC_FSGETXATTR, &attributes) < 0)
		return -1;
	*ret_is_realtime = attributes.fsx_xflags & FS_XFLAG_REALTIME;
	*ret_count = attributes.fsx_nextents;
	return 0;
}

int kernel_cached(int fd, uint64_t *ret_bytes)
{
	const struct cachestat_range range = {.off = 0};
	struct cachestat cached = {0};

	if (syscall(SYS_cachestat, fd, &range, &cached, 0) < 0)
		return -1;
	*ret_bytes = cached.nr_cache * (uint64_t)sysconf(_SC_PAGESIZE);
	return 0;
}

int kernel_btrfs_id(int fd, unsigned char ret_id[static KERNEL_FSID])
{
	struct btrfs_ioctl_fs_info_args info = {0};

	if (ioctl(fd, BTRFS_IOC_FS_INFO, &info) < 0)
		return -1;
	memcpy(ret_id, info.fsid, sizeof(info.fsid));
	return 0;
}

bool kernel_is_read_only_subvolume(int fd)
{
	uint64_t flags = 0;

	return ioctl(fd, BTRFS_IOC_SUBVOL_GETFLAGS, &flags) == 0 && flags & BTRFS_SUBVOL_RDONLY;
}

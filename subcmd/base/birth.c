/* SPDX-License-Identifier: MIT */
#include "subcmd/base/birth.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* linux/stat.h */
struct stat_time {
	int64_t sec;
	uint32_t nsec;
	int32_t reserved;
};
struct stat_extended {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, spare;
	uint64_t ino, size, blocks, attributes_mask;
	struct stat_time atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t spare_too[14];
};
enum { STATX_BASIC = 0x7ff, STATX_BORN = 0x800 };
enum { FORCE_SYNC = 0x2000 }; /* AT_STATX_FORCE_SYNC */
enum { ATTRIBUTE_IMMUTABLE = 0x10, ATTRIBUTE_APPEND = 0x20 };

static struct timespec to_timespec(const struct stat_time *time)
{
	return (struct timespec){.tv_sec = time->sec, .tv_nsec = time->nsec};
}

int birth_stat(int dirfd, const char *name, struct stat *ret_st, struct timespec *ret_born)
{
	const int flags = *name ? AT_SYMLINK_NOFOLLOW : AT_EMPTY_PATH;
	struct stat_extended x = {.mask = 0};

	*ret_born = (struct timespec){0};
	if (syscall(SYS_statx, dirfd, name, flags | FORCE_SYNC, STATX_BASIC | STATX_BORN, &x) < 0) {
		if (errno != ENOSYS)
			return -1;
		return *name ? fstatat(dirfd, name, ret_st, flags) : fstat(dirfd, ret_st);
	}
	*ret_st = (struct stat){
		.st_dev = makedev(x.dev_major, x.dev_minor),
		.st_ino = x.ino,
		.st_mode = x.mode,
		.st_nlink = x.nlink,
		.st_uid = x.uid,
		.st_gid = x.gid,
		.st_rdev = makedev(x.rdev_major, x.rdev_minor),
		.st_size = (off_t)x.size,
		.st_blksize = (blksize_t)x.blksize,
		.st_blocks = (blkcnt_t)x.blocks,
		.st_atim = to_timespec(&x.atime),
		.st_mtim = to_timespec(&x.mtime),
		.st_ctim = to_timespec(&x.ctime),
	};
	if (x.mask & STATX_BORN)
		*ret_born = to_timespec(&x.btime);
	return 0;
}

bool birth_is_fixed(int dirfd, const char *name)
{
	struct stat_extended x = {.mask = 0};

	return syscall(SYS_statx, dirfd, name, AT_SYMLINK_NOFOLLOW, 0, &x) == 0 &&
	       x.attributes & (ATTRIBUTE_IMMUTABLE | ATTRIBUTE_APPEND);
}

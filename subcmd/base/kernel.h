/* SPDX-License-Identifier: MIT */
#ifndef BASE_KERNEL_H
#define BASE_KERNEL_H

/*
 * What the kernel offers and libc has no function for: ioctl(2) and syscall(2) are called here and,
 * ioctl(2) in image/extent.c for the maps of extents, syscall(2) in birth.c, nowhere else.  The
 * numbers and structures are spelled out, because musl-gcc lacks the headers of the kernel on its
 * path; _IOW and friends make the numbers right on every architecture.
 *
 * Everything returns -1 with errno set on failure, like a system call, and reports nothing.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* openat2(2) beneath DIRFD: RESOLVE_BENEATH, and RESOLVE_NO_SYMLINKS unless MAY_FOLLOW.
 * ENOSYS before Linux 5.6, EXDEV for a path that leaves DIRFD. */
int kernel_open_beneath(int dirfd, const char *path, int flags, bool may_follow);

/* renameat2(2) with RENAME_NOREPLACE, both names in DIRFD: EEXIST if there is something called TO.
 * EINVAL where the file system can't tell (NFS, most of FUSE), ENOSYS before Linux 3.15. */
int kernel_rename_new(int dirfd, const char *from, const char *to);

/* getdents64(2): some entries of the directory FD, as many as fit, each a struct dirent of d_reclen
 * bytes.  Returns how many bytes that are; 0 at the end, and if the directory was removed. */
ssize_t kernel_read_directory(int fd, void *buffer, size_t size);

/* FICLONE, ioctl_ficlone(2): make all of TARGET share all of SOURCE.  EINTR is retried. */
int kernel_clone(int target, int source);

/* Would that work?  FICLONERANGE from SIZE, where SOURCE ends, to its end: the kernel makes all its
 * checks, has nothing to clone, and changes neither file. */
int kernel_clone_nothing(int target, int source, int64_t size);

/* FS_IOC_GETFLAGS of ioctl_iflags(2).  Some flags say how the file system keeps the file, and
 * nobody has set them: FS_INDEX_FL, FS_HUGE_FILE_FL, FS_EXTENT_FL, FS_INLINE_DATA_FL. */
#define KERNEL_FLAGS_OF_NOBODY (0x1000u | 0x40000u | 0x80000u | 0x10000000u)
int kernel_get_flags(int fd, unsigned *ret_flags);

/* FS_NOCOW_FL of chattr(1)'s +C.  btrfs refuses it beside FS_COMPR_FL and FS_NOCOMP_FL, which a new
 * file inherits from a directory with +c, +m or a compression property, even in the call that
 * clears those (EINVAL): setting it clears them first. */
int kernel_get_nocow(int fd, bool *ret_nocow);
int kernel_set_nocow(int fd, bool nocow);

/* LOOP_GET_STATUS64, loop(4): the file behind the loop device DEVICE, as stat(2) would have it, and
 * which bytes of it the device is.  ENXIO if there is none. */
struct kernel_loop {
	dev_t dev;
	ino_t ino;
	uint64_t offset, limit; /* at most so many; 0: all that follow */
};
int kernel_loop_backing(int device, struct kernel_loop *ret_loop);

/* LOOP_SET_CAPACITY: look at the backing file's size again.  May fail with EAGAIN. */
int kernel_loop_set_capacity(int device);

/* BTRFS_IOC_FS_INFO: which btrfs is FD on?  ENOTTY: on none. */
enum { KERNEL_FSID = 16 };
int kernel_btrfs_id(int fd, unsigned char ret_id[static KERNEL_FSID]);

/* BTRFS_IOC_SUBVOL_GETFLAGS: is the directory FD the top of a read-only subvolume of btrfs?  Only
 * an inode of number KERNEL_SUBVOLUME_INODE can be the top of any. */
enum { KERNEL_SUBVOLUME_INODE = 256 };
bool kernel_is_read_only_subvolume(int fd);

/* FS_IOC_FSGETXATTR: how many extents has a file on XFS, and are they in the realtime section? */
int kernel_xfs_extents(int fd, bool *ret_is_realtime, uint32_t *ret_count);

/* cachestat(2): how many bytes of the file are in memory?  ENOSYS before Linux 6.5. */
int kernel_cached(int fd, uint64_t *ret_bytes);

/* TIOCGWINSZ: the width in columns of the terminal FD; -1 if it isn't one. */
int kernel_terminal_width(int fd);

#endif

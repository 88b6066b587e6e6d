/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_FILESYSTEM_H
#define IMAGE_FILESYSTEM_H

/*
 * What file system something is on, and what is known of its kind.  FD is any open file or
 * directory on it.
 */

#include <stdbool.h>

enum filesystem {
	FILESYSTEM_OTHER,
	FILESYSTEM_BTRFS,
	FILESYSTEM_XFS,
	FILESYSTEM_ZFS,
	FILESYSTEM_OVERLAY,
	FILESYSTEM_PLAIN, /* no two files share data: ext4, tmpfs */
};

enum filesystem filesystem_of(int fd);

/* "btrfs"; of a kind that isn't known its magic number, "0x794c7630". */
enum { FILESYSTEM_NAME = 32 };
void filesystem_name(int fd, char ret_name[static FILESYSTEM_NAME]);

/* Does that kind of file system usually have reflinks?  (An XFS of old may not.) */
bool filesystem_reflinks(int fd);

/* Is it of a kind that has none, whatever one tries? */
bool filesystem_never_reflinks(int fd);

/* Is it another machine's (NFS, CIFS, 9p)?  A lock on a directory is then this machine's alone. */
bool filesystem_is_remote(int fd);

/* Does it tell where holes are, and tell the truth?  ZFS may report data that isn't on the disk yet
 * as a hole (OpenZFS 15526). */
bool filesystem_tells_holes(int fd);

/* Is it one that lacks nothing that images want (lacks.h), and whose directories say of their
 * files' inodes (d_ino) what stat(2) says, on their own device?  btrfs, XFS, ZFS, ext4, tmpfs.  On
 * an overlay it is another inode, or device. */
bool filesystem_is_familiar(int fd);

/* Are the links that stat(2) counts names of the file?  A name in the lower layer of an overlay
 * counts those that it had there, which are files of their own since one was written to. */
bool filesystem_counts_links(int fd);

/* Can nothing be created in the directory FD, since it is mounted read-only, or in a read-only
 * subvolume of btrfs? */
bool filesystem_is_read_only(int fd);

#endif

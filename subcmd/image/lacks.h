/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_LACKS_H
#define IMAGE_LACKS_H

/*
 * What a file system can't do that images want beside their bytes: nobody can tell but by trying.
 *
 * btrfs, XFS, ext4, tmpfs and ZFS lack nothing, and aren't tried.  Elsewhere a file is made, with a
 * name that goes again: a dry run doesn't ask.
 */

#include <stdbool.h>

#include "subcmd/base/dir.h"

enum lack {
	LACK_COLONS,  /* in names: vfat, exfat, NTFS with windows_names, some shares */
	LACK_PRIVACY, /* files have the mode of the mount: vfat, exfat, ntfs-3g */
	LACK_LINKS,
	LACK_MARKS,   /* mark.h */
	LACK_LEASES,  /* use.h */
	LACK_UNNAMED, /* files: replace.h */
	LACK_LOCKS,   /* that another machine would see */
	LACKS,
};

/* Which can't be had in DIR?  Where no file can be made at all, nothing is known to be lacking. */
enum status lacks_find(struct dir *dir, bool ret_lacks[static LACKS]);

/* Says, as errno has it, that NAME can't be created in DIR: REFUSED if that is because of its
 * colon, else FAILED or MISSING. */
enum status lacks_report(const struct dir *dir, const char *name);

/* "names with a colon", and what follows from that. */
extern const struct lack_text {
	const char *what, *then;
} lacks_text[LACKS];

#endif

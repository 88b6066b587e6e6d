/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/newer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "subcmd/base/clock.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/quote.h"
#include "subcmd/volume/entry.h"

void newer_warn(const struct dir *dir, const char *path, const char *hint)
{
	const char *const name = path_name(path);
	char dirty[PATH_MAX + NAME_MAX], image[NAME_MAX + 1], volume[NAME_MAX + 1];
	struct entry entry;
	struct stat st;

	if (!entry_parse(name, &entry) || entry.image != CLEAN || entry.is_temp)
		return;
	snprintf(volume, sizeof(volume), "%.*s", (int)entry.name_length, name);
	entry_image_name(volume, DIRTY, image);
	snprintf(dirty, sizeof(dirty), "%.*s%s", (int)(name - path), path, image);
	if (fstatat(dir->fd, dirty, &st, AT_SYMLINK_NOFOLLOW) == 0)
		msg_warn("%s is the state of the last stop: the volume is dirty, what was written"
			 " since is in %s%s",
			 quote(dir, path), quote(dir, dirty), hint);
}

void newer_warn_clean(const struct volume *volume, const struct stat *st)
{
	const struct stat *const clean = &volume->image[CLEAN].st;

	if (volume->image[CLEAN].exists && clock_is_before(&st->st_mtim, &clean->st_mtim))
		msg_warn("%s is older than the clean image, by their times, and the start goes on"
			 " with it (stop keeps both, discard goes back to the clean one)",
			 quote(&volume->dir, volume->image[DIRTY].name));
}

/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/newer.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

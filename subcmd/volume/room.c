/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/room.h"

#include <sys/statvfs.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/size.h"

void room_warn(const struct volume *volume, enum image image)
{
	const struct stat *const st = &volume->image[image].st;
	const int64_t rest = st->st_size - st->st_blocks * 512;
	char available[SIZE_HUMAN], more[SIZE_HUMAN];
	struct statvfs fs;
	int64_t bytes;

	if (fstatvfs(volume->dir.fd, &fs) < 0)
		return;
	bytes = (int64_t)(fs.f_bavail * fs.f_frsize);
	size_human(bytes, available);
	size_human(rest, more);
	if (bytes < rest)
		msg_warn("only %s (%lld bytes) available for %s, which may take %s (%lld bytes)"
			 " more ('reflinkctl help rescue' says how to get more)",
			 available, (long long)bytes,
			 quote(&volume->dir, volume->image[image].name), more, (long long)rest);
	else if (fs.f_bavail < fs.f_blocks / 20)
		msg_warn("only %s (%lld bytes) available for %s, less than 5%% of the file system"
			 " ('reflinkctl help rescue' says how to get more)",
			 available, (long long)bytes,
			 quote(&volume->dir, volume->image[image].name));
}

/* SPDX-License-Identifier: MIT */
#include "subcmd/base/trial.h"

#include <unistd.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/tempname.h"

bool trial_link(const struct dir *dir, const char *name)
{
	char temp[NAME_MAX + 1];

	tempname_make(name, temp);
	if (linkat(dir->fd, name, dir->fd, temp, 0) < 0)
		return false;
	durable_drop(dir, temp);
	return true;
}

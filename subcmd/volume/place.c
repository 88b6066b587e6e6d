/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/place.h"

#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"

static bool is_component(const char *slash, const char *name)
{
	const size_t length = strlen(name);

	return strncmp(slash + 1, name, length) == 0 &&
	       (slash[length + 1] == '/' || !slash[length + 1]);
}

bool place_is_template(const char *dir)
{
	for (const char *slash = strchr(dir, '/'); slash; slash = strchr(slash + 1, '/'))
		if (is_component(slash, "vm-templates"))
			return true;
	return false;
}

enum status place_open_pool(const char *dir, struct dir *ret_pool)
{
	_cleanup_free_ char *path = NULL;
	const char *end = NULL;

	*ret_pool = DIR_CLOSED;
	/* The last, but a VM may be called so, too. */
	for (const char *slash = strchr(dir, '/'); slash; slash = strchr(slash + 1, '/'))
		if ((is_component(slash, "appvms") || is_component(slash, "vm-templates")) &&
		    (!end || strchr(slash + 1, '/')))
			end = slash;
	if (!end)
		return MISSING;
	path = end == dir ? strdup("/") : strndup(dir, (size_t)(end - dir));
	if (!path)
		return msg_errno(FAILED, "cannot open the pool of %s", quote(NULL, dir));
	return dir_open(NULL, path, true, ret_pool);
}

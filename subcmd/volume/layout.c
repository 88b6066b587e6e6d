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

static bool is_top(const char *slash)
{
	return is_component(slash, "appvms") || is_component(slash, "vm-templates");
}

enum status place_open_pool(const struct dir *pool, const char *dir, struct dir *ret_pool)
{
	const size_t length = strcmp(pool->path, "/") == 0 ? 0 : strlen(pool->path);
	_cleanup_free_ char *path = NULL;
	const char *end = NULL;

	*ret_pool = DIR_CLOSED;
	if (strncmp(dir, pool->path, length) == 0 && dir[length] == '/' && is_top(dir + length))
		return dir_open(pool, ".", true, ret_pool);
	/* The last, but a VM may be called so, too. */
	for (const char *slash = strchr(dir, '/'); slash; slash = strchr(slash + 1, '/'))
		if (is_top(slash) && (!end || strchr(slash + 1, '/')))
			end = slash;
	if (!end)
		return MISSING;
	path = end == dir ? strdup("/") : strndup(dir, (size_t)(end - dir));
	if (!path)
		return msg_errno(FAILED, "cannot open the pool of %s", quote(NULL, dir));
	return dir_open(NULL, path, true, ret_pool);
}

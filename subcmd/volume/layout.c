/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/layout.h"

#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/quote.h"

const char *const layout_tops[LAYOUT_TOPS] = {
	[APPVMS] = "appvms",
	[VM_TEMPLATES] = "vm-templates",
};

/* Does PATH begin with the component NAME? */
static bool begins_with(const char *path, const char *name)
{
	const size_t length = strlen(name);

	return strncmp(path, name, length) == 0 && (path[length] == '/' || !path[length]);
}

static bool is_top(const char *path)
{
	return begins_with(path, layout_tops[APPVMS]) ||
	       begins_with(path, layout_tops[VM_TEMPLATES]);
}

bool layout_is_template(const char *dir)
{
	for (const char *slash = strchr(dir, '/'); slash; slash = strchr(slash + 1, '/'))
		if (begins_with(slash + 1, layout_tops[VM_TEMPLATES]))
			return true;
	return false;
}

size_t layout_pool_length(const char *dir)
{
	const char *end = NULL;

	/* The last one; but as the last component it is what a VM is called. */
	for (const char *slash = strchr(dir, '/'); slash; slash = strchr(slash + 1, '/'))
		if (is_top(slash + 1) && (!end || strchr(slash + 1, '/')))
			end = slash;
	return !end ? 0 : end == dir ? 1 : (size_t)(end - dir);
}

enum status layout_open_pool(const struct dir *pool, const char *dir, struct dir *ret_pool)
{
	const char *const beneath = path_beneath(pool->path, dir);
	const size_t length = layout_pool_length(dir);
	_cleanup_free_ char *path = NULL;

	*ret_pool = DIR_CLOSED;
	if (beneath && is_top(beneath))
		return dir_open(pool, ".", DIR_MAY_LACK, ret_pool);
	if (!length)
		return ABSENT;
	path = strndup(dir, length);
	if (!path)
		return msg_errno(FAILED, "cannot open the pool of %s", quote(NULL, dir));
	return dir_open(NULL, path, DIR_MAY_LACK, ret_pool);
}

enum status layout_report_no_pool(const struct dir *dir)
{
	return msg_error(MISSING,
			 "cannot find a pool in %s: neither %s/ nor %s/ is there"
			 " (setup makes one)",
			 quote_dir(dir), layout_tops[APPVMS], layout_tops[VM_TEMPLATES]);
}

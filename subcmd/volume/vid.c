/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/vid.h"

#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/quote.h"
#include "subcmd/volume/layout.h"

/* NAME and the longest addition to it, ".img.18446744073709551615@2018-01-02T03:04:05Z~XXXXXXXX",
 * make 255. */
enum { LONGEST_NAME = 200 };

static bool ends_with(const char *name, size_t length, const char *end)
{
	const size_t tail = strlen(end);

	return length >= tail && memcmp(name + length - tail, end, tail) == 0;
}

const char *vid_name_fault(const char *name, size_t length)
{
	if (length > LONGEST_NAME)
		return "its name is too long";
	if (ends_with(name, length, "-dirty"))
		return "names ending in '-dirty' are reserved";
	if (ends_with(name, length, "-import"))
		return "names ending in '-import' are reserved";
	if (ends_with(name, length, "-precache"))
		return "names ending in '-precache' are reserved";
	return NULL;
}

static const char *find_fault(const char *text)
{
	const char *in = *text == '/' ? text + 1 : text;

	if (strlen(text) >= PATH_MAX)
		return "it is too long";
	if (quote_has_control(text))
		return "it contains a control character";
	for (;; in++) {
		size_t length = strcspn(in, "/");

		if (length == 0)
			return "a component is empty";
		if (length == 1 && in[0] == '.')
			return "a component is '.'";
		if (length == 2 && in[0] == '.' && in[1] == '.')
			return "a component is '..'";
		if (!in[length])
			return vid_name_fault(in, length);
		in += length;
	}
}

enum status vid_parse(const char *text, struct vid *ret_vid)
{
	const char *fault = find_fault(text), *slash = strrchr(text, '/');
	size_t length;

	if (fault)
		return msg_error(USAGE, "invalid volume %s: %s", quote(NULL, text), fault);
	ret_vid->text = text;
	strcpy(ret_vid->name, slash ? slash + 1 : text);
	length = slash ? (size_t)(slash - text) : 0;
	if (slash == text) /* "/private" */
		length = 1;
	memcpy(ret_vid->dir, text, length);
	ret_vid->dir[length] = '\0';
	return DONE;
}

/* The pool of an absolute DIR that isn't in that of -C: by its path or, if that tells of none, what
 * lies above the last two directories.  RET_BENEATH is the rest. */
static enum status open_other_pool(const char *dir, enum dir_need need, struct dir *ret_pool,
				   const char **ret_beneath)
{
	const char *last = strrchr(dir, '/'), *slash = memrchr(dir, '/', (size_t)(last - dir));
	const size_t known = layout_pool_length(dir);
	_cleanup_free_ char *above = NULL;

	above = strndup(dir, known ? known : slash ? (size_t)(slash - dir) + 1 : 1);
	if (!above)
		return msg_errno(FAILED, "cannot open directory %s", quote(NULL, dir));
	*ret_beneath = dir + strlen(above) + strspn(dir + strlen(above), "/");
	return dir_open(NULL, above, need, ret_pool);
}

/* Open the directory of VID, or (if PARENT) the one that it is in. */
static enum status open_dir(const struct dir *pool, const struct vid *vid, bool parent,
			    enum dir_need need, struct dir *ret_dir)
{
	_cleanup_dir_ struct dir other = DIR_CLOSED;
	const char *dir = vid->dir, *beneath = dir;
	_cleanup_free_ char *above = NULL;
	enum status status;

	*ret_dir = DIR_CLOSED;
	/* The root directory is where a service happens to be, not a pool. */
	if (*dir == '/')
		beneath = strcmp(pool->path, "/") == 0 ? NULL : path_beneath(pool->path, dir);
	if (!beneath) {
		status = open_other_pool(dir, need, &other, &beneath);
		if (status != DONE)
			return status;
	}
	if (parent) {
		above = path_above(beneath);
		if (!above)
			return FAILED;
		beneath = above;
	}
	status = dir_open_beneath(other.path ? &other : pool, *beneath ? beneath : ".",
				  parent ? need : DIR_MAY_LACK, ret_dir);
	if (status == ABSENT && need == DIR_MUST_EXIST)
		return msg_error(MISSING, "cannot find %s: " VID_NO_SUCH, quote(pool, vid->text));
	return status;
}

enum status vid_open_dir(const struct dir *pool, const struct vid *vid, enum dir_need need,
			 struct dir *ret_dir)
{
	return open_dir(pool, vid, false, need, ret_dir);
}

enum status vid_open_parent(const struct dir *pool, const struct vid *vid, struct dir *ret_parent,
			    const char **ret_name)
{
	*ret_name = path_name(vid->dir);
	return open_dir(pool, vid, true, DIR_MUST_EXIST, ret_parent);
}

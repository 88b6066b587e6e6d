/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/vid.h"

#include <stdio.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"

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

/* What of an absolute DIR is beneath the pool PATH?  NULL: nothing.  The root directory is where a
 * service happens to be, not a pool. */
static const char *find_beneath(const char *path, const char *dir)
{
	size_t length = strlen(path);

	if (strncmp(dir, path, length) != 0 || (dir[length] && dir[length] != '/'))
		return NULL;
	return dir + length + strspn(dir + length, "/");
}

/* The pool of an absolute DIR that is in another one: what lies above the last two directories,
 * as above "appvms/mail".  RET_BENEATH is those two. */
static enum status open_other_pool(const char *dir, bool is_optional, struct dir *ret_pool,
				   const char **ret_beneath)
{
	const char *last = strrchr(dir, '/'), *slash = memrchr(dir, '/', (size_t)(last - dir));
	_cleanup_free_ char *above = strndup(dir, slash ? (size_t)(slash - dir) + 1 : 1);

	if (!above)
		return msg_errno(FAILED, "cannot open directory %s", quote(NULL, dir));
	*ret_beneath = dir + strlen(above);
	return dir_open(NULL, above, is_optional, ret_pool);
}

/* Open the directory DIR of a vid, or (if PARENT) the one that it is in. */
static enum status open_dir(const struct dir *pool, const char *dir, bool parent,
			    bool is_optional, struct dir *ret_dir)
{
	_cleanup_dir_ struct dir other = DIR_CLOSED;
	const char *beneath = *dir == '/' ? find_beneath(pool->path, dir) : dir, *slash;
	_cleanup_free_ char *path = NULL;
	enum status status = DONE;

	*ret_dir = DIR_CLOSED;
	if (!beneath)
		status = open_other_pool(dir, is_optional, &other, &beneath);
	if (status != DONE)
		return status;
	slash = strrchr(beneath, '/');
	path = strndup(beneath, !parent ? strlen(beneath) : slash ? (size_t)(slash - beneath) : 0);
	if (!path)
		return msg_errno(FAILED, "cannot open directory %s", quote(pool, dir));
	return dir_open_beneath(other.path ? &other : pool, *path ? path : ".", is_optional,
				ret_dir);
}

enum status vid_open_dir(const struct dir *pool, const struct vid *vid, bool is_optional,
			 struct dir *ret_dir)
{
	return open_dir(pool, vid->dir, false, is_optional, ret_dir);
}

enum status vid_open_parent(const struct dir *pool, const struct vid *vid, struct dir *ret_parent,
			    const char **ret_name)
{
	const char *slash = strrchr(vid->dir, '/');

	*ret_name = slash ? slash + 1 : vid->dir;
	return open_dir(pool, vid->dir, true, false, ret_parent);
}

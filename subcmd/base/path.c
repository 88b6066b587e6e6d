/* SPDX-License-Identifier: MIT */
#include "subcmd/base/path.h"

#include <stddef.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/base/scope.h"

/* TEXT, which is on the heap; or NULL and a message that PATH can't be named. */
static char *named(char *text, const char *path)
{
	if (!text)
		msg_errno(FAILED, "cannot name %s", quote(NULL, path));
	return text;
}

char *path_join(const char *dir, const char *name)
{
	const bool is_root = strcmp(dir, "/") == 0;
	char *path = malloc(strlen(dir) + strlen(name) + sizeof("/"));

	if (path)
		stpcpy(stpcpy(stpcpy(path, is_root ? "" : dir), *name ? "/" : ""), name);
	return named(path, name);
}

/* PATH seen from BASE, or from the current directory if that is NULL. */
static char *make_absolute(const char *base, const char *path)
{
	_cleanup_free_ char *here = NULL;

	if (*path == '/')
		return named(strdup(path), path);
	if (base)
		return path_join(base, path);
	here = getcwd(NULL, 0);
	if (here)
		return path_join(here, path);
	msg_errno(FAILED, "cannot tell the current directory");
	return NULL;
}

char *path_complete(const char *base, const char *path)
{
	char *const whole = make_absolute(base, path), *out = whole;

	if (!whole)
		return NULL;
	for (const char *in = whole; *in;) {
		const size_t length = strcspn(++in, "/");

		if (length && !(length == 1 && *in == '.')) {
			*out++ = '/';
			memmove(out, in, length);
			out += length;
		}
		in += length;
	}
	if (out == whole)
		*out++ = '/';
	*out = '\0';
	return whole;
}

char *path_above(const char *path)
{
	const char *const slash = strrchr(path, '/');

	if (!slash)
		return named(strdup("."), path);
	return named(strndup(path, slash == path ? 1 : (size_t)(slash - path)), path);
}

const char *path_name(const char *path)
{
	const char *const slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *path_beneath(const char *dir, const char *path)
{
	const size_t length = strcmp(dir, "/") == 0 ? 0 : strlen(dir);

	if (strncmp(dir, path, length) != 0 || (path[length] && path[length] != '/'))
		return NULL;
	return path + length + strspn(path + length, "/");
}

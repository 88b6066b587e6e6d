/* SPDX-License-Identifier: MIT */
/*
 * included-in: which of several pools holds a directory?  Only one of two pools of which one holds
 * the other may count into how full the disks are.
 *
 * A pool that is a directory holds what is beneath it, symbolic links resolved; of several, the
 * deepest.  If none does, it may be an LVM thin pool that the file system of DIR is on; of several
 * that are on each other, the uppermost.
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/quote.h"
#include "subcmd/pool/blockdev.h"
#include "subcmd/subcmd.h"

/* The path without symbolic links, also if its end doesn't exist (yet, or any more).  Of the root
 * directory it is "". */
static enum status resolve(const struct dir *dir, char ret_path[static PATH_MAX])
{
	_cleanup_free_ char *start = strdup(dir->path);
	const char *rest = "";

	if (!start)
		return msg_errno(FAILED, "cannot resolve %s", quote_dir(dir));
	while (!realpath(*start ? start : "/", ret_path)) {
		if (errno != ENOENT || !*start)
			return msg_errno(FAILED, "cannot resolve %s", quote_dir(dir));
		*strrchr(start, '/') = '\0';
		rest = dir->path + strlen(start);
	}
	if (strcmp(ret_path, "/") == 0)
		*ret_path = '\0';
	if (strlen(ret_path) + strlen(rest) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return msg_errno(FAILED, "cannot resolve %s", quote_dir(dir));
	}
	strcat(ret_path, rest);
	return DONE;
}

struct search {
	struct dir dir;
	char path[PATH_MAX]; /* of DIR */
	const char *best;    /* NAME=... of the pool found */
	int depth;	     /* of it: the greater the better for directories, else the less */
	bool is_directory;
};

static enum status try_directory(const struct request *request, struct search *search,
				 const char *pool, const char *where)
{
	_cleanup_dir_ struct dir dir = DIR_CLOSED;
	char path[PATH_MAX];
	enum status status = dir_open(&request->pool, where, DIR_MAY_LACK, &dir);

	if (status != DONE && status != ABSENT)
		return status;
	status = resolve(&dir, path);
	if (status != DONE || !path_beneath(path, search->path))
		return status;
	if (!search->is_directory || (int)strlen(path) > search->depth) {
		search->best = pool;
		search->depth = (int)strlen(path);
		search->is_directory = true;
	}
	return DONE;
}

static enum status try_thin_pool(struct search *search, const char *pool, const char *where)
{
	const char *slash = strchr(where, '/');
	_cleanup_free_ char *name = NULL;
	int depth;

	if (search->is_directory || search->dir.fd < 0)
		return DONE;
	name = blockdev_thin_pool(where, (size_t)(slash - where), slash + 1);
	if (!name)
		return FAILED;
	if (blockdev_is_on(&search->dir, name, &depth) == DONE &&
	    (!search->best || depth < search->depth)) {
		search->best = pool;
		search->depth = depth;
	}
	return DONE;
}

/* What stands behind NAME=; NULL and a message if that is neither /path nor VG/THINPOOL. */
static const char *parse(const char *pool)
{
	const char *equals = strchr(pool, '='), *where = equals ? equals + 1 : "";
	const char *slash = strchr(where, '/');

	if (equals > pool && slash && (slash == where || (slash[1] && !strchr(slash + 1, '/'))))
		return where;
	msg_error(USAGE, "invalid pool %s: write NAME=/path or NAME=VG/THINPOOL",
		  quote(NULL, pool));
	return NULL;
}

static enum status print(const struct search *search, bool json)
{
	_cleanup_free_ char *name = NULL;

	if (search->best) {
		name = strndup(search->best, strcspn(search->best, "="));
		if (!name)
			return msg_errno(FAILED, "cannot print %s", quote(NULL, search->best));
	}
	if (json) {
		json_object(NULL);
		json_string("pool", name);
		json_end();
	} else if (name) {
		puts(name);
	}
	return name ? DONE : NO;
}

static enum status run(const struct request *request)
{
	struct search search = {.dir = DIR_CLOSED};
	enum status status;

	for (int i = 1; i < request->n_operands; i++)
		if (!parse(request->operands[i]))
			return USAGE;
	status = dir_open(&request->pool, *request->operands, DIR_MAY_LACK, &search.dir);
	if (status == DONE || status == ABSENT)
		status = resolve(&search.dir, search.path);
	for (int pass = 0; pass < 2; pass++) /* directories come first */
		for (int i = 1; i < request->n_operands && status == DONE; i++) {
			const char *pool = request->operands[i], *where = parse(pool);

			if (!where || (*where == '/') != (pass == 0))
				continue;
			status = pass == 0 ? try_directory(request, &search, pool, where)
					   : try_thin_pool(&search, pool, where);
		}
	dir_close(&search.dir);
	return status == DONE ? print(&search, request->json) : status;
}

const struct subcmd cmd_included_in = {
	.name = "included-in",
	.operands = "DIR POOL...",
	.summary = "which POOL (NAME=/path or NAME=VG/THINPOOL) holds DIR?",
	.example = "included-in /var/lib/qubes root=/ lvm=qubes_dom0/vm-pool",
	.group = POOL,
	.least = 2,
	.most = -1,
	.run = run,
};

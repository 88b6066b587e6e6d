/* SPDX-License-Identifier: MIT */
/*
 * setup: make a pool.
 *
 * 	mkdir DIR		crash: an empty directory
 * 	can it reflink?		if not, the directory is removed again
 * 	mkdir of the two in it	crash: the same again helps
 * 	fsync of both directories
 */

#include <string.h>
#include <sys/stat.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/lacks.h"
#include "subcmd/image/reflink.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/layout.h"

static struct {
	const char *setup_check;
} given = {.setup_check = "yes"};

/* DIR as its parent and its name there, since it may not exist yet. */
static enum status open_parent(const struct request *request, struct dir *ret_parent,
			       const char **ret_name)
{
	char *const path = *request->operands;
	_cleanup_free_ char *above = NULL;
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
	*ret_name = length > 1 ? path_name(path) : path;
	above = path_above(path);
	return above ? dir_open(&request->pool, above, DIR_MUST_EXIST, ret_parent) : FAILED;
}

/* In a dry run, a new PARENT is but pretended, and nothing in it may be looked for. */
static enum status make(const struct dir *parent, bool is_in_new, const char *name,
			bool *ret_is_new)
{
	struct stat st;

	*ret_is_new = is_in_new || fstatat(parent->fd, name, &st, 0) < 0;
	if (*ret_is_new) {
		const enum status status = durable_mkdir(parent, name);

		return status != NO ? status
				    : msg_errno(FAILED, "cannot create directory %s",
						quote(parent, name));
	}
	if (!S_ISDIR(st.st_mode))
		return msg_error(REFUSED, "cannot set up %s: not a directory", quote(parent, name));
	return DONE;
}

static enum status open_made(const struct dir *parent, const char *name, bool is_new,
			     struct dir *ret_dir)
{
	if (is_new && msg_is_dry_run())
		return dir_pretend(parent, name, ret_dir);
	return dir_open(parent, name, DIR_MUST_EXIST, ret_dir);
}

static enum status check(struct dir *dir)
{
	struct reflink_verdict verdict;
	enum status status = reflink_check(dir, dir, &verdict);

	if (status == DONE && !verdict.works && !verdict.is_unknown)
		status = msg_error(REFUSED,
				   "cannot set up %s: no reflinks on %s: %s (--setup-check=no"
				   " makes a pool of full copies)",
				   quote_dir(dir), verdict.filesystem, verdict.reason);
	return status;
}

static enum status warn_of_lacks(struct dir *dir)
{
	bool lacks[LACKS];
	const enum status status = lacks_find(dir, lacks);

	for (int i = 0; i < LACKS && status == DONE; i++)
		if (lacks[i])
			msg_warn("%s has no %s: %s", quote_dir(dir), lacks_text[i].what,
				 lacks_text[i].then);
	return status;
}

static enum status fill(struct dir *dir, bool is_new, bool is_checked)
{
	enum status status = warn_of_lacks(dir);
	bool ignored;

	if (status == DONE && is_checked)
		status = check(dir);
	if (status == DONE)
		status = make(dir, is_new, layout_tops[APPVMS], &ignored);
	if (status == DONE)
		status = make(dir, is_new, layout_tops[VM_TEMPLATES], &ignored);
	return status == DONE ? durable_sync(dir) : status;
}

static enum status run(const struct request *request)
{
	_cleanup_dir_ struct dir parent = DIR_CLOSED, dir = DIR_CLOSED;
	const char *answer = given.setup_check;
	bool is_new;
	const char *name;
	enum status status;

	if (strcmp(answer, "yes") != 0 && strcmp(answer, "no") != 0)
		return msg_error(USAGE, "invalid --setup-check=%s: write yes or no",
				 quote(NULL, answer));
	status = open_parent(request, &parent, &name);
	if (status == DONE)
		status = make(&parent, false, name, &is_new);
	if (status != DONE)
		return status;
	status = open_made(&parent, name, is_new, &dir);
	if (status == DONE)
		status = fill(&dir, is_new, strcmp(answer, "yes") == 0);
	if (status != DONE && is_new)
		(void)durable_rmdir(&parent, name);
	return status == DONE ? durable_sync(&parent) : status;
}

static const struct option_row options[] = {
	OPTION("setup-check", "yes|no", "no: accept a file system without reflinks", option_string,
	       given.setup_check),
	OPTIONS_END,
};

const struct subcmd cmd_setup = {
	.name = "setup",
	.operands = "DIR",
	.summary = "make DIR a pool",
	.example = "setup /var/lib/qubes",
	.group = POOL,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};

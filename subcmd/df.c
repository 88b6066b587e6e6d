/* SPDX-License-Identifier: MIT */
/*
 * df: size and usage of the file system that the pool is on, and what is available there.  That
 * isn't the difference: a btrfs is full when no chunk is left to allocate, ext4 keeps blocks for
 * root.
 *
 * A pool that isn't there, because its disk isn't attached say, is nothing unusual: all is unknown
 * then.
 */

#include <sys/statvfs.h>

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/base/table.h"
#include "subcmd/subcmd.h"

/* FS is NULL if it isn't known. */
static enum status print(const char *path, const struct statvfs *fs, bool json)
{
	static const struct column columns[] = {
		{"PATH", false}, {"SIZE", true}, {"USAGE", true}, {"AVAILABLE", true}};
	struct table table = {.columns = columns, .n_columns = 4};
	const int64_t block = fs ? (int64_t)fs->f_frsize : 0;
	const int64_t size = fs ? (int64_t)fs->f_blocks * block : -1;
	const int64_t usage = fs ? (int64_t)(fs->f_blocks - fs->f_bfree) * block : -1;
	const int64_t available = fs ? (int64_t)fs->f_bavail * block : -1;

	if (json) {
		json_object(NULL);
		json_string("path", path);
		json_size("size", size);
		json_size("usage", usage);
		json_size("available", available);
		json_end();
		return DONE;
	}
	table_text(&table, quote_word(path));
	table_size(&table, size);
	table_size(&table, usage);
	table_size(&table, available);
	return table_print(&table);
}

static enum status run(const struct request *request)
{
	_cleanup_dir_ struct dir dir = DIR_CLOSED;
	struct statvfs fs;
	const char *name = request->n_operands ? *request->operands : ".";
	enum status status;

	if (request->pool.fd < 0 && *name != '/')
		return print(request->pool.path, NULL, request->json);
	status = dir_open(&request->pool, name, DIR_MAY_LACK, &dir);
	if (status == ABSENT)
		return print(dir.path, NULL, request->json);
	if (status != DONE)
		return status;
	if (fstatvfs(dir.fd, &fs) < 0)
		return msg_errno(FAILED, "cannot examine the file system of %s", quote_dir(&dir));
	return print(dir.path, &fs, request->json);
}

const struct subcmd cmd_df = {
	.name = "df",
	.operands = "[DIR]",
	.summary = "size, usage and free space of the pool's file system",
	.example = "df /var/lib/qubes",
	.group = POOL,
	.least = 0,
	.most = 1,
	.may_lack_pool = true,
	.run = run,
};

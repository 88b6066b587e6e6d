/* SPDX-License-Identifier: MIT */
/*
 * df: size and usage of the file system that the pool is on.  A pool that isn't there, because
 * its disk isn't attached say, is nothing unusual: both are unknown then.
 */

#include <sys/statvfs.h>

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/base/table.h"
#include "subcmd/subcmd.h"

static enum status print(const char *path, int64_t size, int64_t usage, bool json)
{
	static const struct column columns[] = {{"PATH", false}, {"SIZE", true}, {"USAGE", true}};
	struct table table = {.columns = columns, .n_columns = 3};

	if (json) {
		json_object(NULL);
		json_string("path", path);
		json_size("size", size);
		json_size("usage", usage);
		json_end();
		return DONE;
	}
	table_text(&table, quote_word(path));
	table_size(&table, size);
	table_size(&table, usage);
	return table_print(&table);
}

static enum status run(const struct request *request)
{
	_cleanup_dir_ struct dir dir = DIR_CLOSED;
	struct statvfs fs;
	const char *name = request->n_operands ? *request->operands : ".";
	enum status status;

	if (request->pool.fd < 0 && *name != '/')
		return print(request->pool.path, -1, -1, request->json);
	status = dir_open(&request->pool, name, DIR_MAY_LACK, &dir);
	if (status == ABSENT)
		return print(dir.path, -1, -1, request->json);
	if (status != DONE)
		return status;
	if (fstatvfs(dir.fd, &fs) < 0)
		return msg_errno(FAILED, "cannot examine the file system of %s", quote_dir(&dir));
	return print(dir.path, (int64_t)(fs.f_blocks * fs.f_frsize),
		     (int64_t)((fs.f_blocks - fs.f_bfree) * fs.f_frsize), request->json);
}

const struct subcmd cmd_df = {
	.name = "df",
	.operands = "[DIR]",
	.summary = "size and usage of the pool's file system",
	.example = "df /var/lib/qubes",
	.group = POOL,
	.least = 0,
	.most = 1,
	.may_lack_pool = true,
	.run = run,
};

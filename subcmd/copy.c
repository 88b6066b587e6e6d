/* SPDX-License-Identifier: MIT */
/*
 * copy: any file to any other place, by reflink if possible: whole and durable, or not at all.
 *
 * 	clone SRC -> DST	crash: the old DST, or the new one
 * 	fsync of the directory
 */

#include "subcmd/image/file.h"
#include "subcmd/image/output.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/newer.h"

static enum status run(const struct request *request)
{
	_cleanup_file_ struct file source = FILE_CLOSED;
	enum status status = file_open_source(&request->pool, request->operands[0], false, &source);

	if (status != DONE)
		return status;
	newer_warn(&request->pool, request->operands[0], "");
	return output_file(&request->pool, request->operands[1], request->wait, &source);
}

const struct subcmd cmd_copy = {
	.name = "copy",
	.operands = "SRC DST",
	.summary = "copy any file, by reflink if possible",
	.drops = "Drops what DST held before.  Keeps SRC.",
	.example = "copy appvms/mail/private.img /mnt/backup/private.img",
	.group = TOOLS,
	.least = 2,
	.most = 2,
	.run = run,
};

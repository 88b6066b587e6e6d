/* SPDX-License-Identifier: MIT */
/*
 * loop-resize: tell every loop device on a file that the file's size has changed.
 */

#include <fcntl.h>

#include "subcmd/image/file.h"
#include "subcmd/image/loop.h"
#include "subcmd/subcmd.h"

static enum status run(const struct request *request)
{
	_cleanup_file_ struct file image = FILE_CLOSED;
	enum status status = file_open(&request->pool, *request->operands, O_RDONLY, &image);

	return status == DONE ? loop_resize(&image, image.st.st_size) : status;
}

const struct subcmd cmd_loop_resize = {
	.name = "loop-resize",
	.operands = "IMAGE",
	.summary = "tell the loop devices on the file IMAGE its new size",
	.example = "loop-resize appvms/mail/private-dirty.img",
	.group = TOOLS,
	.least = 1,
	.most = 1,
	.run = run,
};

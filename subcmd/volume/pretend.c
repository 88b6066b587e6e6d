/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/pretend.h"

#include <fcntl.h>
#include <time.h>

#include "subcmd/base/msg.h"
#include "subcmd/image/replace.h"

/* FD becomes the image's stand-in; what a later fstat(2) of the image would say is ST. */
static enum status stand_in(struct volume *volume, enum image image, int fd, const struct stat *st)
{
	if (fd < 0)
		return msg_errno(FAILED, "cannot pretend to have %s",
				 quote(&volume->dir, volume->image[image].name));
	if (volume->image[image].stand_in)
		(void)close(volume->image[image].stand_in);
	volume->image[image].stand_in = fd;
	volume->image[image].exists = true;
	volume->image[image].st = *st;
	return DONE;
}

/* An inode that no file has: not seen elsewhere, counted from the top. */
static struct stat new_inode(struct stat st)
{
	static ino_t last;

	st.st_ino = --last;
	st.st_nlink = 1;
	st.st_mode = S_IFREG | 0600;
	return st;
}

enum status pretend_same(struct volume *volume, enum image image, const struct file *source)
{
	if (!msg_is_dry_run())
		return DONE;
	volume->image[image].born = source->born;
	return stand_in(volume, image, fcntl(source->fd, F_DUPFD_CLOEXEC, 0), &source->st);
}

enum status pretend_clone(struct volume *volume, enum image image, const struct file *source,
			  bool keeps_mtime)
{
	struct stat st = new_inode(source->st), dir;

	if (!msg_is_dry_run())
		return DONE;
	if (fstat(volume->dir.fd, &dir) < 0)
		return msg_errno(FAILED, "cannot examine %s", quote_dir(&volume->dir));
	st.st_dev = dir.st_dev;
	st.st_size = file_size(source);
	if (!keeps_mtime)
		clock_gettime(CLOCK_REALTIME, &st.st_mtim);
	return stand_in(volume, image, fcntl(source->fd, F_DUPFD_CLOEXEC, 0), &st);
}

enum status pretend_hole(struct volume *volume, enum image image, int64_t size)
{
	_cleanup_replacement_ struct replacement hole = {.file = FILE_CLOSED};
	enum status status;
	struct stat st;

	if (!msg_is_dry_run())
		return DONE;
	status = replace_begin(&volume->dir, volume->image[image].name, &hole);
	if (status != DONE)
		return status;
	st = new_inode(hole.file.st);
	st.st_size = size;
	status = file_set_size(&hole.file, size);
	if (status != DONE)
		return status;
	return stand_in(volume, image, fcntl(hole.file.fd, F_DUPFD_CLOEXEC, 0), &st);
}

enum status pretend_open(const struct volume *volume, enum image image, struct file *ret_file)
{
	if (!volume->image[image].stand_in)
		return NO;
	*ret_file = (struct file){
		.fd = fcntl(volume->image[image].stand_in, F_DUPFD_CLOEXEC, 0),
		.dir = &volume->dir,
		.name = volume->image[image].name,
		.st = volume->image[image].st,
		.born = volume->image[image].born,
	};
	if (ret_file->fd < 0)
		return msg_errno(FAILED, "cannot open %s", file_quote(ret_file));
	return DONE;
}

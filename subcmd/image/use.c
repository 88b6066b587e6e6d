/* SPDX-License-Identifier: MIT */
#include "subcmd/image/use.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "subcmd/base/msg.h"
#include "subcmd/image/loop.h"
#include "subcmd/image/mark.h"

/* A lease was refused with errno. */
static enum use ask_otherwise(const struct file *file)
{
	int number;

	if (errno == EAGAIN)
		return USE_YES;
	switch (loop_find(&file->st, &number)) {
	case DONE:
		return USE_YES;
	case NO:
		return USE_NO;
	default:
		return USE_PERHAPS;
	}
}

enum use use_of(const struct file *file)
{
	if (fcntl(file->fd, F_SETLEASE, F_RDLCK) < 0)
		return ask_otherwise(file);
	(void)fcntl(file->fd, F_SETLEASE, F_UNLCK);
	return USE_NO;
}

/* FILE can't be opened, as errno says; but the loop devices can be looked at. */
static enum status ask_from_outside(struct file *file, enum use *ret_use)
{
	if (errno == ENOENT || errno == ELOOP || errno == ENXIO)
		return DONE;
	if (errno != EACCES ||
	    fstatat(file->dir->fd, file->name, &file->st, AT_SYMLINK_NOFOLLOW) < 0)
		return FAILED;
	*ret_use = ask_otherwise(file);
	return DONE;
}

/* FAILED, with errno and without a message, if it can't be opened. */
static enum status ask(const struct dir *dir, const char *name, enum use *ret_use,
		       bool *ret_is_lost)
{
	enum { FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };
	_cleanup_file_ struct file file = {.dir = dir, .name = name};

	*ret_use = USE_NO;
	file.fd = openat(dir->fd, name, FLAGS);
	if (file.fd < 0)
		return ask_from_outside(&file, ret_use);
	if (ret_is_lost)
		*ret_is_lost = mark_is_lost(file.fd);
	if (fcntl(file.fd, F_SETLEASE, F_RDLCK) == 0) /* it ends with the descriptor */
		return DONE;
	if (errno == EAGAIN) {
		*ret_use = USE_YES;
		return DONE;
	}
	if (fstat(file.fd, &file.st) < 0)
		return FAILED;
	if (S_ISREG(file.st.st_mode))
		*ret_use = ask_otherwise(&file);
	return DONE;
}

enum use use_of_name(const struct dir *dir, const char *name)
{
	enum use use;

	return ask(dir, name, &use, NULL) == DONE ? use : USE_PERHAPS;
}

enum status use_find(const struct dir *dir, const char *name, enum use *ret_use, bool *ret_is_lost)
{
	if (ret_is_lost)
		*ret_is_lost = false;
	if (ask(dir, name, ret_use, ret_is_lost) != DONE)
		return msg_errno(FAILED, "cannot open %s", quote(dir, name));
	return DONE;
}

const char *use_describe(const struct dir *dir, const char *name, enum use use)
{
	static char text[64];
	struct stat st;
	int number;

	if (use == USE_PERHAPS)
		return "perhaps somebody writes to it";
	if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || loop_find(&st, &number) != DONE)
		return "a process has it open for writing";
	snprintf(text, sizeof(text), "'/dev/loop%d' uses it", number);
	return text;
}

bool use_warn(const struct dir *dir, const char *name, enum use use)
{
	if (use == USE_YES)
		msg_warn("%s is still being written to: %s", quote(dir, name),
			 use_describe(dir, name, use));
	return use != USE_NO;
}

enum status use_require_none(const struct dir *dir, const char *name, const char *deed,
			     const char *hint)
{
	enum use use;
	const enum status status = use_find(dir, name, &use, NULL);

	if (status != DONE || use == USE_NO)
		return status;
	return msg_error(REFUSED, "cannot %s %s: %s (%s)", deed, quote(dir, name),
			 use_describe(dir, name, use), hint);
}

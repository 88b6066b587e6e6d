/* SPDX-License-Identifier: MIT */
#include "subcmd/base/entries.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "subcmd/base/kernel.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"

static bool is_to_be_seen(const char *name, bool sees_itself)
{
	return strcmp(name, ".") == 0 ? sees_itself : strcmp(name, "..") != 0;
}

static enum status cannot_list(const struct dir *dir)
{
	return msg_errno(FAILED, "cannot list directory %s", quote_dir(dir));
}

static enum status read_all(int fd, const struct dir *dir, bool sees_itself, entries_fn *see,
			    void *data)
{
	_Alignas(struct dirent) char entries[16384];
	enum status status = DONE;
	ssize_t n = 1;

	while (status == DONE && n > 0) {
		n = kernel_read_directory(fd, entries, sizeof(entries));
		for (const char *at = entries; at < entries + n && status == DONE;) {
			const struct dirent *entry = (const struct dirent *)at;

			if (is_to_be_seen(entry->d_name, sees_itself))
				status = see(entry, data);
			at += entry->d_reclen;
		}
	}
	return n < 0 ? cannot_list(dir) : status;
}

enum status entries_read_with_itself(const struct dir *dir, entries_fn *see, void *data)
{
	return read_all(dir->fd, dir, true, see, data);
}

enum status entries_read_anew(const struct dir *dir, entries_fn *see, void *data)
{
	_cleanup_close_ int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? cannot_list(dir) : read_all(fd, dir, false, see, data);
}

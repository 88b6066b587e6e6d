/* SPDX-License-Identifier: MIT */
#include "subcmd/image/lacks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/pending.h"
#include "subcmd/base/quote.h"
#include "subcmd/base/tempname.h"
#include "subcmd/base/trial.h"
#include "subcmd/image/file.h"
#include "subcmd/image/filesystem.h"
#include "subcmd/image/mark.h"
#include "subcmd/image/replace.h"

const struct lack_text lacks_text[LACKS] = {
	[LACK_COLONS] = {"names with a colon",
			 "no revisions or pins (only --revisions-to-keep=0 and -1 will do)"},
	[LACK_PRIVACY] = {"files for their owner alone",
			  "others can read images: mount it with another umask"},
	[LACK_LINKS] = {"hard links", "each revision and pin is a copy"},
	[LACK_MARKS] = {"extended attributes or birth times", "no precaches"},
	[LACK_LEASES] = {"leases", "who writes to an image is only told of loop devices"},
	[LACK_UNNAMED] = {"unnamed files", "a kill leaves a tempfile, which start removes"},
	[LACK_LOCKS] = {"locks between machines", "let but one machine use a pool there"},
};

/* A file with a colon in its name, if that can be; NO, without a message, where there can be none.
 */
static enum status make(const struct dir *dir, char temp[static NAME_MAX + 1],
			bool *ret_lacks_colons)
{
	static const char *const names[] = {".reflinkctl@00:00:00Z", ".reflinkctl"};

	for (int i = 0; i < 2; i++) {
		int fd;

		tempname_make(names[i], temp);
		fd = pending_create(dir, temp, 0600);
		*ret_lacks_colons = i > 0;
		if (fd >= 0)
			return close(fd) == 0 ? DONE : NO;
	}
	*ret_lacks_colons = false;
	return NO;
}

static enum status look_at(const struct dir *dir, const char *name, bool *lacks)
{
	_cleanup_file_ struct file file = FILE_CLOSED;
	struct mark mark;
	enum status status = file_open(dir, name, O_RDONLY, &file);

	if (status != DONE)
		return status;
	lacks[LACK_PRIVACY] = file.st.st_mode & 0077;
	lacks[LACK_LINKS] = !trial_link(dir, name);
	lacks[LACK_LEASES] = fcntl(file.fd, F_SETLEASE, F_RDLCK) < 0 && errno == EINVAL;
	mark = mark_of(MARK_PRECACHE, &file);
	status = mark_put(&file, &mark);
	lacks[LACK_MARKS] = status == NO;
	return status == NO ? DONE : status;
}

static enum status try_named(const struct dir *dir, bool *lacks)
{
	char temp[NAME_MAX + 1];
	enum status status = make(dir, temp, &lacks[LACK_COLONS]);

	if (status != DONE)
		return DONE;
	status = look_at(dir, temp, lacks);
	durable_drop(dir, temp);
	pending_forget(dir, temp);
	return status;
}

static enum status try_unnamed(struct dir *dir, bool *lacks)
{
	_cleanup_replacement_ struct replacement new = {.file = FILE_CLOSED};
	const enum status status = replace_begin(dir, ".reflinkctl", &new);

	lacks[LACK_UNNAMED] = status == DONE && *new.temp;
	return status;
}

enum status lacks_find(struct dir *dir, bool ret_lacks[static LACKS])
{
	enum status status;

	memset(ret_lacks, 0, LACKS * sizeof(*ret_lacks));
	if (filesystem_is_familiar(dir->fd) || filesystem_is_read_only(dir->fd) ||
	    msg_is_dry_run())
		return DONE;
	ret_lacks[LACK_LOCKS] = filesystem_is_remote(dir->fd);
	status = try_named(dir, ret_lacks);
	return status == DONE ? try_unnamed(dir, ret_lacks) : status;
}

/* ENOENT or EINVAL is what vfat, exfat and NTFS say of a colon in a name. */
enum status lacks_report(const struct dir *dir, const char *name)
{
	if (strchr(name, ':') && (errno == EINVAL || errno == ENOENT) &&
	    faccessat(dir->fd, ".", F_OK, 0) == 0)
		return msg_error(REFUSED, "cannot create %s: no names with a colon can be here",
				 quote(dir, name));
	return msg_errno(FAILED, "cannot create %s", quote(dir, name));
}

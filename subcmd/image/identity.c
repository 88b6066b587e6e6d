/* SPDX-License-Identifier: MIT */
#include "subcmd/image/identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/xattr.h>
#include <time.h>

#include "subcmd/base/msg.h"
#include "subcmd/image/mark.h"

static const char STATE[] = "user.reflinkctl.state";

enum { ID = IDENTITY_ID - 1 };

struct value {
	char text[IDENTITY_TEXT];
};

static struct value value_of(const struct stat *st, const char *id)
{
	struct value value;

	snprintf(value.text, sizeof(value.text), "%s %lld.%09ld %lld", id,
		 (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec, (long long)st->st_size);
	return value;
}

bool identity_is_id(const char *text)
{
	return strspn(text, "0123456789abcdef") == ID && !text[ID];
}

/* errno of fgetxattr(2): there is none, or can be none here, or it is of somebody else. */
static bool means_none(int error)
{
	return error == ENODATA || error == ERANGE || error == EOPNOTSUPP || error == ENOSYS;
}

/* Nobody parses the rest: it is made anew of the file at hand, and compared. */
enum status identity_find(const struct file *file, char ret_id[static IDENTITY_ID])
{
	struct value found, wanted;
	const ssize_t length = fgetxattr(file->fd, STATE, found.text, sizeof(found.text) - 1);

	if (length < 0 && !means_none(errno))
		return msg_errno(FAILED, "cannot read the id of %s", file_quote(file));
	if (length < ID)
		return NO;
	found.text[length] = '\0';
	memcpy(ret_id, found.text, ID);
	ret_id[ID] = '\0';
	if (!identity_is_id(ret_id))
		return NO;
	wanted = value_of(&file->st, ret_id);
	return strcmp(found.text, wanted.text) == 0 ? DONE : NO;
}

/* errno of fsetxattr(2): not here, not for us, or no room left for it. */
static bool means_not_here(int error)
{
	return error == EOPNOTSUPP || error == ENOSYS || error == EPERM || error == EACCES ||
	       error == EROFS || error == ENOSPC || error == EDQUOT || error == E2BIG ||
	       error == ERANGE;
}

enum status identity_put(const struct file *file, const char *id)
{
	const struct value value = value_of(&file->st, id);

	if (msg_is_dry_run() || fsetxattr(file->fd, STATE, value.text, strlen(value.text), 0) == 0)
		return DONE;
	if (!means_not_here(errno))
		return msg_errno(FAILED, "cannot write an id on %s", file_quote(file));
	msg_warn("cannot write an id on %s: %s (no stream can be based on it here)",
		 file_quote(file), strerror(errno));
	return NO;
}

static enum status invent(const struct file *file, char ret_id[static IDENTITY_ID])
{
	unsigned char random[ID / 2];

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return msg_errno(FAILED, "cannot invent an id of %s", file_quote(file));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(ret_id + 2 * i, 3, "%02x", random[i]);
	return DONE;
}

enum status identity_make(const struct file *file, char ret_id[static IDENTITY_ID])
{
	enum status status = identity_find(file, ret_id);

	if (status == NO) {
		status = invent(file, ret_id);
		if (status == DONE)
			status = identity_put(file, ret_id);
	}
	if (status != DONE || msg_is_dry_run())
		return status;
	return mark_sync(file);
}

enum status identity_drop(const struct file *file)
{
	/* Removing none takes room on XFS: ENOSPC on a full disk. */
	if (msg_is_dry_run() || (fgetxattr(file->fd, STATE, NULL, 0) < 0 && means_none(errno)))
		return DONE;
	if (fremovexattr(file->fd, STATE) == 0)
		return mark_sync(file);
	return means_none(errno)
		       ? DONE
		       : msg_errno(FAILED, "cannot remove the id of %s", file_quote(file));
}

/* A year of four digits, which all file systems but btrfs end long before. */
static struct timespec in_range(struct timespec time)
{
	const time_t least = -30610224000, most = 253402300799; /* years 1000 and 9999 */

	if (time.tv_sec < least || time.tv_sec > most)
		time = (struct timespec){time.tv_sec < least ? least : most, 0};
	return time;
}

static void write_name(const char *word, size_t length, const struct timespec *mtime,
		       const char *id, char ret_text[static IDENTITY_TEXT])
{
	struct tm tm = {0};
	char date[40] = "";

	(void)gmtime_r(&mtime->tv_sec, &tm);
	(void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(ret_text, IDENTITY_TEXT, "%.*s@%s.%09ldZ %s", (int)length, word, date,
		 mtime->tv_nsec, id);
}

void identity_name(const struct file *file, const char *word, const char *id,
		   char ret_text[static IDENTITY_TEXT])
{
	const struct timespec mtime = in_range(file->st.st_mtim);

	write_name(word, strlen(word), &mtime, id, ret_text);
}

/* Of a second: a point and one to nine digits, or nothing, from *AT on, which moves behind it. */
static bool parse_fraction(const char **at, long *ret_nanoseconds)
{
	const size_t digits = **at == '.' ? strspn(*at + 1, "0123456789") : 0;
	long unit = 1000000000;

	*ret_nanoseconds = 0;
	if (digits > 9 || (**at == '.' && !digits))
		return false;
	for (size_t i = 1; i <= digits; i++)
		*ret_nanoseconds += ((*at)[i] - '0') * (unit /= 10);
	*at += digits ? 1 + digits : 0;
	return true;
}

bool identity_parse(const char *text, struct identity *ret_identity)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_-";
	const size_t length = strspn(text, letters);
	const size_t seconds = length + sizeof("@YYYY-MM-DDTHH:MM:SS") - 1;
	struct tm tm = {0};
	char again[IDENTITY_TEXT];
	struct timespec mtime;
	const char *end;

	if (!length || length > IDENTITY_WORD || text[length] != '@')
		return false;
	end = strptime(text + length + 1, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!end || !parse_fraction(&end, &ret_identity->mtime.tv_nsec) ||
	    strncmp(end, "Z ", 2) != 0 || !identity_is_id(end + 2))
		return false;
	ret_identity->mtime.tv_sec = timegm(&tm);
	snprintf(ret_identity->id, sizeof(ret_identity->id), "%s", end + 2);
	mtime = in_range(ret_identity->mtime);
	write_name(text, length, &mtime, ret_identity->id, again);
	return strncmp(text, again, seconds) == 0;
}

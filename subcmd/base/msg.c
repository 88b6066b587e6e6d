/* SPDX-License-Identifier: MIT */
#include "subcmd/base/msg.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "subcmd/base/memory.h"

enum { LEVEL_ERROR = 3, LEVEL_WARNING = 4, LEVEL_INFO = 6 };

static bool is_quiet, is_dry_run, has_bar;
static int lenience; /* errors are warnings, unless it is 0 */

static const char ERASE_LINE[] = "\r\033[K";

BIG char msg_line[65536];

void msg_setup(bool quiet, bool dry_run)
{
	is_quiet = quiet;
	is_dry_run = dry_run;
}

bool msg_is_dry_run(void)
{
	return is_dry_run;
}

bool msg_is_quiet(void)
{
	return is_quiet;
}

void msg_errors_are_warnings(bool on)
{
	lenience += on ? 1 : -1;
}

bool msg_is_journal(void)
{
	static int answer = -1;
	const char *stream = getenv("JOURNAL_STREAM");
	char expected[48];
	struct stat st;

	if (answer < 0 && stream && fstat(STDERR_FILENO, &st) == 0) {
		sprintf(expected, "%llu:%llu", (unsigned long long)st.st_dev,
			(unsigned long long)st.st_ino);
		answer = strcmp(stream, expected) == 0;
	}
	return answer > 0;
}

/* Write one line.  Where stderr can't take it there is nobody left to tell. */
__attribute__((format(printf, 4, 0))) static void
say(int level, const char *before, const char *reason, const char *format, va_list args)
{
	char *const line = msg_line;
	const size_t room = sizeof(msg_line) - 1; /* for the newline */
	size_t length = 0;
	int n;

	if (has_bar)
		length += (size_t)sprintf(line, "%s", ERASE_LINE);
	has_bar = false;
	if (msg_is_journal())
		length += (size_t)sprintf(line + length, "<%d>", level);
	length += (size_t)sprintf(line + length, "reflinkctl: %s", before);
	n = vsnprintf(line + length, room - length, format, args);
	length += n < 0 ? 0 : (size_t)n;
	if (reason && length < room) {
		n = snprintf(line + length, room - length, ": %s", reason);
		length += n < 0 ? 0 : (size_t)n;
	}
	if (length >= room)
		length = room - 1;
	line[length++] = '\n';
	while (write(STDERR_FILENO, line, length) < 0 && errno == EINTR)
		;
}

__attribute__((format(printf, 2, 0))) static void say_failed(const char *reason, const char *format,
							     va_list args)
{
	if (lenience)
		say(LEVEL_WARNING, "warning: ", reason, format, args);
	else
		say(LEVEL_ERROR, "", reason, format, args);
}

void msg_bar(const char *text)
{
	char line[512];
	int length = snprintf(line, sizeof(line), "%s%s", ERASE_LINE, text);

	/* In one piece, so that it doesn't flicker. */
	if (has_bar || *text)
		(void)!write(STDERR_FILENO, line, (size_t)length);
	has_bar = *text;
}

/* "would link ": what a dry run says instead of the first word of FORMAT, which is told in the
 * past. RET_REST is what follows that word. */
static const char *in_future(const char *format, const char **ret_rest)
{
	static const struct {
		const char *done, *would;
	} deeds[] = {
		{"reflinked ", "would reflink "}, {"copied ", "would copy "},
		{"linked ", "would link "},	  {"renamed ", "would rename "},
		{"removed ", "would remove "},	  {"created ", "would create "},
		{"resized ", "would resize "},	  {"", "would tell "},
	};

	for (size_t i = 0;; i++) {
		const size_t length = strlen(deeds[i].done);

		*ret_rest = format + length;
		if (strncmp(format, deeds[i].done, length) == 0)
			return deeds[i].would;
	}
}

void msg_done(const char *format, ...)
{
	const char *before = is_dry_run ? in_future(format, &format) : "";
	int saved = errno;
	va_list args;

	va_start(args, format);
	if (!is_quiet)
		say(LEVEL_INFO, before, NULL, format, args);
	va_end(args);
	errno = saved;
}

void msg_note(const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	if (!is_quiet)
		say(LEVEL_INFO, "", NULL, format, args);
	va_end(args);
	errno = saved;
}

void msg_warn(const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	say(LEVEL_WARNING, "warning: ", NULL, format, args);
	va_end(args);
	errno = saved;
}

enum status msg_error(enum status status, const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	say_failed(NULL, format, args);
	va_end(args);
	errno = saved;
	return status;
}

enum status msg_errno(enum status status, const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	say_failed(strerror(saved), format, args);
	va_end(args);
	errno = saved;
	if (status == FAILED && (saved == ENOENT || saved == ENOTDIR))
		return MISSING;
	return status == FAILED && saved == EROFS ? REFUSED : status;
}

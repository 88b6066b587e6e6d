/* SPDX-License-Identifier: MIT */
#include "subcmd/base/json.h"

#include <stdio.h>

#include "subcmd/base/quote.h"

enum { DEPTH = 8 };

static char closers[DEPTH + 1]; /* what ends each open value, innermost last */
static int depth;
static bool has_members; /* in the innermost one */

/* How many bytes of VALUE can be written as they are, in one go. */
static size_t plain(const char *value)
{
	size_t length = 0, more;

	while (value[length] != '"' && value[length] != '\\' &&
	       (more = quote_printable(value + length)))
		length += more;
	return length;
}

static void text(const char *value)
{
	putchar('"');
	for (size_t length; *value; value += length) {
		unsigned char c = (unsigned char)*value;

		length = plain(value);
		if (length || (c >= 0x80 && (length = quote_utf8(value))))
			fwrite(value, 1, length, stdout);
		else if (c == '"' || c == '\\')
			printf("\\%c", c);
		else
			printf(c < 0x80 ? "\\u%04x" : "\\udc%02x", c);
		length = length ? length : 1;
	}
	putchar('"');
}

static void begin(const char *key)
{
	if (has_members)
		fputs(", ", stdout);
	has_members = true;
	if (key) {
		text(key);
		fputs(": ", stdout);
	}
}

static void finish(void)
{
	if (depth == 0) {
		putchar('\n');
		has_members = false;
	}
}

static void open_value(const char *key, char opener, char closer)
{
	begin(key);
	putchar(opener);
	closers[depth++] = closer;
	has_members = false;
}

void json_object(const char *key)
{
	open_value(key, '{', '}');
}

void json_array(const char *key)
{
	open_value(key, '[', ']');
}

void json_end(void)
{
	putchar(closers[--depth]);
	has_members = true;
	finish();
}

void json_string(const char *key, const char *value)
{
	begin(key);
	if (value)
		text(value);
	else
		fputs("null", stdout);
	finish();
}

void json_integer(const char *key, int64_t value)
{
	begin(key);
	printf("%lld", (long long)value);
	finish();
}

void json_unsigned(const char *key, uint64_t value)
{
	begin(key);
	printf("%llu", (unsigned long long)value);
	finish();
}

void json_size(const char *key, int64_t value)
{
	if (value < 0)
		json_string(key, NULL);
	else
		json_integer(key, value);
}

void json_bool(const char *key, bool value)
{
	begin(key);
	fputs(value ? "true" : "false", stdout);
	finish();
}

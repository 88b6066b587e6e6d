/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/vid.h"

#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"

/* NAME and the longest addition to it, ".img.18446744073709551615@2018-01-02T03:04:05Z~XXXXXXXX",
 * make 255. */
enum { LONGEST_NAME = 200 };

static const char *const reserved[] = {"-dirty", "-import", "-precache"};

static const char *find_fault(const char *text)
{
	const char *in = *text == '/' ? text + 1 : text;

	if (strlen(text) >= PATH_MAX)
		return "it is too long";
	if (quote_has_control(text))
		return "it contains a control character";
	for (;; in++) {
		size_t length = strcspn(in, "/");

		if (length == 0)
			return "a component is empty";
		if (length == 1 && in[0] == '.')
			return "a component is '.'";
		if (length == 2 && in[0] == '.' && in[1] == '.')
			return "a component is '..'";
		if (!in[length])
			return length > LONGEST_NAME ? "its name is too long" : NULL;
		in += length;
	}
}

enum status vid_parse(const char *text, struct vid *ret_vid)
{
	const char *fault = find_fault(text), *slash = strrchr(text, '/'), *name;
	size_t length;

	if (fault)
		return msg_error(USAGE, "invalid volume %s: %s", quote(NULL, text), fault);
	name = slash ? slash + 1 : text;
	length = strlen(name);
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++) {
		size_t tail = strlen(reserved[i]);

		if (length >= tail && strcmp(name + length - tail, reserved[i]) == 0)
			return msg_error(USAGE,
					 "invalid volume %s: names ending in '%s' are reserved",
					 quote(NULL, text), reserved[i]);
	}
	ret_vid->text = text;
	memcpy(ret_vid->name, name, length + 1);
	length = slash ? (size_t)(slash - text) : 0;
	if (slash == text) /* "/private" */
		length = 1;
	memcpy(ret_vid->dir, text, length);
	ret_vid->dir[length] = '\0';
	return DONE;
}

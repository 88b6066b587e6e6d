/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/entry.h"

#include <string.h>

#include "subcmd/base/quote.h"
#include "subcmd/base/tempname.h"
#include "subcmd/volume/vid.h"

static const char *const suffixes[IMAGES] = {
	[CLEAN] = ".img",
	[DIRTY] = "-dirty.img",
	[IMPORT] = "-import.img",
	[PRECACHE] = "-precache.img",
};

/* Does TEXT end with SUFFIX, and with something before it?  Returns the length of that, or 0. */
static size_t length_before(const char *text, size_t length, const char *suffix)
{
	size_t tail = strlen(suffix);

	return length > tail && memcmp(text + length - tail, suffix, tail) == 0 ? length - tail : 0;
}

/* "NAME-dirty.img" and so on: the length of NAME, or 0. */
static size_t parse_image(const char *text, size_t length, enum image *ret_image)
{
	for (enum image image = IMAGES; image-- > CLEAN;) { /* ".img" ends all of them */
		const size_t name_length = length_before(text, length, suffixes[image]);

		*ret_image = image;
		if (name_length)
			return name_length;
	}
	return 0;
}

/* "NAME.img.7@2018-01-02T03:04:05Z", perhaps with "+PIN": the length of NAME, or 0. */
static size_t parse_revision(const char *text, size_t length, struct revision *ret_revision)
{
	const char *dot = memrchr(text, '.', length);
	char tail[NAME_MAX + 1];

	if (!dot)
		return 0;
	length -= (size_t)(dot + 1 - text);
	memcpy(tail, dot + 1, length);
	tail[length] = '\0';
	return revision_parse(tail, ret_revision)
		       ? length_before(text, (size_t)(dot - text), suffixes[CLEAN])
		       : 0;
}

bool entry_parse(const char *file_name, struct entry *ret_entry)
{
	size_t length = strlen(file_name), target;

	if (length > NAME_MAX)
		return false;
	target = tempname_target(file_name);
	length = target ? target : length;
	ret_entry->is_temp = target;
	ret_entry->name_length = parse_image(file_name, length, &ret_entry->image);
	if (!ret_entry->name_length) {
		ret_entry->name_length = parse_revision(file_name, length, &ret_entry->revision);
		ret_entry->image =
			ret_entry->name_length && *ret_entry->revision.pin ? PIN : REVISION;
	}
	return ret_entry->name_length && !quote_has_control(file_name) &&
	       !vid_name_fault(file_name, ret_entry->name_length);
}

void entry_image_name(const char *name, enum image image, char ret_name[static NAME_MAX + 1])
{
	size_t length = strnlen(name, NAME_MAX - sizeof("-precache.img"));

	memcpy(ret_name, name, length);
	strcpy(ret_name + length, suffixes[image]);
}

/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/entry.h"

#include <string.h>

#include "subcmd/base/tempname.h"
#include "subcmd/volume/vid.h"

static const char *const suffixes[IMAGES] = {
	[CLEAN] = ".img",
	[DIRTY] = "-dirty.img",
	[IMPORT] = "-import.img",
	[PRECACHE] = "-precache.img",
};

/* Does TEXT end with SUFFIX, and with something before it?  Returns the length of that, or 0. */
static size_t before(const char *text, size_t length, const char *suffix)
{
	size_t tail = strlen(suffix);

	return length > tail && memcmp(text + length - tail, suffix, tail) == 0 ? length - tail : 0;
}

/* "NAME-dirty.img" and so on: the length of NAME, or 0. */
static size_t parse_image(const char *text, size_t length, enum image *ret_image)
{
	size_t name_length = 0;

	for (enum image image = IMAGES; !name_length && image-- > CLEAN;) { /* ".img" ends all of them */
		*ret_image = image;
		name_length = before(text, length, suffixes[image]);
	}
	return name_length;
}

/* "NAME.img.7@2018-01-02T03:04:05Z": the length of NAME, or 0. */
static size_t parse_revision(char *text, size_t length, struct revision *ret_revision)
{
	char *dot = memrchr(text, '.', length);
	bool is_revision;

	if (!dot)
		return 0;
	text[length] = '\0';
	is_revision = revision_parse(dot + 1, ret_revision);
	return is_revision ? before(text, (size_t)(dot - text), suffixes[CLEAN]) : 0;
}

bool entry_parse(const char *file_name, struct entry *ret_entry)
{
	char text[NAME_MAX + 1];
	size_t length = strlen(file_name), target;

	if (length > NAME_MAX)
		return false;
	target = tempname_target(file_name);
	length = target ? target : length;
	memcpy(text, file_name, length);
	ret_entry->is_temp = target;
	ret_entry->name_length = parse_image(text, length, &ret_entry->image);
	if (!ret_entry->name_length) {
		ret_entry->image = REVISION;
		ret_entry->name_length = parse_revision(text, length, &ret_entry->revision);
	}
	text[ret_entry->name_length] = '\0';
	return *text && !vid_name_fault(text);
}

void entry_image_name(const char *name, enum image image, char ret_name[static NAME_MAX + 1])
{
	size_t length = strnlen(name, NAME_MAX - sizeof("-precache.img"));

	memcpy(ret_name, name, length);
	strcpy(ret_name + length, suffixes[image]);
}

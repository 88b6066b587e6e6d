/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/known.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "subcmd/image/identity.h"

/* The clean image, the revisions, newest first, and the pins: file names by their INDEX. */
static bool nth_name(const struct volume *volume, size_t index, char ret_name[static NAME_MAX + 1])
{
	const char *clean = volume->image[CLEAN].name;

	strcpy(ret_name, clean);
	if (index > volume->n_revisions + volume->n_pins)
		return false;
	if (index > volume->n_revisions)
		revision_name(&volume->pins[index - volume->n_revisions - 1], clean, ret_name);
	else if (index)
		revision_name(&volume->revisions[volume->n_revisions - index], clean, ret_name);
	return true;
}

/* Open what has that INDEX, and find its id; ABSENT if it has none. */
static enum status open_nth(const struct volume *volume, size_t index, const char *name,
			    struct file *ret_file, char ret_id[static IDENTITY_ID])
{
	enum status status;

	if (!index && !volume->image[CLEAN].exists)
		return ABSENT;
	status = file_open(&volume->dir, name, O_RDONLY, ret_file);
	if (status == DONE)
		status = identity_find(ret_file, ret_id);
	return status == NO ? ABSENT : status;
}

enum status known_open(const struct volume *volume, const char *id, bool is_clean_alone,
		       char ret_name[static NAME_MAX + 1], struct file *ret_file)
{
	char found[IDENTITY_ID];

	for (size_t i = 0; !(i && is_clean_alone) && nth_name(volume, i, ret_name); i++) {
		_cleanup_file_ struct file file = FILE_CLOSED;
		const enum status status = open_nth(volume, i, ret_name, &file, found);

		if (status == DONE && strcmp(found, id) == 0) {
			*ret_file = file;
			file.fd = -1; /* RET_FILE's now */
			return DONE;
		}
		if (status != DONE && status != ABSENT)
			return status;
	}
	return ABSENT;
}

enum status known_list(const struct volume *volume, char ret_text[static KNOWN_LIST])
{
	char name[NAME_MAX + 1], id[IDENTITY_ID];
	size_t length = 0;

	*ret_text = '\0';
	for (size_t i = 0; nth_name(volume, i, name) && length + NAME_MAX < KNOWN_LIST; i++) {
		_cleanup_file_ struct file file = FILE_CLOSED;
		const enum status status = open_nth(volume, i, name, &file, id);

		if (status == DONE)
			length += (size_t)snprintf(ret_text + length, KNOWN_LIST - length,
						   "%s%s %s", *ret_text ? ", " : "", name, id);
		else if (status != ABSENT)
			return status;
	}
	return DONE;
}

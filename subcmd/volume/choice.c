/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/choice.h"

#include <string.h>

#include "subcmd/base/msg.h"

static const struct {
	const char *word;
	enum image image;
} words[] = {{"clean", CLEAN}, {"dirty", DIRTY}};

enum status choice_name(const struct volume *volume, const char *word,
			char ret_name[static NAME_MAX + 1])
{
	const struct revision *revision;
	enum status status;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(word, words[i].word) == 0) {
			strcpy(ret_name, volume->image[words[i].image].name);
			return volume_require(volume, words[i].image);
		}
	status = volume_find_revision(volume, word, &revision);
	if (status == DONE)
		revision_name(revision, volume->image[CLEAN].name, ret_name);
	return status;
}

enum status choice_newest(const struct volume *volume, char ret_name[static NAME_MAX + 1])
{
	if (!volume->n_revisions)
		return msg_error(MISSING, "cannot find any revision of %s",
				 quote(&volume->dir, volume->image[CLEAN].name));
	revision_name(&volume->revisions[volume->n_revisions - 1], volume->image[CLEAN].name,
		      ret_name);
	return DONE;
}

/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_CHOICE_H
#define VOLUME_CHOICE_H

/*
 * An image of a volume chosen by a word: "clean", "dirty", or a revision or pin as
 * volume_find_revision() has it.
 */

#include "subcmd/volume/volume.h"

/* The file name of the image that WORD means.  MISSING if there is none. */
enum status choice_name(const struct volume *volume, const char *word,
			char ret_name[static NAME_MAX + 1]);

/* That of the newest revision. */
enum status choice_newest(const struct volume *volume, char ret_name[static NAME_MAX + 1]);

#endif

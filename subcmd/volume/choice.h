/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_CHOICE_H
#define VOLUME_CHOICE_H

/*
 * An image of a volume chosen by a word: "clean", "dirty", or a revision or pin as
 * choice_revision() has it.
 */

#include "subcmd/volume/volume.h"

/* The file name of the image that WORD means.  MISSING if there is none. */
enum status choice_name(const struct volume *volume, const char *word,
			char ret_name[static NAME_MAX + 1]);

/* That of the newest revision. */
enum status choice_newest(const struct volume *volume, char ret_name[static NAME_MAX + 1]);

/* Find the revision or pin called TEXT: "7", "7@2018-01-02T03:04:05Z", the NAME of a pin, or all of
 * that with a + between.  Where only pins of a revision are left, one of them is what its number
 * means.  MISSING if there is none.  It belongs to the volume: a revision is an element of
 * volume->revisions. */
enum status choice_revision(const struct volume *volume, const char *text,
			    const struct revision **ret_revision);

#endif

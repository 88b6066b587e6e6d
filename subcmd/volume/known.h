/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_KNOWN_H
#define VOLUME_KNOWN_H

/*
 * By which ids the states of a volume are known to others (identity.h): its clean image and its
 * revisions.
 */

#include "subcmd/image/identity.h"
#include "subcmd/volume/volume.h"

/* Open the image of the state ID, the clean one before revisions, newest first; IS_CLEAN_ALONE:
 * that one at most.  ABSENT if there is none.  RET_NAME is where its name is kept. */
enum status known_open(const struct volume *volume, const char *id, bool is_clean_alone,
		       char ret_name[static NAME_MAX + 1], struct file *ret_file);

/* Those that are known, as a text for a message: "private.img ID, private.img.7@... ID".  What is
 * too much of it is left out. */
enum { KNOWN_LIST = 4096 };
enum status known_list(const struct volume *volume, char ret_text[static KNOWN_LIST]);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_KNOWN_H
#define VOLUME_KNOWN_H

/*
 * By which ids the states of a volume are known to others (identity.h): its clean image, its
 * revisions and pins.
 */

#include "subcmd/volume/volume.h"

/* Open the image of the state ID: the clean one, or else a revision, the newest first, or a pin;
 * IS_CLEAN_ALONE: only the clean one.  ABSENT if none has that id.  RET_NAME is where the name of
 * RET_FILE is kept. */
enum status known_open(const struct volume *volume, const char *id, bool is_clean_alone,
		       char ret_name[static NAME_MAX + 1], struct file *ret_file);

/* The states that have an id, as a text for a message: "private.img ID, private.img.7@... ID".
 * Those that find no room in it are left out. */
enum { KNOWN_LIST = 4096 };
enum status known_list(const struct volume *volume, char ret_text[static KNOWN_LIST]);

#endif

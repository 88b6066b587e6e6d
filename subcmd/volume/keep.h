/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_KEEP_H
#define VOLUME_KEEP_H

/*
 * The clean image gets a name as revision too, and so is not lost when it is replaced: by a link,
 * or where links fail by a clone with its mtime.  A step like those of step.h.
 *
 * Nothing happens if there is no clean image, or if it is the newest revision already: an
 * interrupted commit.
 */

#include "subcmd/volume/volume.h"

enum status keep_clean(struct volume *volume);

#endif

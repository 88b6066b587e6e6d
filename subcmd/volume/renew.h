/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_RENEW_H
#define VOLUME_RENEW_H

/*
 * The states of a volume (lineage.h) made anew in another one: each revision and pin by the name
 * that it has, number and time included, and the clean image.
 *
 *	renew_build	each state, oldest first, becomes an unnamed file, flushed (carry.h)
 *	renew_name	they get their names, oldest first, the clean image last
 *
 * Names of one inode are so again; where no links can be made they are clones, with a mark
 * (mark.h).  Each has the time that its source has, and its id (identity.h): it is the same state,
 * and a stream that is based on it means the same there, so that a chain of backups goes on.
 *
 * Where files can't be unnamed (replace.h), signals remove the first few of them only; the others
 * are tempfiles, that go with the next start or cleanup.
 */

#include "subcmd/image/carry.h"
#include "subcmd/volume/lineage.h"

/* VOLUME has nothing yet.  A state that somebody writes to meanwhile is FAILED. */
enum status renew_build(struct lineage *lineage, struct volume *volume);

/* Not yet durable.  If it fails, what was named goes again. */
enum status renew_name(struct lineage *lineage, struct volume *volume);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_SALVAGE_H
#define VOLUME_SALVAGE_H

/*
 * Somebody has written to the clean image without a start and a stop, or has put another one in its
 * place: a backup, an older revision, a failed copy.  Then the precache may be all that there is of
 * the state that was committed last.  It won't be used, and before it is dropped it becomes a
 * revision.
 *
 * That is so if it is ours, as its mark says, and nobody has written to it; if it hasn't the time
 * and size of the clean image, which a backup tool restores with it; and if neither the clean
 * image nor any revision or pin has its bytes.  It costs no look where the precache is good.
 */

#include "subcmd/image/mark.h"
#include "subcmd/volume/volume.h"

/* May there be something to save: is PRECACHE, which bears MARK, ours, and not of CLEAN? */
bool salvage_may_be(const struct stat *precache, const struct mark *mark, const struct stat *clean);

/* Save what the precache alone has, unless that was done already.  A step like those of step.h; to
 * be taken before the clean image changes. */
enum status salvage_precache(struct volume *volume);

#endif

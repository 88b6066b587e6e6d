/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_LEFTOVER_H
#define VOLUME_LEFTOVER_H

/*
 * What an interrupted copy or import has left: tempfiles and the import image.  Nobody needs it, so
 * what can't be removed (chattr +i) stays, and keeps neither the others from going nor, where a
 * transition only tidies by the way, the transition from its work.  Steps like those of step.h.
 */

#include "subcmd/volume/volume.h"

/* Drop all that can be; the first failure is what this returns. */
enum status leftover_drop(struct volume *volume);

/* The same for who tidies by the way: failures are warnings. */
void leftover_tidy(struct volume *volume);

/* Drop a precache that isn't wanted, or is in the way; if it is the last copy of a state, that is
 * saved first (salvage.h). */
enum status leftover_drop_precache(struct volume *volume);

/* The same; failures are warnings. */
void leftover_tidy_precache(struct volume *volume);

/* Drop a precache of which it is known that what it has is elsewhere, or is to go; failures are
 * warnings. */
void leftover_erase_precache(struct volume *volume);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_ODDITY_H
#define VOLUME_ODDITY_H

/*
 * Names that resemble those of revisions, as the Python driver sees them: it lists NAME.img.*@*Z,
 * splits what stands for the first * and the second at "@", and sorts by int() of the first part.
 * SCENE isn't looked at: these are rows of a table (finding.h).
 */

#include "subcmd/volume/item.h"

struct scene;

/* "NAME.img@2018-01-02T03:04:05Z" */
bool oddity_is_unnumbered(const struct scene *scene, const struct item *item);

/* "NAME.img.7@2018-02-30T03:04:05Z" */
bool oddity_is_impossible_date(const struct scene *scene, const struct item *item);

/* "NAME.img.007@..." or "NAME.img.+1_0@...", which int() takes */
bool oddity_is_number(const struct scene *scene, const struct item *item);

/* "NAME.img.7@2018-02-03T03:04:05.6Z" or anything else between "@" and "Z"; or a number beyond
 * those of revisions */
bool oddity_is_revision(const struct scene *scene, const struct item *item);

/* "NAME.img.x@...Z" or "NAME.img.1@2@3Z", which it doesn't */
bool oddity_breaks_python(const struct scene *scene, const struct item *item);

/* Is it a file that Qubes itself keeps in a VM's directory? */
bool oddity_is_qubes(const struct item *item);

#endif

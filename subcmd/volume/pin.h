/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_PIN_H
#define VOLUME_PIN_H

/*
 * A pin is another hard link of a revision, called by a NAME that somebody gave it (revision.h). It
 * isn't counted and stays when the revision goes, whoever prunes: then it alone is that state, and
 * is listed as such.
 *
 * A clean image is pinned by making it a revision, as the next commit would, and pinning that:
 *
 *	link clean -> revision N+1	crash: the link is recognised next time and not doubled
 *	link revision -> pin		crash: pinned, or not
 *	fsync of the directory
 *
 * So the commit that comes finds its revision there already, and a pin always is of a revision that
 * has, or had, its number.  The pin alone would do for keeping the state, but then the next commit
 * would give it a second number.
 *
 * Where no link can be made, or somebody writes to the image (use.h), the pin is a clone, with its
 * mtime and a mark (mark.h).
 */

#include "subcmd/volume/volume.h"

/* The pin called NAME; NULL if there is none. */
const struct revision *pin_find(const struct volume *volume, const char *name);

/* A pin of the same state; NULL if there is none. */
const struct revision *pin_of(const struct volume *volume, const struct revision *revision);

/* The states that one can go back to, oldest first: each revision and, where only pins of one are
 * left, one of these.  RET_STATES has room for n_revisions + n_pins, or is NULL.  Returns how many
 * there are. */
size_t pin_states(const struct volume *volume, const struct revision **ret_states);

/* All names that they have: first the revisions, then the pins.  INDEX is less than n_revisions +
 * n_pins. */
const struct revision *pin_name_at(const struct volume *volume, size_t index);

/* May a new pin be called NAME?  USAGE: none may; REFUSED: there is one. */
enum status pin_check(const struct volume *volume, const char *name);

/* Pin the revision or pin OF under NAME, which was checked.  Not yet durable. */
enum status pin_make(struct volume *volume, const struct revision *of, const char *name);

/* The same of the clean image, whose revision is made first. */
enum status pin_make_clean(struct volume *volume, const char *name);

/* Remove PIN, an element of volume->pins.  Not yet durable. */
enum status pin_remove(struct volume *volume, const struct revision *pin);

/* The clean image becomes what PIN is, which was opened by step_open_revision() and stays: a link
 * or, where none can be made, a clone. */
enum status pin_restore(struct volume *volume, const struct file *pin);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_IMPORT_H
#define VOLUME_IMPORT_H

/*
 * Content from outside becomes the clean image, as a commit (commit.h) of the import image.  A
 * dirty image is left alone: the VM that runs on it doesn't notice, and its stop commits over
 * what was imported, which then is a revision.
 */

#include "subcmd/volume/volume.h"

/* May there be an import?  REFUSED if stop would lose what was imported, because it makes no
 * revision: with a dirty image if KEEP is none, or if start has made the clean image the dirty one
 * because snapshots are disabled. */
enum status import_check(const struct volume *volume, int keep);

/* Commit the import image, durably; then prune and prepare the next start, whose failures are
 * warnings. */
enum status import_commit(struct volume *volume, int keep);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_REPORT_H
#define VOLUME_REPORT_H

/*
 * What a volume has, on stdout, as a JSON array (called KEY inside an object) or a table.
 */

#include "subcmd/base/loop.h"
#include "subcmd/volume/volume.h"

/* Its images, and which of them are attached. */
enum status report_images_json(const struct volume *volume, const char *key,
			       const struct loops *loops);
enum status report_images_table(const struct volume *volume, const struct loops *loops);

/* Its revisions, oldest first.  EXCLUSIVE, if it isn't NULL, is what removing each of them would
 * free (exclusive.h). */
enum status report_revisions_json(const struct volume *volume, const char *key,
				  const int64_t *exclusive);
enum status report_revisions_table(const struct volume *volume, const int64_t *exclusive);

#endif

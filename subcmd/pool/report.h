/* SPDX-License-Identifier: MIT */
#ifndef POOL_REPORT_H
#define POOL_REPORT_H

/*
 * What a volume has, on stdout.
 */

#include "subcmd/image/use.h"
#include "subcmd/pool/exclusive.h"
#include "subcmd/volume/volume.h"

/* The path of its file NAME: the result of many subcommands. */
enum status report_path(const struct volume *volume, const char *name, bool json);

/* The members "time" and "in_use" of an object. */
void report_time_json(time_t time);
void report_use_json(enum use use);

/* Each of the following prints a JSON array (called KEY inside an object) or a table. */

/* Its images, which of them are attached, and to which somebody writes. */
enum status report_images_json(const struct volume *volume, const char *key);
enum status report_images_table(const struct volume *volume);

/* Its states (pin.h), oldest first, with their pins.  EXCLUSIVE, if it isn't NULL, is what removing
 * each of them would free (exclusive.h). */
enum status report_revisions_json(const struct volume *volume, const char *key,
				  const struct exclusive *exclusive);
enum status report_revisions_table(const struct volume *volume, const struct exclusive *exclusive);

#endif

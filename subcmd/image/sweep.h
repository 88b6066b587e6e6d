/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_SWEEP_H
#define IMAGE_SWEEP_H

/*
 * What groups of files have that nothing outside has (sharing.h): a walk over the space on the disk
 * from where an extent begins or ends to where the next one does, keeping count of who is there.
 */

#include "subcmd/image/sharing.h"

/* Call VISIT for each part of the data that groups alone have, which are COUNT, in no order: that
 * is free when they are all gone.  N_GROUPS is the greatest number of a group. */
typedef enum status sweep_fn(const size_t *groups, size_t count, int64_t bytes, void *data);
enum status sweep_groups(const struct sharing *sharing, size_t n_groups, sweep_fn *visit,
			 void *data);

#endif

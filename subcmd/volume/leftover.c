/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/leftover.h"

#include <string.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/salvage.h"

static enum status drop_temps(struct volume *volume)
{
	enum status status = DONE;

	for (size_t i = volume->n_temps; i-- > 0;) {
		const enum status one = durable_unlink(&volume->dir, volume->temps[i]);

		if (one == DONE)
			memmove(volume->temps[i], volume->temps[--volume->n_temps],
				sizeof(*volume->temps));
		status = status == DONE ? one : status;
	}
	return status;
}

enum status leftover_drop(struct volume *volume)
{
	const enum status temps = drop_temps(volume), import = erase_image(volume, IMPORT);

	return temps == DONE ? import : temps;
}

void leftover_tidy(struct volume *volume)
{
	msg_errors_are_warnings(true);
	(void)leftover_drop(volume);
	msg_errors_are_warnings(false);
}

enum status leftover_drop_precache(struct volume *volume)
{
	const enum status status = salvage_precache(volume);

	return status == DONE ? erase_image(volume, PRECACHE) : status;
}

void leftover_erase_precache(struct volume *volume)
{
	msg_errors_are_warnings(true);
	(void)erase_image(volume, PRECACHE);
	msg_errors_are_warnings(false);
}

void leftover_tidy_precache(struct volume *volume)
{
	msg_errors_are_warnings(true);
	(void)leftover_drop_precache(volume);
	msg_errors_are_warnings(false);
}

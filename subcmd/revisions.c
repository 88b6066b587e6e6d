/* SPDX-License-Identifier: MIT */
/*
 * revisions: what revert can go back to, oldest first, be it a revision or what a pin has kept of
 * one.
 */

#include "subcmd/base/msg.h"
#include "subcmd/pool/exclusive.h"
#include "subcmd/pool/report.h"
#include "subcmd/subcmd.h"

static struct {
	bool exclusive;
} given;

/* Figures that can't be had keep nobody from seeing the rest. */
static enum status print(const struct request *request, const struct volume *volume)
{
	_cleanup_free_ int64_t *exclusive = NULL;
	enum status status = DONE, printed;

	if (given.exclusive) {
		exclusive = calloc(volume->n_revisions + volume->n_pins + 1, sizeof(*exclusive));
		if (!exclusive)
			return msg_errno(FAILED, "cannot measure revisions");
		status = exclusive_of_states(volume, exclusive);
	}
	printed = request->json ? report_revisions_json(volume, NULL, exclusive)
				: report_revisions_table(volume, exclusive);
	return status == DONE ? printed : status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status =
		volume_open(&request->pool, *request->operands, VOLUME_READ, 0, &volume);

	if (status == DONE && !volume_has_images(&volume))
		status = volume_require(&volume, CLEAN);
	return status == DONE ? print(request, &volume) : status;
}

static const struct option_row options[] = {
	OPTION_EXCLUSIVE("what removing the revision and its pins would free", given.exclusive),
	OPTIONS_END,
};

const struct subcmd cmd_revisions = {
	.name = "revisions",
	.operands = "VOLUME",
	.summary = "list the revisions, oldest first",
	.example = "revisions appvms/mail/private",
	.group = BACK,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};

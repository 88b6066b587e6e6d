/* SPDX-License-Identifier: MIT */
/*
 * revisions: what revert can go back to, oldest first, be it a revision or what a pin has kept of
 * one.  Or those of the whole pool, by what removing each of them would free, the most first.
 */

#include "subcmd/base/msg.h"
#include "subcmd/pool/exclusive.h"
#include "subcmd/pool/report.h"
#include "subcmd/pool/rows.h"
#include "subcmd/subcmd.h"

static struct {
	bool exclusive;
} given;

/* Figures that can't be had keep nobody from seeing the rest. */
static enum status print(const struct request *request, const struct volume *volume)
{
	_cleanup_free_ struct exclusive *exclusive = NULL;
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

static int compare(const void *a, const void *b)
{
	const struct pool_revision *const left = *(const struct pool_revision *const *)a;
	const struct pool_revision *const right = *(const struct pool_revision *const *)b;

	if (left->exclusive.bytes != right->exclusive.bytes)
		return left->exclusive.bytes > right->exclusive.bytes ? -1 : 1;
	return left < right ? -1 : left > right; /* by volume, oldest first */
}

static enum status print_pool(const struct request *request)
{
	_cleanup_pool_revisions_ struct pool_revisions all = {.count = 0};
	_cleanup_free_ const struct pool_revision **sorted = NULL;
	struct rows rows = {.has_exclusive = true};
	enum status status = pool_revisions_read(&request->pool, &all);

	if (status == DONE)
		status = pool_revisions_measure(&request->pool, &all);
	if (status != DONE)
		return status;
	sorted = calloc(all.count + 1, sizeof(const struct pool_revision *));
	if (!sorted)
		return msg_errno(FAILED, "cannot list revisions");
	for (; rows.count < all.count; rows.count++)
		sorted[rows.count] = &all.revisions[rows.count];
	if (rows.count > 1)
		qsort(sorted, rows.count, sizeof(const struct pool_revision *), compare);
	rows.revisions = sorted;
	return request->json ? rows_print_json(&request->pool, NULL, &rows)
			     : rows_print_table(&rows);
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status;

	if (!request->n_operands && !given.exclusive)
		return msg_error(USAGE, "revisions needs a volume, or --exclusive for the pool");
	if (!request->n_operands)
		return print_pool(request);
	status = volume_open(&request->pool, *request->operands, VOLUME_READ, 0, &volume);
	if (status == DONE && !volume_has_images(&volume))
		status = volume_require(&volume, CLEAN);
	return status == DONE ? print(request, &volume) : status;
}

static const struct option_row options[] = {
	OPTION_EXCLUSIVE("what removing each with its pins would free", given.exclusive),
	OPTIONS_END,
};

const struct subcmd cmd_revisions = {
	.name = "revisions",
	.operands = "[VOLUME]",
	.summary = "list the revisions, oldest first",
	.example = "revisions appvms/mail/private",
	.group = BACK,
	.options = options,
	.least = 0,
	.most = 1,
	.run = run,
};

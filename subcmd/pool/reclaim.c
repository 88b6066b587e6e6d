/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/reclaim.h"

#include <string.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/pool/fewest.h"
#include "subcmd/volume/commit.h"

static enum status read_pool(struct reclaim *reclaim)
{
	const enum status status = pool_revisions_read(reclaim->pool, &reclaim->revisions);
	const size_t count = reclaim->revisions.count + 1;

	if (status != DONE)
		return status;
	reclaim->may_go = calloc(count, sizeof(*reclaim->may_go));
	reclaim->is_chosen = calloc(count, sizeof(*reclaim->is_chosen));
	reclaim->units = calloc(count, sizeof(*reclaim->units));
	if (!reclaim->may_go || !reclaim->is_chosen || !reclaim->units)
		return msg_errno(FAILED, "cannot choose revisions");
	return DONE;
}

static bool is_asked(const struct reclaim *reclaim, const struct pool_volume *volume)
{
	for (size_t i = 0; i < reclaim->n_only; i++)
		if (strcmp(reclaim->only[i], volume->vid) == 0)
			return true;
	return !reclaim->only;
}

/* At first all may go but the newest of each volume, and those that are pinned. */
static void exclude_newest(struct reclaim *reclaim)
{
	const struct pool_revision *const revisions = reclaim->revisions.revisions;
	const struct pool_volume *volume = NULL;
	bool is_of_interest = false;
	int n_kept = 0;

	for (size_t i = reclaim->revisions.count; i-- > 0;) {
		if (revisions[i].volume != volume) {
			volume = revisions[i].volume;
			is_of_interest = is_asked(reclaim, volume);
			n_kept = 0;
		}
		if (pool_revision_is_pinned(&revisions[i]) || !is_of_interest)
			continue;
		reclaim->may_go[i] = n_kept >= reclaim->keep;
		n_kept += !reclaim->may_go[i];
	}
}

static int compare_ages(const void *a, const void *b, void *data)
{
	const struct pool_revision *const revisions = data;
	const size_t left = *(const size_t *)a, right = *(const size_t *)b;
	const int result = strcmp(revisions[left].age, revisions[right].age);

	return result ? result : left < right ? -1 : left > right;
}

/* The fewest of those that may go. */
static enum status choose_fewest(struct reclaim *reclaim)
{
	struct pool_revisions *const revisions = &reclaim->revisions;
	_cleanup_free_ bool *is_chosen = calloc(revisions->count + 1, sizeof(*is_chosen));
	size_t n_units = 0;
	enum status status;

	if (!is_chosen)
		return msg_errno(FAILED, "cannot choose revisions");
	for (size_t i = 0; i < revisions->count; i++)
		if (reclaim->may_go[i])
			reclaim->units[n_units++] = i;
	if (n_units > 1)
		qsort_r(reclaim->units, n_units, sizeof(*reclaim->units), compare_ages,
			revisions->revisions);
	memset(revisions->map, 0, (revisions->n_names + 1) * sizeof(*revisions->map));
	for (size_t i = 0; i < n_units; i++)
		revisions->map[revisions->revisions[reclaim->units[i]].names->group] = i + 1;
	sets_free(&reclaim->sets);
	reclaim->sets = (struct sets){.n_units = n_units};
	status = sweep_groups(&revisions->survey.sharing, n_units, sets_add, &reclaim->sets);
	if (status == DONE)
		status = fewest_choose(&reclaim->sets, reclaim->size, is_chosen, &reclaim->bytes);
	memset(reclaim->is_chosen, 0, revisions->count * sizeof(*reclaim->is_chosen));
	for (size_t i = 0; i < n_units; i++)
		reclaim->is_chosen[reclaim->units[i]] = is_chosen[i];
	return status;
}

enum status reclaim_ask(const struct volume *volume, int keep, bool *ret_may_go)
{
	const bool is_all =
		!volume->image[CLEAN].exists && !volume->image[DIRTY].exists && !volume->n_pins;
	const struct retention retention = {.keep = keep || !is_all ? keep : 1, .older_than = -1};

	return commit_choose_older(volume, &retention, ret_may_go);
}

size_t reclaim_find(const struct volume *volume, const struct pool_revision *revision)
{
	size_t i = 0;

	while (i < volume->n_revisions &&
	       revision_compare(&volume->revisions[i], &revision->names->revision) != 0)
		i++;
	return i;
}

/* Of the revisions from FIRST up to END, all of one volume, only those may go of which
 * reclaim_ask() says so. */
static enum status exclude_of_volume(struct reclaim *reclaim, size_t first, size_t end)
{
	const struct pool_revision *const revisions = reclaim->revisions.revisions;
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_free_ bool *may_go = NULL;
	enum status status = volume_open(reclaim->pool, revisions[first].volume->vid,
					 VOLUME_READ | VOLUME_MAY_LACK_DIR, 0, &volume);

	if (status != DONE && status != ABSENT)
		return status;
	may_go = calloc(volume.n_revisions + 1, sizeof(*may_go));
	if (!may_go)
		return msg_errno(FAILED, "cannot choose revisions");
	status = reclaim_ask(&volume, reclaim->keep, may_go);
	for (size_t i = first; i < end; i++) {
		const size_t found = reclaim_find(&volume, &revisions[i]);

		reclaim->may_go[i] =
			reclaim->may_go[i] && found < volume.n_revisions && may_go[found];
	}
	return status;
}

/* Look at those volumes of which a revision was chosen. */
static enum status exclude_by_volumes(struct reclaim *reclaim)
{
	const struct pool_revisions *const revisions = &reclaim->revisions;
	enum status status = DONE;

	for (size_t i = 0, end; i < revisions->count && status == DONE; i = end) {
		end = pool_revisions_end(revisions, i);
		if (memchr(&reclaim->is_chosen[i], 1, end - i))
			status = exclude_of_volume(reclaim, i, end);
	}
	return status;
}

/* Those of ASKED that share with something outside the pool may not go. */
static enum status exclude_held(struct reclaim *reclaim, const bool *asked)
{
	struct pool_revisions *const revisions = &reclaim->revisions;
	_cleanup_free_ bool *is_held = calloc(revisions->count + 1, sizeof(*is_held));
	enum status status;

	if (!is_held)
		return msg_errno(FAILED, "cannot choose revisions");
	for (size_t i = 0; i < revisions->count; i++)
		is_held[i + 1] = !asked[i];
	status = pool_revisions_find_held(reclaim->pool, revisions, is_held);
	for (size_t i = 0; i < revisions->count; i++) {
		const bool is_to_stay = asked[i] && is_held[i + 1];

		reclaim->has_held = reclaim->has_held || is_to_stay;
		reclaim->may_go[i] = reclaim->may_go[i] && !is_to_stay;
	}
	return status;
}

static bool is_still_good(const struct reclaim *reclaim)
{
	for (size_t i = 0; i < reclaim->revisions.count; i++)
		if (reclaim->is_chosen[i] && !reclaim->may_go[i])
			return false;
	return true;
}

/* What takes time is asked only of those chosen; and of all, once one was found that is held from
 * outside, as a snapshot of the whole pool holds them all. */
static enum status choose_allowed(struct reclaim *reclaim)
{
	enum status status;

	do {
		const bool had_held = reclaim->has_held;

		status = choose_fewest(reclaim);
		if (status == DONE)
			status = exclude_by_volumes(reclaim);
		if (status == DONE && !had_held)
			status = exclude_held(reclaim, reclaim->is_chosen);
		if (status == DONE && reclaim->has_held && !had_held)
			status = exclude_held(reclaim, reclaim->may_go);
	} while (status == DONE && !is_still_good(reclaim));
	return status;
}

static enum status read_and_choose(struct reclaim *reclaim)
{
	enum status status = read_pool(reclaim);

	if (status != DONE)
		return status;
	exclude_newest(reclaim);
	status = choose_allowed(reclaim);
	return status == DONE && reclaim->bytes < reclaim->size ? NO : status;
}

/* Files that were removed a moment ago may still share: they are waited for before a refusal. */
enum status reclaim_choose(struct reclaim *reclaim)
{
	enum status status = read_and_choose(reclaim);

	if (status == NO && (reclaim->has_held || reclaim->revisions.survey.has_unknown)) {
		reclaim_free(reclaim);
		durable_settle(reclaim->pool);
		status = read_and_choose(reclaim);
	}
	if (status != NO)
		return status;
	return msg_error(
		REFUSED,
		"cannot free %lld bytes in %s: the revisions that may go would free %lld%s",
		(long long)reclaim->size, quote_dir(reclaim->pool), (long long)reclaim->bytes,
		reclaim->has_held
			? ", without those that something outside shares (a snapshot of it?)"
			: "");
}

int64_t reclaim_bytes(const struct reclaim *reclaim, const bool *is_gone)
{
	const struct sets *const sets = &reclaim->sets;
	int64_t bytes = 0;

	for (size_t i = 0; i < sets->n_sets; i++) {
		size_t n_gone = 0;

		for (size_t j = 0; j < sets->sets[i].count; j++)
			n_gone += is_gone[reclaim->units[sets->members[sets->sets[i].first + j]]];
		bytes += n_gone == sets->sets[i].count ? sets->sets[i].bytes : 0;
	}
	return bytes;
}

void reclaim_free(struct reclaim *reclaim)
{
	pool_revisions_free(&reclaim->revisions);
	sets_free(&reclaim->sets);
	free(reclaim->may_go);
	free(reclaim->is_chosen);
	free(reclaim->units);
	*reclaim = (struct reclaim){.pool = reclaim->pool,
				    .size = reclaim->size,
				    .keep = reclaim->keep,
				    .only = reclaim->only,
				    .n_only = reclaim->n_only};
}

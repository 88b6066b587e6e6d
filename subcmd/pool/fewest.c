/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/fewest.h"

#include <string.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/pool/selection.h"

enum { MOST = 1 << 27 }; /* steps that the second attempt, and the exchange, may take */

/* What isn't free if UNIT is put back. */
struct loss {
	int64_t bytes;
	uint32_t unit;
};

/* Those of all units that are taken; and former ones, which are left where they are. */
struct losses {
	struct selection *selection;
	int64_t *now;	   /* of each unit */
	struct loss *heap; /* the least first */
	size_t count;
};

/* Of two that are as much, that of the newer unit is the lesser. */
static bool is_less(const struct loss *a, const struct loss *b)
{
	return a->bytes != b->bytes ? a->bytes < b->bytes : a->unit > b->unit;
}

static enum status push(struct losses *losses, uint32_t unit)
{
	const struct loss loss = {.bytes = losses->now[unit], .unit = unit};
	enum status status = grow(&losses->heap, losses->count, sizeof(*losses->heap));
	size_t at = losses->count;

	if (status != DONE)
		return status;
	losses->count++;
	for (; at && is_less(&loss, &losses->heap[(at - 1) / 2]); at = (at - 1) / 2)
		losses->heap[at] = losses->heap[(at - 1) / 2];
	losses->heap[at] = loss;
	return DONE;
}

static struct loss pop(struct losses *losses)
{
	struct loss *const heap = losses->heap, least = heap[0];
	const struct loss last = heap[--losses->count];
	const size_t count = losses->count;
	size_t at = 0;

	for (size_t child = 1; child < count; child = 2 * at + 1) {
		child += child + 1 < count && is_less(&heap[child + 1], &heap[child]);
		if (!is_less(&heap[child], &last))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = last;
	return least;
}

/* Put UNIT back: the bytes of its sets aren't the loss of others any more. */
static enum status spare_one(struct losses *losses, uint32_t unit)
{
	struct selection *const selection = losses->selection;
	enum status status = DONE;

	for_each_set(selection, unit, i)
	{
		const struct set *set = &selection->sets->sets[selection->of_unit[i]];
		const uint32_t *members = selection_members(selection, selection->of_unit[i]);

		if (selection->missing[selection->of_unit[i]])
			continue;
		for (size_t j = 0; j < set->count && status == DONE; j++) {
			losses->now[members[j]] -= set->bytes;
			status = push(losses, members[j]);
		}
	}
	selection_put_back(selection, unit);
	return status;
}

static enum status spare_until(struct losses *losses, int64_t size)
{
	struct selection *const selection = losses->selection;
	enum status status = DONE;

	for (uint32_t unit = 0; unit < selection->sets->n_units && status == DONE; unit++) {
		if (!selection->is_taken[unit])
			continue;
		for_each_set(selection, unit, i) if (!selection->missing[selection->of_unit[i]])
			losses->now[unit] += selection->sets->sets[selection->of_unit[i]].bytes;
		status = push(losses, unit);
	}
	while (losses->count && status == DONE) {
		const struct loss least = pop(losses);

		if (!selection->is_taken[least.unit] || least.bytes != losses->now[least.unit])
			continue; /* a former one */
		if (selection->bytes - least.bytes < size)
			break;
		status = spare_one(losses, least.unit);
	}
	return status;
}

/* Put back what can be spared for SIZE bytes to be free. */
static enum status spare(struct selection *selection, int64_t size)
{
	struct losses losses = {.selection = selection,
				.now = calloc(selection->sets->n_units + 1, sizeof(*losses.now))};
	enum status status = losses.now ? spare_until(&losses, size)
					: msg_errno(FAILED, "cannot compare revisions");

	free(losses.now);
	free(losses.heap);
	return status;
}

/* The set that brings the most of REST bytes for each unit that it needs. */
static const struct set *find_best(struct selection *selection, int64_t rest)
{
	const struct set *best = NULL;
	double most = 0;

	for (size_t i = 0; i < selection->sets->n_sets; i++) {
		const int64_t gain =
			selection->missing[i] ? selection_gain_of_set(selection, i) : 0;
		const double rate = (double)(gain < rest ? gain : rest) / selection->missing[i];

		if (!gain || rate <= most)
			continue;
		most = rate;
		best = &selection->sets->sets[i];
	}
	return best;
}

/* Take the best set again and again, until SIZE bytes are free. */
static void gather(struct selection *selection, int64_t size)
{
	while (selection->bytes < size) {
		const struct set *best = find_best(selection, size - selection->bytes);

		for (size_t i = 0; best && i < best->count; i++) {
			const uint32_t unit = selection->sets->members[best->first + i];

			if (!selection->is_taken[unit])
				selection_take(selection, unit);
		}
	}
}

/* The second attempt, if it isn't too much work.  The first one stays unless this is better. */
static enum status try_gathering(struct selection *selection, int64_t size)
{
	const size_t n_units = selection->sets->n_units, count = selection->count;
	_cleanup_free_ bool *first = calloc(2 * n_units + 1, sizeof(*first));
	enum status status;
	size_t work = 0;

	if (!first)
		return msg_errno(FAILED, "cannot compare revisions");
	for (size_t unit = 0; unit < n_units; unit++) {
		const size_t n = selection->first[unit + 1] - selection->first[unit];

		work += n * n;
	}
	if (work > MOST / (count + 1))
		return DONE;
	memcpy(first, selection->is_taken, n_units * sizeof(*first));
	selection_take_these(selection, first + n_units); /* none */
	gather(selection, size);
	status = spare(selection, size);
	if (selection->count >= count)
		selection_take_these(selection, first);
	return status;
}

/* Exchange each unit for the oldest that will do. */
static void exchange(struct selection *selection, int64_t size)
{
	for (size_t unit = selection->sets->n_units; unit-- > 0;) {
		size_t other = 0;

		if (!selection->is_taken[unit])
			continue;
		selection_put_back(selection, unit);
		while (other < unit &&
		       (selection->is_taken[other] ||
			selection->bytes + selection_gain_of_unit(selection, other) < size))
			other++;
		selection_take(selection, other);
	}
}

enum status fewest_choose(const struct sets *sets, int64_t size, bool *ret_is_chosen,
			  int64_t *ret_bytes)
{
	_cleanup_selection_ struct selection selection = {.sets = sets};
	enum status status = selection_begin(sets, &selection);

	if (status != DONE)
		return status;
	for (size_t unit = 0; unit < sets->n_units; unit++)
		selection_take(&selection, unit);
	size = size < selection.bytes ? size : selection.bytes;
	status = spare(&selection, size);
	if (status == DONE)
		status = try_gathering(&selection, size);
	if (status == DONE && sets->n_members < MOST / (selection.count + 1))
		exchange(&selection, size);
	memcpy(ret_is_chosen, selection.is_taken, sets->n_units * sizeof(*ret_is_chosen));
	*ret_bytes = selection.bytes;
	return status;
}

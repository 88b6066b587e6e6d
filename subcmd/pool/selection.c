/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/selection.h"

#include "subcmd/base/msg.h"

/* Which sets has each unit? */
static void list_sets(struct selection *selection)
{
	const struct sets *sets = selection->sets;
	size_t *first = selection->first;

	for (size_t i = 0; i < sets->n_members; i++)
		first[sets->members[i] + 2]++;
	for (size_t i = 2; i < sets->n_units + 2; i++)
		first[i] += first[i - 1];
	for (size_t i = 0; i < sets->n_sets; i++)
		for (size_t j = 0; j < sets->sets[i].count; j++)
			selection->of_unit[first[selection_members(selection, i)[j] + 1]++] =
				(uint32_t)i;
}

void selection_take(struct selection *selection, size_t unit)
{
	selection->is_taken[unit] = true;
	selection->count++;
	for_each_set(selection, unit, i) if (--selection->missing[selection->of_unit[i]] == 0)
		selection->bytes += selection->sets->sets[selection->of_unit[i]].bytes;
}

void selection_put_back(struct selection *selection, size_t unit)
{
	selection->is_taken[unit] = false;
	selection->count--;
	for_each_set(selection, unit, i) if (selection->missing[selection->of_unit[i]]++ == 0)
		selection->bytes -= selection->sets->sets[selection->of_unit[i]].bytes;
}

void selection_take_these(struct selection *selection, const bool *is_taken)
{
	for (size_t unit = 0; unit < selection->sets->n_units; unit++)
		if (selection->is_taken[unit] && !is_taken[unit])
			selection_put_back(selection, unit);
		else if (!selection->is_taken[unit] && is_taken[unit])
			selection_take(selection, unit);
}

int64_t selection_gain_of_set(struct selection *selection, size_t set)
{
	const size_t count = selection->sets->sets[set].count;
	int64_t gain = 0;

	for (size_t j = 0; j < count; j++)
		for_each_set(selection, selection_members(selection, set)[j], i)
		{
			const size_t other = selection->of_unit[i];

			if (!selection->is_taken[selection_members(selection, set)[j]] &&
			    ++selection->needed[other] == selection->missing[other])
				gain += selection->sets->sets[other].bytes;
		}
	for (size_t j = 0; j < count; j++)
		for_each_set(selection, selection_members(selection, set)[j], i)
			selection->needed[selection->of_unit[i]] = 0;
	return gain;
}

int64_t selection_gain_of_unit(const struct selection *selection, size_t unit)
{
	int64_t gain = 0;

	for_each_set(selection, unit, i) if (selection->missing[selection->of_unit[i]] == 1) gain +=
		selection->sets->sets[selection->of_unit[i]].bytes;
	return gain;
}

enum status selection_begin(const struct sets *sets, struct selection *ret_selection)
{
	*ret_selection =
		(struct selection){.sets = sets,
				   .is_taken = calloc(sets->n_units + 1, sizeof(bool)),
				   .missing = calloc(sets->n_sets + 1, sizeof(uint32_t)),
				   .needed = calloc(sets->n_sets + 1, sizeof(uint32_t)),
				   .first = calloc(sets->n_units + 2, sizeof(size_t)),
				   .of_unit = calloc(sets->n_members + 1, sizeof(uint32_t))};
	if (!ret_selection->is_taken || !ret_selection->missing || !ret_selection->needed ||
	    !ret_selection->first || !ret_selection->of_unit)
		return msg_errno(FAILED, "cannot compare revisions");
	list_sets(ret_selection);
	for (size_t set = 0; set < sets->n_sets; set++)
		ret_selection->missing[set] = (uint32_t)sets->sets[set].count;
	return DONE;
}

void selection_free(struct selection *selection)
{
	free(selection->is_taken);
	free(selection->missing);
	free(selection->needed);
	free(selection->first);
	free(selection->of_unit);
}

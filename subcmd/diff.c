/* SPDX-License-Identifier: MIT */
/*
 * diff: in what two states of a volume differ.
 *
 * No lock is needed: what is open stays whole when it is replaced or removed.  It is written to
 * only if a start with snapshots disabled makes it the dirty image meanwhile, which is noticed.
 * The reflink of a dirty image has no name, so a crash leaves nothing.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "subcmd/base/json.h"
#include "subcmd/base/memory.h"
#include "subcmd/base/size.h"
#include "subcmd/base/table.h"
#include "subcmd/image/difference.h"
#include "subcmd/image/replace.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/choice.h"

static struct {
	bool check;
} given;

/* One of the two. */
struct state {
	char name[NAME_MAX + 1];
	struct file image;
	struct replacement moment; /* of the dirty image: a reflink, if there can be one */
};

static void state_close(struct state *state)
{
	replace_abort(&state->moment);
	file_close(&state->image);
}

#define STATE_CLOSED ((struct state){.image = FILE_CLOSED, .moment = {.file = FILE_CLOSED}})

/* Gathered first: what fails in the midst of it prints nothing. */
struct result {
	struct difference *differences;
	size_t count;
	int64_t bytes;
};

static void result_free(struct result *result)
{
	free(result->differences);
}

static enum status add(const struct difference *difference, void *data)
{
	struct result *result = data;
	enum status status =
		grow(&result->differences, result->count, sizeof(*result->differences));

	if (status == DONE) {
		result->differences[result->count++] = *difference;
		result->bytes += difference->length;
	}
	return status;
}

/* Where nothing can be made (a dry run, a read-only pool, no right to write) or no reflink be had,
 * the dirty image itself is compared, and difference_each() notices who writes to it. */
static enum status take_moment(struct volume *volume, struct state *state)
{
	enum status status = NO;

	if (faccessat(volume->dir.fd, ".", W_OK, AT_EACCESS) == 0)
		status = replace_freeze(&volume->dir, &state->image, &state->moment);
	if (status == NO)
		replace_abort(&state->moment);
	return status == NO ? DONE : status;
}

static enum status state_open(struct volume *volume, struct state *state)
{
	enum status status = file_open(&volume->dir, state->name, O_RDONLY, &state->image);

	if (status == DONE && strcmp(state->name, volume->image[DIRTY].name) == 0)
		status = take_moment(volume, state);
	return status;
}

static const struct file *state_file(const struct state *state)
{
	return state->moment.file.fd >= 0 ? &state->moment.file : &state->image;
}

static void print_json(const struct result *result)
{
	json_array(NULL);
	for (size_t i = 0; i < result->count; i++) {
		const struct difference *difference = &result->differences[i];

		json_object(NULL);
		json_integer("start", difference->start);
		json_integer("length", difference->length);
		json_bool("zero", difference->is_zero);
		json_bool("data", difference->is_data);
		json_end();
	}
	json_end();
}

static enum status print_table(const struct result *result)
{
	static const struct column columns[] = {{"START", true}, {"LENGTH", true}, {"KIND", false}};
	struct table table = {.columns = columns, .n_columns = 3};
	enum status status;
	char size[SIZE_HUMAN];

	for (size_t i = 0; i < result->count; i++) {
		table_number(&table, (uint64_t)result->differences[i].start);
		table_number(&table, (uint64_t)result->differences[i].length);
		table_text(&table, result->differences[i].is_zero ? "zero" : "data");
	}
	status = table_print(&table);
	size_human(result->bytes, size);
	if (status == DONE && result->count)
		printf("differences: %zu (%lld bytes, %s)\n", result->count,
		       (long long)result->bytes, size);
	return status;
}

static enum status diff(const struct request *request, const struct file *from,
			const struct file *to)
{
	_cleanup_(result_free) struct result result = {.count = 0};
	enum status status = difference_each(from, to, given.check, add, &result);

	if (status != DONE)
		return status;
	if (request->json) {
		print_json(&result);
		return DONE;
	}
	status = print_table(&result);
	if (status == DONE && from->st.st_size != to->st.st_size)
		printf("sizes: %lld -> %lld bytes\n", (long long)from->st.st_size,
		       (long long)to->st.st_size);
	return status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_(state_close) struct state from = STATE_CLOSED, to = STATE_CLOSED;
	char **words = request->operands;
	enum status status = volume_open(&request->pool, *words, VOLUME_READ, 0, &volume);

	if (status == DONE)
		status = request->n_operands > 1 ? choice_name(&volume, words[1], from.name)
						 : choice_newest(&volume, from.name);
	if (status == DONE)
		status =
			choice_name(&volume, request->n_operands > 2 ? words[2] : "clean", to.name);
	if (status == DONE)
		status = state_open(&volume, &from);
	if (status == DONE)
		status = state_open(&volume, &to);
	return status == DONE ? diff(request, state_file(&from), state_file(&to)) : status;
}

static const struct option_row options[] = {
	OPTION("check", NULL, "read what is said to be equal, too", option_flag, given.check),
	OPTIONS_END,
};

const struct subcmd cmd_diff = {
	.name = "diff",
	.operands = "VOLUME [FROM [TO]]",
	.summary = "the ranges in which two states differ",
	.example = "diff appvms/mail/private 7 clean",
	.group = BACK,
	.options = options,
	.least = 1,
	.most = 3,
	.run = run,
};

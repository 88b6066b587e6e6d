/* SPDX-License-Identifier: MIT */
/*
 * list: every volume of the pool, found by its files.
 */

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/base/table.h"
#include "subcmd/pool/exclusive.h"
#include "subcmd/pool/list.h"
#include "subcmd/pool/report.h"
#include "subcmd/subcmd.h"

static struct {
	bool exclusive;
} given;

/* EXCLUSIVE, if it isn't NULL, has an element for each volume. */
static void print_json(const struct pool_list *list, const struct exclusive *exclusive)
{
	json_array(NULL);
	for (size_t i = 0; i < list->count; i++) {
		const struct summary *summary = &list->volumes[i].summary;

		json_object(NULL);
		json_string("vid", list->volumes[i].vid);
		json_string("state", state_name(summary->state));
		report_use_json(summary->use);
		if (summary->size < 0)
			json_string("time", NULL);
		else
			report_time_json(summary->time);
		json_size("size", summary->size);
		json_size("usage", summary->usage);
		json_unsigned("revisions", summary->n_revisions);
		if (exclusive)
			exclusive_json(&exclusive[i]);
		json_end();
	}
	json_end();
}

static enum status print_table(const struct pool_list *list, const struct exclusive *exclusive)
{
	static const struct column columns[] = {
		{"VOLUME", false}, {"STATE", false},	{"TIME", false},     {"SIZE", true},
		{"USAGE", true},   {"REVISIONS", true}, {"EXCLUSIVE", true},
	};
	enum { AT_TIME = 2, AT_REVISIONS = 5 };
	struct table table = {.columns = columns,
			      .n_columns = exclusive ? 7 : 6,
			      .gives_way = 1 << AT_TIME | 1 << AT_REVISIONS};

	for (size_t i = 0; i < list->count; i++) {
		const struct summary *summary = &list->volumes[i].summary;

		table_text(&table, quote_word(list->volumes[i].vid));
		table_colored(&table, state_word(summary), state_color(summary));
		table_text(&table, summary->size < 0 ? "-" : revision_make(0, summary->time).time);
		table_size(&table, summary->size);
		table_size(&table, summary->usage);
		table_number(&table, summary->n_revisions);
		if (!exclusive)
			continue;
		exclusive_cell(&table, &exclusive[i]);
		table_bar(&table, exclusive[i].bytes, summary->usage);
	}
	return table_print(&table);
}

/* What couldn't be read keeps nobody from seeing the rest. */
static enum status print(const struct request *request, const struct dir *pool,
			 const struct pool_list *list)
{
	_cleanup_free_ struct exclusive *exclusive = NULL;
	enum status status = DONE, printed = DONE;

	if (given.exclusive) {
		exclusive = calloc(list->count + 1, sizeof(*exclusive));
		if (!exclusive)
			return msg_errno(FAILED, "cannot measure %s", quote_dir(pool));
		status = exclusive_of_volumes(pool, list, exclusive);
	}
	if (request->json)
		print_json(list, exclusive);
	else
		printed = print_table(list, exclusive);
	return status == DONE ? printed : status;
}

static enum status run(const struct request *request)
{
	_cleanup_pool_list_ struct pool_list list = {.volumes = NULL};
	_cleanup_dir_ struct dir pool = DIR_CLOSED;
	enum status status =
		dir_open(&request->pool, request->n_operands ? *request->operands : ".",
			 DIR_MUST_EXIST, &pool);
	enum status printed;

	if (status != DONE)
		return status;
	status = pool_list(&pool, &list);
	if (status == MISSING && !list.count)
		return status;
	printed = print(request, &pool, &list);
	return status == DONE ? printed : status;
}

static const struct option_row options[] = {
	OPTION_EXCLUSIVE("what removing the volume would free", given.exclusive),
	OPTIONS_END,
};

const struct subcmd cmd_list = {
	.name = "list",
	.operands = "[DIR]",
	.summary = "list the volumes: state, size, usage, number of revisions",
	.example = "list /var/lib/qubes",
	.group = LOOK,
	.options = options,
	.least = 0,
	.most = 1,
	.run = run,
};

/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/rows.h"

#include <stdio.h>
#include <string.h>

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/volume/entry.h"

/* On the heap; reports and returns NULL when out of memory. */
static char *find_path(const struct dir *pool, const struct pool_revision *revision)
{
	const char *const vid = revision->volume->vid, *const slash = strrchr(vid, '/');
	char clean[NAME_MAX + 1], name[NAME_MAX + 1], path[PATH_MAX + NAME_MAX + 2];

	entry_image_name(slash + 1, CLEAN, clean);
	revision_name(&revision->names->revision, clean, name);
	snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - vid), vid, name);
	return dir_join(pool, path);
}

static void print_pins_json(const struct pool_revision *revision)
{
	json_array("pins");
	for (size_t i = 0; i < revision->n_names; i++)
		if (*revision->names[i].revision.pin)
			json_string(NULL, revision->names[i].revision.pin);
	json_end();
}

enum status rows_print_json(const struct dir *pool, const char *key, const struct rows *rows)
{
	json_array(key);
	for (size_t i = 0; i < rows->count; i++) {
		const struct pool_revision *const revision = rows->revisions[i];
		_cleanup_free_ char *path = find_path(pool, revision);

		if (!path)
			return FAILED;
		json_object(NULL);
		json_string("vid", revision->volume->vid);
		json_unsigned("revision", revision->names->revision.number);
		json_string("time", revision->names->revision.time);
		json_integer("size", revision->names->size);
		json_integer("usage", revision->names->usage);
		if (rows->has_exclusive)
			exclusive_json(&revision->exclusive);
		json_string("path", path);
		print_pins_json(revision);
		json_end();
	}
	json_end();
	return DONE;
}

/* "a,b", or "-" if there is none. */
static enum status print_pins(struct table *table, const struct pool_revision *revision)
{
	_cleanup_free_ char *text = malloc(revision->n_names * PIN_NAME + sizeof("-"));
	char *end = text;

	if (!text)
		return msg_errno(FAILED, "cannot list pins");
	for (size_t i = 0; i < revision->n_names; i++)
		if (*revision->names[i].revision.pin)
			end = stpcpy(stpcpy(end, end > text ? "," : ""),
				     revision->names[i].revision.pin);
	table_text(table, end > text ? text : "-");
	return DONE;
}

enum status rows_print_table(const struct rows *rows)
{
	static const struct column columns[] = {
		{"VOLUME", false}, {"REVISION", true},	{"TIME", false}, {"SIZE", true},
		{"USAGE", true},   {"EXCLUSIVE", true}, {"PINS", false},
	};
	struct table table = {.columns = columns, .n_columns = rows->has_exclusive ? 7 : 5};
	enum status status = DONE, printed;

	for (size_t i = 0; i < rows->count && status == DONE; i++) {
		const struct revision_name *const name = rows->revisions[i]->names;

		table_text(&table, quote_word(rows->revisions[i]->volume->vid));
		table_number(&table, name->revision.number);
		table_text(&table, name->revision.time);
		table_size(&table, name->size);
		table_size(&table, name->usage);
		if (!rows->has_exclusive)
			continue;
		exclusive_cell(&table, &rows->revisions[i]->exclusive);
		status = print_pins(&table, rows->revisions[i]);
	}
	printed = table_print(&table);
	return status == DONE ? printed : status;
}

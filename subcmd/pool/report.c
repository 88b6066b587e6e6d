/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/table.h"
#include "subcmd/image/loop.h"

enum { DEVICE_NAME = 32 };

static const char *const image_names[IMAGES] = {
	[CLEAN] = "clean", [DIRTY] = "dirty", [IMPORT] = "import", [PRECACHE] = "precache"};

/* The path of the loop device that holds the file; NULL if none does. */
static const char *find_device(const struct stat *st, char path[static DEVICE_NAME])
{
	int number;

	if (loop_find(st, &number) != DONE)
		return NULL;
	snprintf(path, DEVICE_NAME, "/dev/loop%d", number);
	return path;
}

void report_time_json(time_t time)
{
	json_string("time", revision_make(0, time).time);
}

void report_use_json(enum use use)
{
	if (use == USE_PERHAPS)
		json_string("in_use", NULL);
	else
		json_bool("in_use", use == USE_YES);
}

enum status report_images_json(const struct volume *volume, const char *key)
{
	char device[DEVICE_NAME];

	json_array(key);
	for (enum image image = CLEAN; image < IMAGES; image++) {
		const struct stat *st = &volume->image[image].st;
		_cleanup_free_ char *path = NULL;

		if (!volume->image[image].exists)
			continue;
		path = dir_join(&volume->dir, volume->image[image].name);
		if (!path)
			return FAILED;
		json_object(NULL);
		json_string("image", image_names[image]);
		report_time_json(st->st_mtim.tv_sec);
		json_integer("size", st->st_size);
		json_integer("usage", st->st_blocks * 512);
		report_use_json(use_of_name(&volume->dir, volume->image[image].name));
		json_string("device", find_device(st, device));
		json_string("path", path);
		json_end();
	}
	json_end();
	return DONE;
}

enum status report_images_table(const struct volume *volume)
{
	static const struct column columns[] = {{"IMAGE", false},
						{"TIME", false},
						{"SIZE", true},
						{"USAGE", true},
						{"DEVICE", false}};
	struct table table = {.columns = columns, .n_columns = 5};
	char path[DEVICE_NAME];

	for (enum image image = CLEAN; image < IMAGES; image++) {
		const struct stat *st = &volume->image[image].st;
		const char *device;

		if (!volume->image[image].exists)
			continue;
		device = find_device(st, path);
		table_text(&table, image_names[image]);
		table_text(&table, revision_make(0, st->st_mtim.tv_sec).time);
		table_size(&table, st->st_size);
		table_size(&table, st->st_blocks * 512);
		table_text(&table, device ? device : "-");
	}
	return table_print(&table);
}

struct row {
	const struct revision *revision;
	char name[NAME_MAX + 1];
	struct stat st;
};

/* Look at the revision at INDEX; false if it was pruned meanwhile, or, with a note of that in
 * STATUS, for another reason. */
static bool examine(const struct volume *volume, size_t index, struct row *row, enum status *status)
{
	row->revision = &volume->revisions[index];
	revision_name(row->revision, volume->image[CLEAN].name, row->name);
	if (fstatat(volume->dir.fd, row->name, &row->st, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	if (errno != ENOENT)
		*status = msg_errno(FAILED, "cannot examine %s", quote(&volume->dir, row->name));
	return false;
}

enum status report_revisions_json(const struct volume *volume, const char *key,
				  const int64_t *exclusive)
{
	enum status status = DONE;
	struct row row;

	json_array(key);
	for (size_t i = 0; i < volume->n_revisions; i++) {
		_cleanup_free_ char *path = NULL;

		if (!examine(volume, i, &row, &status))
			continue;
		path = dir_join(&volume->dir, row.name);
		if (!path)
			return FAILED;
		json_object(NULL);
		json_unsigned("revision", row.revision->number);
		json_string("time", row.revision->time);
		json_integer("size", row.st.st_size);
		json_integer("usage", row.st.st_blocks * 512);
		if (exclusive)
			json_size("exclusive", exclusive[i]);
		json_string("path", path);
		json_end();
	}
	json_end();
	return status;
}

enum status report_revisions_table(const struct volume *volume, const int64_t *exclusive)
{
	static const struct column columns[] = {
		{"REVISION", true}, {"TIME", false},	 {"SIZE", true},
		{"USAGE", true},    {"EXCLUSIVE", true},
	};
	struct table table = {.columns = columns, .n_columns = exclusive ? 5 : 4};
	enum status status = DONE, printed;
	struct row row;

	for (size_t i = 0; i < volume->n_revisions; i++) {
		if (!examine(volume, i, &row, &status))
			continue;
		table_number(&table, row.revision->number);
		table_text(&table, row.revision->time);
		table_size(&table, row.st.st_size);
		table_size(&table, row.st.st_blocks * 512);
		if (exclusive)
			table_size(&table, exclusive[i]);
	}
	printed = table_print(&table);
	return status == DONE ? printed : status;
}

enum status report_path(const struct volume *volume, const char *name, bool json)
{
	_cleanup_free_ char *path = dir_join(&volume->dir, name);

	if (!path)
		return FAILED;
	if (json) {
		json_object(NULL);
		json_string("path", path);
		json_end();
	} else {
		puts(path);
	}
	return DONE;
}

/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/report.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/table.h"
#include "subcmd/image/loop.h"
#include "subcmd/volume/pin.h"

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

/* The states of a volume, and the one that is at hand. */
struct listing {
	const struct volume *volume;
	const struct revision **states; /* pin.h */
	size_t count;
	char name[NAME_MAX + 1];
	struct stat st;
	enum status status; /* of the last that couldn't be examined */
};

static void listing_free(struct listing *listing)
{
	free(listing->states);
}

static enum status list_states(struct listing *listing)
{
	const struct volume *const volume = listing->volume;

	listing->states =
		calloc(volume->n_revisions + volume->n_pins + 1, sizeof(*listing->states));
	if (!listing->states)
		return msg_errno(FAILED, "cannot list revisions");
	listing->count = pin_states(volume, listing->states);
	return DONE;
}

/* Look at the state at INDEX; false if it was pruned meanwhile, or, with a note of that in
 * listing->status, for another reason. */
static bool examine_state(struct listing *listing, size_t index)
{
	const enum status status =
		volume_stat_revision(listing->volume, listing->states[index], &listing->st);

	revision_name(listing->states[index], listing->volume->image[CLEAN].name, listing->name);
	if (status != DONE && status != ABSENT)
		listing->status = status;
	return status == DONE;
}

/* Call TELL with the name of each pin of STATE. */
static void each_pin(const struct volume *volume, const struct revision *state,
		     void (*tell)(const char *name, void *data), void *data)
{
	for (size_t i = 0; i < volume->n_pins; i++)
		if (revision_is_state(&volume->pins[i], state))
			tell(volume->pins[i].pin, data);
}

static void add_json(const char *name, void *data)
{
	(void)data;
	json_string(NULL, name);
}

static void add_name(const char *name, void *data)
{
	char **end = data;

	*end = stpcpy(stpcpy(*end, name), ",");
}

/* "a,b", or "-" if there is none. */
static enum status table_pins(struct table *table, const struct volume *volume,
			      const struct revision *state)
{
	_cleanup_free_ char *names = malloc(volume->n_pins * PIN_NAME + sizeof("-"));
	char *end = names;

	if (!names)
		return msg_errno(FAILED, "cannot list pins");
	each_pin(volume, state, add_name, &end);
	strcpy(end > names ? end - 1 : end, end > names ? "" : "-");
	table_text(table, names);
	return DONE;
}

enum status report_revisions_json(const struct volume *volume, const char *key,
				  const struct exclusive *exclusive)
{
	_cleanup_(listing_free) struct listing listing = {.volume = volume};
	enum status status = list_states(&listing);

	if (status != DONE)
		return status;
	json_array(key);
	for (size_t i = 0; i < listing.count; i++) {
		_cleanup_free_ char *path = NULL;

		if (!examine_state(&listing, i))
			continue;
		path = dir_join(&volume->dir, listing.name);
		if (!path)
			return FAILED;
		json_object(NULL);
		json_unsigned("revision", listing.states[i]->number);
		json_string("time", listing.states[i]->time);
		json_integer("size", listing.st.st_size);
		json_integer("usage", listing.st.st_blocks * 512);
		if (exclusive)
			exclusive_json(&exclusive[i]);
		json_string("path", path);
		json_array("pins");
		each_pin(volume, listing.states[i], add_json, NULL);
		json_end();
		json_end();
	}
	json_end();
	return listing.status;
}

enum status report_revisions_table(const struct volume *volume, const struct exclusive *exclusive)
{
	static const struct column columns[] = {
		{"REVISION", true}, {"TIME", false},	 {"SIZE", true},
		{"USAGE", true},    {"EXCLUSIVE", true}, {"PINS", false},
	};
	enum { AT_SIZE = 2, AT_USAGE, AT_EXCLUSIVE, AT_PINS };
	struct column chosen[6];
	struct table table = {.columns = chosen, .gives_way = 1 << AT_SIZE | 1 << AT_USAGE};
	_cleanup_(listing_free) struct listing listing = {.volume = volume};
	enum status status = list_states(&listing), printed;

	for (size_t i = 0; i < 6; i++)
		if ((i != AT_EXCLUSIVE || exclusive) && (i != AT_PINS || volume->n_pins))
			chosen[table.n_columns++] = columns[i];
	for (size_t i = 0; i < listing.count && status == DONE; i++) {
		if (!examine_state(&listing, i))
			continue;
		table_number(&table, listing.states[i]->number);
		table_text(&table, listing.states[i]->time);
		table_size(&table, listing.st.st_size);
		table_size(&table, listing.st.st_blocks * 512);
		if (exclusive)
			exclusive_cell(&table, &exclusive[i]);
		if (volume->n_pins)
			status = table_pins(&table, volume, listing.states[i]);
		if (exclusive)
			table_bar(&table, exclusive[i].bytes, listing.st.st_blocks * 512);
	}
	printed = table_print(&table);
	status = status == DONE ? listing.status : status;
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

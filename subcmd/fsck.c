/* SPDX-License-Identifier: MIT */
/*
 * fsck: what a crash, a person or another driver left in a volume or the pool.
 *
 * With --repair, in each directory:
 *
 * 	remove what is of no use to anybody	crash: less of it, nothing depends on another
 * 	fsync of the directory
 * 	remove the directory if it is empty	crash: it is there, or not
 */

#include <stdio.h>
#include <string.h>

#include "subcmd/base/json.h"
#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/pool/advice.h"
#include "subcmd/pool/inspect.h"
#include "subcmd/pool/walk.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/layout.h"
#include "subcmd/volume/volume.h"

static struct {
	bool repair;
} given;

/* Told when the directory isn't locked any more: who reads it may take his time. */
struct told {
	const struct finding_kind *kind;
	char *path, *commands[FINDING_COMMANDS];
};

struct fsck {
	bool json;
	size_t n_findings;
	struct told *told; /* not printed yet */
	size_t n_told;
	struct inspection inspection;
};

static enum status tell(const struct finding_kind *kind, const struct scene *scene,
			const struct item *item, void *data)
{
	struct fsck *fsck = data;
	struct told *told;
	enum status status = grow(&fsck->told, fsck->n_told, sizeof(*fsck->told));

	if (status != DONE)
		return status;
	told = &fsck->told[fsck->n_told++];
	*told = (struct told){.kind = kind, .path = dir_join(scene->dir, item->name)};
	if (!told->path)
		return FAILED;
	for (int i = 0; i < FINDING_COMMANDS && kind->commands[i]; i++) {
		told->commands[i] = advice_fill(kind->commands[i], scene, item);
		if (!told->commands[i])
			return FAILED;
	}
	return DONE;
}

static void print_json(const struct told *told)
{
	json_object(NULL);
	json_string("path", told->path);
	json_string("kind", told->kind->name);
	json_string("message", told->kind->meaning);
	json_bool("repairable", told->kind->is_repairable);
	json_bool("harmless", told->kind->is_harmless);
	json_array("commands");
	for (int i = 0; i < FINDING_COMMANDS && told->commands[i]; i++) {
		char *const comment = strstr(told->commands[i], "  # ");

		if (comment) /* for people */
			*comment = '\0';
		json_string(NULL, told->commands[i]);
	}
	json_end();
	json_end();
}

static void print_text(const struct told *told)
{
	printf("%s: %s: %s\n", quote(NULL, told->path), told->kind->name, told->kind->meaning);
	for (int i = 0; i < FINDING_COMMANDS && told->commands[i];
	     i++) /* who pastes all takes the first */
		printf("    %s%s\n", i ? "# or: " : "", told->commands[i]);
}

static void print_told(struct fsck *fsck)
{
	if (fsck->json && fsck->n_told && !fsck->n_findings)
		json_array(NULL);
	fsck->n_findings += fsck->n_told;
	for (size_t i = 0; i < fsck->n_told; i++) {
		struct told *told = &fsck->told[i];

		if (told->path && fsck->json)
			print_json(told);
		else if (told->path)
			print_text(told);
		free(told->path);
		for (int j = 0; j < FINDING_COMMANDS; j++)
			free(told->commands[j]);
	}
	fsck->n_told = 0;
}

static enum status ignore(const struct dir *dir, const char *path, const struct dirent *file,
			  void *data)
{
	(void)dir;
	(void)path;
	(void)file;
	(void)data;
	return DONE;
}

static enum status look(const struct dir *seen, const char *path, void *data)
{
	struct fsck *fsck = data;
	_cleanup_dir_ struct dir dir = DIR_CLOSED; /* locked and let go of without the other */
	enum status status = dir_open_beneath(fsck->inspection.pool, path, DIR_MAY_LACK, &dir);

	(void)seen;
	if (status == DONE)
		status = inspect(&fsck->inspection, &dir, path);
	dir_close(&dir);
	print_told(fsck);
	return status == ABSENT ? DONE : status;
}

static enum status look_at_pool(struct fsck *fsck)
{
	const struct walker walker = {
		.tells_links = true, .file = ignore, .end = look, .data = fsck};
	enum status status = links_read(fsck->inspection.pool, NULL, &fsck->inspection.links);
	int n_absent = 0;

	for (int i = 0; i < LAYOUT_TOPS && status == DONE; i++) {
		status = walk_tree(fsck->inspection.pool, layout_tops[i], &walker);
		n_absent += status == ABSENT;
		status = status == ABSENT ? DONE : status;
	}
	return n_absent == LAYOUT_TOPS ? layout_report_no_pool(fsck->inspection.pool) : status;
}

static enum status look_at_volume(struct fsck *fsck, const char *text)
{
	struct inspection *inspection = &fsck->inspection;
	_cleanup_dir_ struct dir dir = DIR_CLOSED, pool = DIR_CLOSED;
	struct vid vid;
	enum status status = vid_parse(text, &vid);

	if (status == DONE)
		status = vid_open_dir(inspection->pool, &vid, DIR_MUST_EXIST, &dir);
	if (status != DONE)
		return status;
	/* Its pool may be another one than that of -C. */
	status = layout_open_pool(inspection->pool, dir.path, &pool);
	if (status == DONE)
		inspection->pool = &pool;
	if (status == DONE || status == ABSENT)
		status = links_read(inspection->pool, status == DONE ? NULL : &dir,
				    &inspection->links);
	inspection->only = vid.name;
	if (status == DONE)
		status = inspect(inspection, &dir, NULL);
	if (status == DONE && !inspection->n_seen)
		status = msg_error(MISSING, "cannot find %s: " VID_NO_SUCH, quote(&dir, vid.name));
	return status;
}

static enum status run(const struct request *request)
{
	struct fsck fsck = {
		.json = request->json,
		.inspection = {.pool = &request->pool,
			       .wait = request->wait,
			       .repairs = given.repair,
			       .tell = tell,
			       .data = &fsck},
	};
	const enum status status = request->n_operands ? look_at_volume(&fsck, *request->operands)
						       : look_at_pool(&fsck);

	print_told(&fsck);
	if (request->json && !fsck.n_findings && status == DONE)
		json_array(NULL);
	if (request->json && (fsck.n_findings || status == DONE))
		json_end();
	free(fsck.told);
	links_free(&fsck.inspection.links);
	return status == DONE && fsck.n_findings ? NO : status;
}

static const struct option_row options[] = {
	OPTION("repair", NULL, "remove what is of no use to anybody", option_flag, given.repair),
	OPTIONS_END,
};

const struct subcmd cmd_fsck = {
	.name = "fsck",
	.operands = "[VOLUME]",
	.summary = "find what crashes and people left behind (exit 1: something)",
	.drops =
		"Drops nothing.  --repair drops tempfiles, stale precaches, empty directories and\n"
		"the second name that an interrupted commit left to a clean image; no state.",
	.example = "fsck --repair",
	.group = POOL,
	.options = options,
	.least = 0,
	.most = 1,
	.run = run,
};

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

#include "subcmd/base/json.h"
#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/loop.h"
#include "subcmd/pool/inspect.h"
#include "subcmd/pool/kept.h"
#include "subcmd/pool/told.h"
#include "subcmd/pool/walk.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/layout.h"
#include "subcmd/volume/volume.h"

static struct {
	bool repair;
} given;

struct fsck {
	bool json;
	size_t n_findings;
	struct told *told; /* not printed yet */
	size_t n_told;
	struct kept kept;
	struct dir pool; /* that the volume asked about is in */
	struct inspection inspection;
};

static enum status tell(const struct finding_kind *kind, const struct scene *scene,
			const struct item *item, void *data)
{
	struct fsck *fsck = data;
	enum status status = grow(&fsck->told, fsck->n_told, sizeof(*fsck->told));

	if (status != DONE)
		return status;
	return told_make(kind, scene, item, inspect_is_read_only(&fsck->inspection, scene->dir),
			 &fsck->told[fsck->n_told++]);
}

static void print_told(struct fsck *fsck)
{
	if (fsck->json && fsck->n_told && !fsck->n_findings)
		json_array(NULL);
	fsck->n_findings += fsck->n_told;
	for (size_t i = 0; i < fsck->n_told; i++) {
		if (fsck->told[i].path)
			told_print(&fsck->told[i], fsck->json);
		told_free(&fsck->told[i]);
	}
	fsck->n_told = 0;
}

static enum status see(const struct dir *dir, const char *path, const struct dirent *file,
		       void *data)
{
	struct fsck *fsck = data;

	(void)dir;
	return kept_see(&fsck->kept, path, file->d_name);
}

static enum status look(const struct dir *seen, const char *path, void *data)
{
	struct fsck *fsck = data;
	_cleanup_dir_ struct dir dir = DIR_CLOSED; /* with a lock of its own, which ends with it */
	enum status status;

	(void)seen;
	if (kept_has(&fsck->kept, path))
		return DONE;
	status = dir_open_beneath(fsck->inspection.pool, path, DIR_MAY_LACK, &dir);
	if (status == DONE)
		status = inspect(&fsck->inspection, &dir, path);
	dir_close(&dir);
	print_told(fsck);
	return status == ABSENT ? DONE : status;
}

static enum status look_at_pool(struct fsck *fsck)
{
	const struct walker walker = {
		.tells_links = true, .file = see, .end = look, .data = fsck};
	enum status status = inspect_pool(&fsck->inspection, NULL);
	int n_absent = 0;

	for (int i = 0; i < LAYOUT_TOPS && status == DONE; i++) {
		status = inspect_top(&fsck->inspection, layout_tops[i], &walker);
		n_absent += status == ABSENT;
		status = status == ABSENT ? DONE : status;
	}
	return n_absent == LAYOUT_TOPS ? layout_report_no_pool(fsck->inspection.pool) : status;
}

static enum status look_at_volume(struct fsck *fsck, const char *text)
{
	struct inspection *inspection = &fsck->inspection;
	_cleanup_dir_ struct dir dir = DIR_CLOSED;
	struct vid vid;
	enum status status = vid_parse(text, &vid);

	if (status == DONE)
		status = vid_open_dir(inspection->pool, &vid, DIR_MUST_EXIST, &dir);
	if (status != DONE)
		return status;
	/* Its pool may be another one than that of -C. */
	status = layout_open_pool(inspection->pool, dir.path, &fsck->pool);
	if (status == DONE)
		inspection->pool = &fsck->pool;
	if (status == DONE || status == ABSENT)
		status = inspect_pool(inspection, status == DONE ? NULL : &dir);
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
		.pool = DIR_CLOSED,
		.inspection = {.pool = &request->pool,
			       .wait = request->wait,
			       .repairs = given.repair,
			       .tell = tell,
			       .data = &fsck},
	};
	int number;
	const enum status removed = loop_find_removed(&request->pool, NULL, &number);
	enum status status;

	fsck.inspection.has_removed = removed == DONE;
	status = request->n_operands ? look_at_volume(&fsck, *request->operands)
				     : look_at_pool(&fsck);
	if (status == DONE && removed != NO)
		status = removed;
	print_told(&fsck);
	if (request->json && !fsck.n_findings && status == DONE)
		json_array(NULL);
	if (request->json && (fsck.n_findings || status == DONE))
		json_end();
	free(fsck.told);
	inspect_free(&fsck.inspection);
	kept_free(&fsck.kept);
	dir_close(&fsck.pool);
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

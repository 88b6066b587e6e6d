/* SPDX-License-Identifier: MIT */
/*
 * reclaim: free so many bytes by dropping the fewest revisions of the pool, or of some volumes.
 *
 *	of each volume, with its lock:
 * 	remove those chosen	crash: fewer revisions
 * 	fsync of the directory
 *
 * They are chosen without a lock, from a look at the whole pool; nothing is dropped if that much
 * can't be had.  If a volume isn't as it was when its turn comes (a revision was reverted to, or
 * pinned, say), nothing of it is dropped, and what is still missing is chosen anew.
 */

#include <string.h>

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/quote.h"
#include "subcmd/pool/freed.h"
#include "subcmd/pool/removal.h"
#include "subcmd/subcmd.h"

enum { ROUNDS = 8 }; /* how often revisions are chosen, while others change what was chosen */

static struct {
	int keep;
} given = {.keep = 1};

struct run {
	const struct request *request;
	struct dir pool;
	char **only; /* the volumes, beneath the pool */
	size_t n_only;
	struct reclaim rounds[ROUNDS];
	size_t n_rounds;
	struct removal removal;
};

static void end(struct run *run)
{
	while (run->n_rounds)
		reclaim_free(&run->rounds[--run->n_rounds]);
	while (run->n_only)
		free(run->only[--run->n_only]);
	free(run->only);
	free(run->removal.dropped.revisions);
	dir_close(&run->pool);
}

/* Find the pool, that of the first volume, and what the volume is called beneath it. */
static enum status find_volume(struct run *run, const char *vid)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_free_ char *path = NULL;
	const char *beneath;
	enum status status = volume_open(&run->request->pool, vid, VOLUME_READ, 0, &volume);

	if (status == DONE && !volume_has_images(&volume))
		status = volume_require(&volume, CLEAN);
	if (status == DONE && run->pool.fd < 0)
		status = exclusive_open_pool(&volume, &run->pool);
	if (status != DONE)
		return status;
	path = dir_join(&volume.dir, volume.vid.name);
	if (!path)
		return FAILED;
	beneath = path_beneath(run->pool.path, path);
	if (!beneath)
		return msg_error(USAGE, "cannot reclaim anything of %s: it isn't in the pool %s",
				 quote(NULL, vid), quote_dir(&run->pool));
	run->only[run->n_only] = strdup(beneath);
	return run->only[run->n_only++] ? DONE : msg_errno(FAILED, "cannot choose revisions");
}

static enum status find_volumes(struct run *run)
{
	const struct request *request = run->request;
	enum status status = DONE;

	if (request->n_operands == 1)
		return dir_open(&request->pool, ".", DIR_MUST_EXIST, &run->pool);
	run->only = calloc((size_t)request->n_operands, sizeof(*run->only));
	if (!run->only)
		return msg_errno(FAILED, "cannot choose revisions");
	for (int i = 1; i < request->n_operands && status == DONE; i++)
		status = find_volume(run, request->operands[i]);
	return status;
}

/* Choose, and drop those, until there is what is wanted. */
static enum status reclaim(struct run *run, int64_t size)
{
	enum status status = NO;

	while (status == NO && run->n_rounds < ROUNDS) {
		struct reclaim *round = &run->rounds[run->n_rounds++];

		*round = (struct reclaim){.pool = &run->pool,
					  .size = size - run->removal.bytes,
					  .keep = given.keep,
					  .only = run->only,
					  .n_only = run->n_only};
		status = reclaim_choose(round);
		if (status == DONE)
			status = removal_do(&run->removal, round);
	}
	if (status == NO)
		return msg_error(BUSY, "cannot reclaim more in %s: others are at work there",
				 quote_dir(&run->pool));
	return status;
}

static enum status print(struct run *run, int64_t bytes)
{
	const bool is_json = run->request->json;
	enum status status;

	if (is_json) {
		json_object(NULL);
		freed_json(bytes, false);
		status = rows_print_json(&run->pool, "revisions", &run->removal.dropped);
		json_end();
		return status;
	}
	status = rows_print_table(&run->removal.dropped);
	freed_print(bytes, false);
	return status;
}

static enum status run(const struct request *request)
{
	_cleanup_(end) struct run run = {
		.request = request, .pool = DIR_CLOSED, .removal = {.wait = request->wait}};
	_cleanup_freed_ struct freed freed = FREED_CLOSED;
	struct exclusive expected = {.is_at_most = false};
	int64_t size;
	enum status status;

	if (given.keep < 0)
		return msg_error(USAGE, "--keep is a number of revisions, 0 or more");
	status = option_size("SIZE", *request->operands, &size);
	if (status == DONE)
		status = find_volumes(&run);
	if (status != DONE)
		return status;
	freed_begin(&run.pool, &freed);
	status = reclaim(&run, size);
	if (status != DONE)
		return status;
	expected.bytes = run.removal.bytes;
	return print(&run, msg_is_dry_run() ? expected.bytes : freed_wait(&freed, &expected));
}

static const struct option_row options[] = {
	OPTION("keep", "N", "leave the newest N of each volume (default: 1)", option_count,
	       given.keep),
	OPTIONS_END,
};

const struct subcmd cmd_reclaim = {
	.name = "reclaim",
	.operands = "SIZE [VOLUME]...",
	.summary = "free SIZE bytes by dropping the fewest revisions",
	.drops = "Drops, for good, the fewest revisions of the pool, or of the VOLUMEs, that free\n"
		 "SIZE bytes together; none if that much can't be had.  Keeps the newest revision\n"
		 "of each volume (or N), pinned ones, and the clean and the dirty images.",
	.example = "reclaim -n 10G",
	.group = BACK,
	.options = options,
	.least = 1,
	.most = -1,
	.run = run,
};

/* SPDX-License-Identifier: MIT */
/*
 * import: the content of a file, a block device, another volume or a stream becomes the clean
 * image.
 *
 * 	remove tempfiles and an import		crash: fewer of them
 * 	clone SOURCE -> import, unnamed at first	crash: nothing, or an import image, which
 * 	  is never attached and goes with the next start or import; with --like what differs from
 * 	  a reflink of that image is written to it (like.h)
 * 	commit it: commit.h has the steps and what a crash leaves between them
 * 	prune and make a new precache		failures are only warnings
 *
 * If anything fails before the commit, the import image goes, and so does a VM's directory that
 * was made for it.
 */

#include <fcntl.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/image/file.h"
#include "subcmd/image/mark.h"
#include "subcmd/pool/held.h"
#include "subcmd/pool/state.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/commit.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/leftover.h"
#include "subcmd/volume/newer.h"
#include "subcmd/volume/source.h"
#include "subcmd/volume/step.h"

static struct {
	int64_t size;
	const char *like;
	struct retention retention;
} given = {.size = -1, .retention = RETENTION_UNSET};

static enum status open_source(const struct request *request, struct source *source,
			       struct file *input)
{
	const char *name = request->operands[1];

	if (strcmp(name, "-") == 0)
		return file_open_stdin(input);
	return source_open_any(&request->pool, name, true, source, input);
}

/* --size is what has to come, so that half a backup isn't taken for a whole one; nor is, without
 * it, what a program left that failed before it wrote anything. */
static enum status check_size(const struct file *input)
{
	if (mark_is_lost(input->fd))
		return mark_refuse(input->dir, input->name,
				   "export --force takes what can be read");
	if (given.size < 0 && !file_is_stream(input) && file_size(input) == 0)
		return msg_error(REFUSED, "cannot import %s: it is empty (--size=0 imports that)",
				 file_quote(input));
	if (given.size < 0 || file_is_stream(input) || file_size(input) == given.size)
		return DONE;
	return msg_error(REFUSED, "cannot import %s: it has %lld bytes, not %lld",
			 file_quote(input), (long long)file_size(input), (long long)given.size);
}

/* INPUT must be no image of the volume, nor a tempfile: these are removed before it is read. */
static enum status check_source(const struct volume *volume, const struct file *input)
{
	bool is_own = false;
	struct stat st;

	for (enum image image = CLEAN; image < IMAGES; image++)
		is_own = is_own || (volume->image[image].exists &&
				    file_is_same(&volume->image[image].st, &input->st));
	for (size_t i = 0; i < volume->n_temps; i++)
		is_own = is_own || (fstatat(volume->dir.fd, volume->temps[i], &st,
					    AT_SYMLINK_NOFOLLOW) == 0 &&
				    file_is_same(&st, &input->st));
	if (is_own)
		return msg_error(USAGE, "a volume cannot be its own source: %s", file_quote(input));
	return DONE;
}

/* LIKE is NULL without --like. */
static enum status import(const struct file *input, const struct file *like, struct volume *volume)
{
	enum status status = check_source(volume, input);

	if (status == DONE)
		status = state_require_saved(volume, "import to");
	if (status == DONE)
		status = commit_check_import(volume, &given.retention);
	if (status == DONE && input->dir)
		newer_warn(input->dir, input->name, "");
	if (status != DONE)
		return status;
	held_warn_of_heir(volume, &input->st);
	leftover_tidy(volume);
	status = like || file_is_stream(input)
			 ? step_receive(volume, IMPORT, input, like, given.size)
			 : step_clone(volume, IMPORT, input, 0);
	if (status != DONE)
		return status;
	status = commit_import(volume, &given.retention, true);
	if (status != DONE)
		commit_drop_import(volume);
	return status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_source_ struct source source = SOURCE_CLOSED, shared = SOURCE_CLOSED;
	_cleanup_file_ struct file input = FILE_CLOSED, like = FILE_CLOSED;
	enum status status = open_source(request, &source, &input);

	if (status == DONE)
		status = check_size(&input);
	if (status == DONE && given.like)
		status = source_open_like(&request->pool, given.like, &shared, &like);
	if (status != DONE)
		return status;
	status = volume_open(&request->pool, *request->operands, VOLUME_CHANGE | VOLUME_MAKE_DIR,
			     request->wait, &volume);
	if (status == DONE)
		status = import(&input, given.like ? &like : NULL, &volume);
	if (status != DONE && volume.is_new)
		(void)erase_dir(&volume);
	return status;
}

static const struct option_row options[] = {
	OPTION_LIKE(given.like),
	OPTION_SIZE("how much must come; anything else is a failure", given.size),
	OPTIONS_RETENTION("drop all but so many; -1: make none, drop none", given.retention),
	OPTIONS_END,
};

const struct subcmd cmd_import = {
	.name = "import",
	.operands = "VOLUME SOURCE",
	.summary = "replace the content by a file, block device, volume or stdin (-)",
	.drops =
		"Drops an unfinished import; revisions only with --revisions-to-keep.  Keeps what\n"
		"was clean before as the newest revision, and a dirty image as it is.",
	.example = "import appvms/mail/private /mnt/backup/private.img",
	.group = DATA,
	.options = options,
	.least = 2,
	.most = 2,
	.run = run,
};

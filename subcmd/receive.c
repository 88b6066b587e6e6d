/* SPDX-License-Identifier: MIT */
/*
 * receive: a stream from stdin becomes the clean image, as a commit.
 *
 * 	remove tempfiles and an import		crash: fewer of them
 * 	clone the base, and write what comes	crash: nothing, it has no name
 * 	  or, with --like, what differs from a clone of that image (like.h)
 * 	check the sum
 * 	name it import				crash: an import image, which is never attached
 * 	  and goes with the next start, import or receive
 * 	commit it: commit.h has the steps and what a crash leaves between them
 * 	prune and make a new precache		failures are only warnings
 * 	pin it					crash: not pinned; the same again does
 *
 * What comes is looked at as stream.h says.  If anything is wrong with it, nothing has been given a
 * name, and a VM's directory that was made for it goes.
 */

#include "subcmd/base/msg.h"
#include "subcmd/image/mark.h"
#include "subcmd/image/stream.h"
#include "subcmd/pool/held.h"
#include "subcmd/pool/state.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/commit.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/keep.h"
#include "subcmd/volume/known.h"
#include "subcmd/volume/leftover.h"
#include "subcmd/volume/pin.h"
#include "subcmd/volume/source.h"
#include "subcmd/volume/step.h"

static struct {
	struct retention retention;
	const char *pin, *like;
	bool no_precache, no_sum;
} given = {.retention = RETENTION_UNSET};

static enum status complain_missing(const struct volume *volume, const struct stream *stream)
{
	char has[KNOWN_LIST];
	const enum status status = known_list(volume, has);

	if (status != DONE)
		return status;
	return msg_error(MISSING,
			 "cannot receive %s: it is what has changed since %s, which %s hasn't"
			 " (what it has that send --from may name: %s)",
			 file_quote(stream->source), stream->from,
			 quote(&volume->dir, volume->vid.name), *has ? has : "nothing");
}

static enum status open_base(const struct volume *volume, const struct stream *stream,
			     char name[static NAME_MAX + 1], struct file *ret_base)
{
	enum status status = known_open(volume, stream->base.id, false, name, ret_base);

	if (status == ABSENT)
		return complain_missing(volume, stream);
	return status == DONE ? mark_require_whole(ret_base, "send all of it, without --from")
			      : status;
}

static enum status pin_clean(struct volume *volume)
{
	const enum status status = pin_make_clean(volume, given.pin);

	return status == DONE ? step_sync(volume) : status;
}

/* LIKE is NULL without --like. */
static enum status commit(struct volume *volume, struct stream *stream, const struct file *like)
{
	_cleanup_file_ struct file base = FILE_CLOSED;
	char name[NAME_MAX + 1];
	enum status status = given.pin ? pin_check(volume, given.pin) : DONE;

	if (status == DONE)
		status = state_require_saved(volume, "receive to");
	if (status == DONE)
		status = commit_check_import(volume, &given.retention);
	if (status == DONE && *stream->from)
		status = open_base(volume, stream, name, &base);
	if (status != DONE)
		return status;
	held_warn_of_heir(volume, NULL);
	leftover_tidy(volume);
	status = step_apply(volume, IMPORT, *stream->from ? &base : NULL, like, stream,
			    given.no_sum);
	file_close(&base); /* or CIFS would not replace it */
	if (status != DONE)
		return status;
	status = commit_import(volume, &given.retention, !given.no_precache);
	if (status != DONE)
		commit_drop_import(volume);
	return status == DONE && given.pin ? pin_clean(volume) : status;
}

/* Is the pin there already, by a former receive?  Else none may be called so. */
static enum status check_pin(const struct volume *volume, bool *ret_is_there)
{
	const struct revision *pin = pin_find(volume, given.pin);
	enum status status = pin ? keep_is_done(volume, ret_is_there) : DONE;

	*ret_is_there = pin && *ret_is_there &&
			revision_is_state(pin, &volume->revisions[volume->n_revisions - 1]);
	return status == DONE && !*ret_is_there ? pin_check(volume, given.pin) : status;
}

/* All of the stream is read even if there is nothing to do, as whoever writes it may mind. */
static enum status receive(struct volume *volume, struct stream *stream, const struct file *like)
{
	_cleanup_file_ struct file clean = FILE_CLOSED;
	char name[NAME_MAX + 1];
	bool is_pinned = !given.pin;
	int64_t data;
	enum status status = known_open(volume, stream->state.id, true, name, &clean);

	if (status == ABSENT || (status == DONE && mark_is_lost(clean.fd)))
		return commit(volume, stream, like);
	if (status == DONE && given.pin)
		status = check_pin(volume, &is_pinned);
	if (status == DONE)
		status = stream_apply(stream, NULL, given.no_sum, &data);
	if (status == DONE && !is_pinned)
		status = pin_make_clean(volume, given.pin);
	if (status == DONE)
		status = step_sync(volume); /* a former receive may have been killed before */
	if (status == DONE)
		msg_note("%s is that state already", file_quote(&clean));
	return status;
}

/* What has changed shares with the state that it is based on. */
static enum status open_like(const struct request *request, const struct stream *stream,
			     struct source *source, struct file *ret_like)
{
	if (*stream->from)
		return msg_error(
			USAGE,
			"--like is for all of a state: %s is what has changed since %s, and"
			" shares with that",
			file_quote(stream->source), stream->from);
	return source_open_like(&request->pool, given.like, source, ret_like);
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_source_ struct source shared = SOURCE_CLOSED;
	_cleanup_file_ struct file input = FILE_CLOSED, like = FILE_CLOSED;
	struct stream stream;
	enum status status;

	if (isatty(STDIN_FILENO))
		return msg_error(USAGE, "cannot read a stream from a terminal");
	status = file_open_stdin(&input);
	if (status == DONE)
		status = stream_begin(&stream, &input);
	if (status == DONE && given.like)
		status = open_like(request, &stream, &shared, &like);
	if (status != DONE)
		return status;
	status = volume_open(&request->pool, *request->operands,
			     *stream.from ? VOLUME_CHANGE : VOLUME_CHANGE | VOLUME_MAKE_DIR,
			     request->wait, &volume);
	if (status == DONE)
		status = receive(&volume, &stream, given.like ? &like : NULL);
	if (status != DONE && volume.is_new)
		(void)erase_dir(&volume);
	return status;
}

static const struct option_row options[] = {
	OPTION("pin", "NAME", "pin it, too", option_string, given.pin),
	OPTION_LIKE(given.like),
	OPTIONS_RETENTION("drop all but so many; -1: make none, drop none", given.retention),
	OPTION("no-precache", NULL, "don't prepare the next start", option_flag, given.no_precache),
	OPTION("no-sum", NULL, "even without a sum, as \"rbd merge-diff\" leaves it", option_flag,
	       given.no_sum),
	OPTIONS_END,
};

const struct subcmd cmd_receive = {
	.name = "receive",
	.operands = "VOLUME",
	.summary = "commit what send has written, from stdin",
	.drops =
		"Drops an unfinished import; revisions only with --revisions-to-keep.  Keeps what\n"
		"was clean before as the newest revision, and a dirty image as it is.",
	.example = "receive appvms/mail/private </mnt/backup/8",
	.group = DATA,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};

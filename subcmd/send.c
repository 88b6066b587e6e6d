/* SPDX-License-Identifier: MIT */
/*
 * send: a stream of all of a state, or of what has changed since another.
 *
 * 	write an id on the image	crash: it has one, which nobody else knows
 * 	fsync it
 * 	write the stream		crash: a stream without an end, which receive refuses
 *
 * Where no id can be written, on what is read-only or full, the state is sent nevertheless, with a
 * warning: somebody may be saving it from there.  Nothing can be based on it here, which the next
 * send finds out by itself.
 *
 * No lock is needed: what is open stays whole when it is replaced or removed.  It is written to
 * only if a start with snapshots disabled makes it the dirty image meanwhile, which is noticed.  So
 * is another send that writes another id on it at the same time.
 */

#include <fcntl.h>
#include <string.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/image/clone.h"
#include "subcmd/image/emit.h"
#include "subcmd/image/identity.h"
#include "subcmd/image/mark.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/choice.h"
#include "subcmd/volume/known.h"
#include "subcmd/volume/newer.h"

static const char ADVICE[] = "export --force takes what can be read";

static struct {
	const char *from;
} given;

struct state {
	char name[NAME_MAX + 1], id[IDENTITY_ID], text[IDENTITY_TEXT];
	bool has_no_id; /* but in the stream */
	struct file image;
};

static void state_close(struct state *state)
{
	file_close(&state->image);
}

#define STATE_CLOSED ((struct state){.image = FILE_CLOSED})

/* The end of its file name says which it is: "private.img" or "private.img.7@TIME". */
static void name_state(const struct volume *volume, struct state *state)
{
	const char *rest = state->name + strlen(volume->image[CLEAN].name);
	char word[NAME_MAX + 1] = "clean";

	if (*rest == '.')
		strcpy(word, rest + 1);
	word[strcspn(word, "@")] = '\0';
	identity_name(&state->image, word, state->id, state->text);
}

static enum status state_open(const struct volume *volume, const char *word, struct state *state)
{
	enum status status;

	if (strcmp(word, "dirty") == 0)
		return msg_error(USAGE, "the dirty image is no state yet (stop commits it)");
	status = choice_name(volume, word, state->name);
	if (status == DONE)
		status = file_open(&volume->dir, state->name, O_RDONLY, &state->image);
	if (status == DONE)
		status = mark_require_whole(&state->image, ADVICE);
	return status;
}

/* As the refusal of receive names it. */
static enum status open_known(const struct volume *volume, struct state *state)
{
	char has[KNOWN_LIST];
	enum status status = known_open(volume, given.from, false, state->name, &state->image);

	if (status == ABSENT) {
		status = known_list(volume, has);
		if (status == DONE)
			status =
				msg_error(MISSING, "cannot find the state %s in %s (which has: %s)",
					  given.from, quote(&volume->dir, volume->vid.name),
					  *has ? has : "none that was sent or received");
	}
	return status == DONE ? mark_require_whole(&state->image, ADVICE) : status;
}

static enum status open_base(const struct volume *volume, struct state *state)
{
	enum status status = identity_is_id(given.from) ? open_known(volume, state)
							: state_open(volume, given.from, state);

	if (status == DONE)
		status = identity_find(&state->image, state->id);
	if (status == NO)
		return msg_error(REFUSED,
				 "cannot send what has changed since %s: that was never sent nor"
				 " received (without --from all is sent)",
				 file_quote(&state->image));
	if (status == DONE)
		name_state(volume, state);
	return status;
}

/* Two that send the same image for the first time, at once, have each written an id. */
static enum status check_id(const struct state *state)
{
	char id[IDENTITY_ID];
	enum status status;

	if (msg_is_dry_run() || state->has_no_id)
		return DONE;
	status = identity_find(&state->image, id);
	if (status != NO && (status != DONE || strcmp(id, state->id) == 0))
		return status;
	return msg_error(BUSY, "cannot send %s: another send has given it another id",
			 file_quote(&state->image));
}

static enum status emit(struct emit *stream, const struct file *output, const struct state *from,
			const struct state *to)
{
	enum status status = emit_begin(stream, output, from->image.fd < 0 ? NULL : from->text,
					to->text, to->image.st.st_size);

	if (status == DONE)
		status = from->image.fd < 0 ? emit_all(stream, &to->image)
					    : emit_changes(stream, &from->image, &to->image);
	if (status == DONE)
		status = check_id(to);
	return status == DONE ? emit_end(stream) : status;
}

static enum status send(const struct state *from, const struct state *to)
{
	/* Not closed: it isn't ours. */
	struct file output = {.fd = STDOUT_FILENO, .name = "/dev/stdout"};
	struct emit stream;
	enum status status;

	if (fstat(output.fd, &output.st) < 0)
		return msg_errno(FAILED, "cannot examine %s", file_quote(&output));
	status = emit(&stream, &output, from, to);
	if (status == DONE && S_ISREG(output.st.st_mode) && !msg_is_dry_run())
		status = durable_sync_file(output.fd, NULL, output.name);
	if (status == DONE)
		clone_tell(&to->image, file_quote(&output),
			   &(struct clone_report){.size = stream.size, .data = stream.data});
	return status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_(state_close) struct state from = STATE_CLOSED, to = STATE_CLOSED;
	enum status status;

	if (isatty(STDOUT_FILENO))
		return msg_error(USAGE, "cannot write a stream to a terminal");
	status = volume_open(&request->pool, *request->operands, VOLUME_READ, 0, &volume);
	if (status == DONE && given.from)
		status = open_base(&volume, &from);
	if (status == DONE)
		status = state_open(&volume,
				    request->n_operands > 1 ? request->operands[1] : "clean", &to);
	if (status == DONE)
		status = identity_make(&to.image, to.id);
	if (status != DONE && status != NO)
		return status;
	to.has_no_id = status == NO;
	name_state(&volume, &to);
	newer_warn(&volume.dir, to.name, "");
	return send(&from, &to);
}

static const struct option_row options[] = {
	OPTION("from", "REVISION", "only what changed since that, or since a state id",
	       option_string, given.from),
	OPTIONS_END,
};

const struct subcmd cmd_send = {
	.name = "send",
	.operands = "VOLUME [REVISION]",
	.summary = "write a stream of a state, or of what has changed, for receive",
	.example = "send --from=7 appvms/mail/private >/mnt/backup/8",
	.group = DATA,
	.options = options,
	.least = 1,
	.most = 2,
	.run = run,
};

/* SPDX-License-Identifier: MIT */
#include "subcmd/image/apply.h"

#include "subcmd/base/clock.h"
#include "subcmd/base/msg.h"

/* The clone of a base that somebody wrote to since its id was looked at is of another state. */
static enum status clone_base(const struct file *base, const struct file *target,
			      struct clone_report *ret_report)
{
	struct stat now;
	enum status status = clone_content(base, target, ret_report);

	if (status != DONE)
		return status;
	if (fstat(base->fd, &now) < 0)
		return msg_errno(FAILED, "cannot examine %s", file_quote(base));
	if (now.st_size != base->st.st_size || !clock_is_same(&now.st_mtim, &base->st.st_mtim))
		return msg_error(FAILED, "cannot clone %s: it was written to meanwhile",
				 file_quote(base));
	return DONE;
}

/* The id is that of the time which the file system has made of the sender's. */
static enum status identify(struct replacement *new, const struct identity *state)
{
	enum status status = replace_set_mtime(new, &state->mtime);

	if (status == DONE)
		status = identity_put(&new->file, state->id);
	if (status != NO)
		return status;
	msg_warn("cannot write an id on %s: no stream can be based on it here",
		 file_quote(&new->file));
	return DONE;
}

enum status apply_stream(struct dir *dir, const char *name, const struct file *base,
			 struct stream *stream, bool may_lack_sum, bool is_new)
{
	_cleanup_replacement_ struct replacement new;
	struct clone_report report = {0};
	int64_t data = 0;
	enum status status = replace_begin(dir, name, &new);

	new.is_new = is_new;
	if (status == DONE && base)
		status = clone_base(base, &new.file, &report);
	if (status == DONE)
		status = stream_apply(stream, &new.file, base, may_lack_sum, &data);
	if (status == DONE)
		status = identify(&new, &stream->state);
	if (status == DONE)
		status = replace_commit(&new);
	if (status != DONE)
		return status;
	if (base)
		clone_tell(base, quote(dir, name), &report);
	msg_done("copied %s -> %s (%lld bytes, %lld of data)", file_quote(stream->source),
		 quote(dir, name), (long long)stream->size, (long long)data);
	return DONE;
}

/* SPDX-License-Identifier: MIT */
#include "subcmd/image/apply.h"

#include "subcmd/base/clock.h"
#include "subcmd/base/msg.h"
#include "subcmd/image/like.h"

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

/* The empty FILE becomes what the stream begins with. */
static enum status begin(const struct apply_target *target, const struct file *file,
			 struct clone_report *ret_report)
{
	*ret_report = (struct clone_report){.is_reflink = true};
	if (target->base)
		return clone_base(target->base, file, ret_report);
	return target->like ? like_begin(target->like, file) : DONE;
}

enum status apply_stream(struct dir *dir, const char *name, const struct apply_target *target,
			 struct stream *stream, bool may_lack_sum)
{
	const struct file *from = target->base ? target->base : target->like;
	_cleanup_replacement_ struct replacement new;
	struct clone_report report;
	struct sink sink = {.target = &new.file, .like = target->like};
	int64_t data = 0;
	enum status status = replace_begin(dir, name, &new);

	sink.kind = target->base ? SINK_FILLED : target->like ? SINK_LIKE : SINK_SPARSE;
	new.is_new = target->is_new;
	if (status == DONE)
		status = begin(target, &new.file, &report);
	if (status == DONE)
		status = stream_apply(stream, &sink, may_lack_sum, &data);
	if (status == DONE)
		status = identify(&new, &stream->state);
	if (status == DONE)
		status = replace_commit(&new);
	if (status != DONE)
		return status;
	if (from)
		clone_tell(from, quote(dir, name), &report);
	msg_done("copied %s -> %s (%lld bytes, %lld of data)", file_quote(stream->source),
		 quote(dir, name), (long long)stream->size,
		 (long long)(target->like ? sink.data : data));
	return DONE;
}

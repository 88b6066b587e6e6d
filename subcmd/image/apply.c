/* SPDX-License-Identifier: MIT */
#include "subcmd/image/apply.h"

#include "subcmd/image/carry.h"
#include "subcmd/image/like.h"

/* The empty FILE becomes what the stream begins with. */
static enum status begin_file(const struct apply_target *target, const struct file *file,
			      struct clone_report *ret_report)
{
	enum status status;

	*ret_report = (struct clone_report){.is_reflink = true};
	if (!target->base)
		return target->like ? like_begin(target->like, file) : DONE;
	status = clone_content(target->base, file, ret_report);
	return status == DONE ? file_require_unchanged(target->base, "clone") : status;
}

enum status apply_stream(struct dir *dir, const char *name, const struct apply_target *target,
			 struct stream *stream, bool may_lack_sum)
{
	const struct file *from = target->base ? target->base : target->like;
	_cleanup_replacement_ struct replacement new = {.file = FILE_CLOSED};
	struct clone_report report, came = {.size = stream->size};
	struct sink sink = {.target = &new.file, .like = target->like};
	enum status status = replace_begin(dir, name, &new);

	sink.kind = target->base ? SINK_FILLED : target->like ? SINK_LIKE : SINK_SPARSE;
	new.is_new = target->is_new;
	if (status == DONE)
		status = begin_file(target, &new.file, &report);
	if (status == DONE)
		status = stream_apply(stream, &sink, may_lack_sum, &came.data);
	if (status == DONE)
		status = carry_identity(&new, &stream->state);
	if (status == DONE)
		status = replace_commit(&new);
	if (status != DONE)
		return status;
	if (from)
		clone_tell(from, quote(dir, name), &report);
	clone_tell(stream->source, quote(dir, name), &came);
	return DONE;
}

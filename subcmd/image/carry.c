/* SPDX-License-Identifier: MIT */
#include "subcmd/image/carry.h"

#include "subcmd/image/copy.h"
#include "subcmd/image/difference.h"

struct writer {
	const struct file *source;
	struct sink sink;
};

static enum status write_difference(const struct difference *difference, void *data)
{
	struct writer *writer = data;
	const int64_t start = difference->start, end = start + difference->length;

	if (start >= file_size(writer->source))
		return DONE; /* it was longer before: that is cut off */
	if (difference->is_zero)
		return sink_zero(&writer->sink, start, difference->length);
	return copy_range(writer->source, &writer->sink, start, end);
}

/* TARGET is a reflink of what was carried LAST. */
static enum status write_changes(const struct file *source, const struct carried *last,
				 const struct file *target, int64_t *ret_data)
{
	const int64_t size = file_size(source);
	_cleanup_progress_ struct progress progress = progress_begin(target, size);
	struct writer writer = {
		.source = source,
		.sink = {.target = target, .kind = SINK_FILLED, .progress = &progress},
	};
	enum status status = sink_set_size(&writer.sink, size);

	if (status == DONE)
		status = difference_each(last->from, source, false, write_difference, &writer);
	*ret_data = writer.sink.data;
	return status;
}

enum status carry_content(const struct file *source, const struct carried *last,
			  const struct file *target, struct clone_report *ret_report)
{
	enum status status = clone_reflink(source, target);

	*ret_report = (struct clone_report){.size = file_size(source)};
	ret_report->is_reflink = status == DONE;
	if (status == NO && last) {
		status = clone_reflink(last->to, target);
		if (status == DONE)
			status = write_changes(source, last, target, &ret_report->data);
	}
	return status == NO ? clone_content(source, target, ret_report) : status;
}

enum status carry_identity(struct replacement *new, const struct identity *state)
{
	enum status status = replace_set_mtime(new, &state->mtime);

	if (status == DONE && *state->id)
		status = identity_put(&new->file, state->id);
	return status == NO ? DONE : status;
}

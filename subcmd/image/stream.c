/* SPDX-License-Identifier: MIT */
#include "subcmd/image/stream.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"

enum { BUFFER = 64 * 1024, PIECE = 256 * 1024, MOST = 1024 * 1024 };

static const char MAGIC[] = "rbd diff v1\n", SUM[] = "sha256 ";

BIG unsigned char stream_buffer[BUFFER];
BIG _Alignas(64) unsigned char stream_piece[PIECE];

static enum status complain(const struct stream *stream, int64_t at, const char *what)
{
	return msg_error(REFUSED, "cannot receive %s: byte %lld: %s", file_quote(stream->source),
			 (long long)at, what);
}

static enum status refill(struct stream *stream)
{
	ssize_t n;

	do
		n = read(stream->source->fd, stream_buffer, BUFFER);
	while (n < 0 && file_may_retry(stream->source, POLLIN));
	if (n < 0)
		return msg_errno(FAILED, "cannot read %s", file_quote(stream->source));
	stream->next = 0;
	stream->came = (size_t)n;
	return DONE;
}

/* The next LENGTH bytes, or fewer at the end. */
static enum status take_some(struct stream *stream, unsigned char *into, size_t length,
			     size_t *ret_length)
{
	const size_t wanted = length;
	enum status status = DONE;

	while (length && status == DONE) {
		const size_t rest = stream->came - stream->next;
		const size_t n = rest < length ? rest : length;

		memcpy(into, stream_buffer + stream->next, n);
		stream->next += n;
		into += n;
		length -= n;
		if (!length)
			break;
		status = refill(stream);
		if (!stream->came)
			break;
	}
	*ret_length = wanted - length;
	sha256_add(&stream->sum, into - *ret_length, *ret_length);
	stream->at += (int64_t)*ret_length;
	return status;
}

static enum status take(struct stream *stream, unsigned char *into, size_t length)
{
	size_t came = 0;
	enum status status = take_some(stream, into, length, &came);

	if (status == DONE && came < length)
		return complain(stream, stream->at, "it ends here, before all of it has come");
	return status;
}

static enum status take_number(struct stream *stream, size_t size, uint64_t *ret_number)
{
	unsigned char bytes[8];
	enum status status = take(stream, bytes, size);

	*ret_number = 0;
	while (status == DONE && size--)
		*ret_number = *ret_number << 8 | bytes[size];
	return status;
}

static enum status take_state(struct stream *stream, char text[static IDENTITY_TEXT],
			      struct identity *ret_identity)
{
	const int64_t at = stream->at - 1; /* the tag */
	uint64_t length;
	enum status status = take_number(stream, 4, &length);

	if (status != DONE)
		return status;
	if (length >= IDENTITY_TEXT)
		return complain(stream, at, "the name of a state is too long");
	status = take(stream, (unsigned char *)text, (size_t)length);
	if (status != DONE)
		return status;
	text[length] = '\0';
	if (strlen(text) == length && identity_parse(text, ret_identity))
		return DONE;
	return complain(stream, at, "that is no state which send has named");
}

static enum status take_size(struct stream *stream)
{
	const int64_t at = stream->at - 1;
	uint64_t size;
	enum status status = take_number(stream, 8, &size);

	if (status == DONE && size > INT64_MAX)
		return complain(stream, at, "no file is of that size");
	stream->size = (int64_t)size;
	return status;
}

enum status stream_begin(struct stream *stream, const struct file *source)
{
	unsigned char magic[sizeof(MAGIC) - 1] = "", tag = 0;
	enum status status;

	*stream = (struct stream){.source = source};
	sha256_begin(&stream->sum);
	status = take(stream, magic, sizeof(magic));
	if (status == DONE && memcmp(magic, MAGIC, sizeof(magic)) != 0)
		return complain(stream, 0, "that is no stream of send");
	if (status == DONE)
		status = take(stream, &tag, 1);
	if (status == DONE && tag == 'f') {
		status = take_state(stream, stream->from, &stream->base);
		if (status == DONE)
			status = take(stream, &tag, 1);
	}
	if (status == DONE && tag != 't')
		return complain(stream, stream->at - 1, "a t record was to come");
	if (status == DONE)
		status = take_state(stream, stream->to, &stream->state);
	if (status == DONE)
		status = take(stream, &tag, 1);
	if (status == DONE && tag != 's')
		return complain(stream, stream->at - 1, "an s record was to come");
	return status == DONE ? take_size(stream) : status;
}

/* Where a w or z wants to go; END is that of the record before. */
static enum status take_range(struct stream *stream, unsigned char tag, int64_t end,
			      int64_t *ret_offset, int64_t *ret_length)
{
	const int64_t at = stream->at - 1;
	const uint64_t size = (uint64_t)stream->size;
	uint64_t offset, length = 0;
	enum status status = take_number(stream, 8, &offset);

	if (status == DONE)
		status = take_number(stream, 8, &length);
	if (status != DONE)
		return status;
	if (!length)
		return complain(stream, at, "a record of no bytes");
	if (length > size || offset > size - length)
		return complain(stream, at, "a record beyond the size");
	if (offset < (uint64_t)end)
		return complain(stream, at, "a record before the end of the last one");
	if (tag == 'w' && length > MOST)
		return complain(stream, at, "a record of more than 1 MiB");
	*ret_offset = (int64_t)offset;
	*ret_length = (int64_t)length;
	return DONE;
}

static enum status take_data(struct stream *stream, struct sink *sink, int64_t offset,
			     int64_t length)
{
	enum status status = DONE;

	while (length && status == DONE) {
		const size_t n = length < PIECE ? (size_t)length : PIECE;

		status = take(stream, stream_piece, n);
		if (status == DONE && sink)
			status = sink_write(sink, stream_piece, n, offset);
		offset += (int64_t)n;
		length -= (int64_t)n;
	}
	return status;
}

/* What follows e. */
static enum status take_sum(struct stream *stream, bool may_lack)
{
	const int64_t at = stream->at;
	unsigned char line[sizeof(SUM) + SHA256_HEX - 1 + 1]; /* and a byte that isn't to come */
	char wanted[sizeof(SUM) + SHA256_HEX];		      /* with its end and a NUL */
	struct sha256 sum = stream->sum;
	size_t length = 0;
	enum status status = take_some(stream, line, sizeof(line), &length);

	memcpy(wanted, SUM, sizeof(SUM) - 1);
	sha256_end(&sum, wanted + sizeof(SUM) - 1);
	wanted[sizeof(wanted) - 2] = '\n';
	wanted[sizeof(wanted) - 1] = '\0';
	if (status != DONE || (!length && may_lack))
		return status;
	if (!length)
		return complain(stream, at, "it ends without a sum (--no-sum takes such a one)");
	if (length < strlen(wanted) && memcmp(line, wanted, length) == 0)
		return complain(stream, stream->at, "it ends here, in the midst of the sum");
	if (length != strlen(wanted) || memcmp(line, wanted, length) != 0)
		return complain(stream, at, "not the sum of all before: it wasn't sent like this");
	return DONE;
}

static enum status take_records(struct stream *stream, struct sink *sink)
{
	int64_t offset = 0, length = 0, end = 0;
	unsigned char tag = 0;
	enum status status;

	while ((status = take(stream, &tag, 1)) == DONE && tag != 'e') {
		if (tag != 'w' && tag != 'z')
			return complain(stream, stream->at - 1, "no such record is known");
		status = take_range(stream, tag, end, &offset, &length);
		if (status == DONE && tag == 'w')
			status = take_data(stream, sink, offset, length);
		else if (status == DONE && sink)
			status = sink_zero(sink, offset, length);
		if (status != DONE)
			return status;
		end = offset + length;
	}
	return status;
}

enum status stream_apply(struct stream *stream, const struct sink *into, bool may_lack_sum,
			 int64_t *ret_data)
{
	_cleanup_progress_ struct progress progress =
		progress_begin(into ? into->target : stream->source, stream->size);
	struct sink sink = into ? *into : (struct sink){.target = NULL};
	enum status status = into ? sink_set_size(&sink, stream->size) : DONE;

	sink.progress = &progress;
	if (status == DONE)
		status = take_records(stream, into ? &sink : NULL);
	if (status == DONE && into)
		status = sink_finish(&sink, stream->size);
	*ret_data = sink.data;
	return status == DONE ? take_sum(stream, may_lack_sum) : status;
}

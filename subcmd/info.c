/* SPDX-License-Identifier: MIT */
/*
 * info: everything about one volume.
 */

#include <stdio.h>

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/base/size.h"
#include "subcmd/pool/exclusive.h"
#include "subcmd/pool/history.h"
#include "subcmd/pool/report.h"
#include "subcmd/pool/state.h"
#include "subcmd/subcmd.h"

static struct {
	bool exclusive;
} given;

struct info {
	struct volume volume;
	struct summary summary;
	char *path; /* of the image that size and usage are those of; NULL: there is none */

	/* With --exclusive: of the whole volume, and of each revision. */
	struct exclusive exclusive;
	struct exclusive *exclusive_revisions;
};

static void info_free(struct info *info)
{
	volume_close(&info->volume);
	free(info->path);
	free(info->exclusive_revisions);
}

static void print_time_json(const struct info *info)
{
	if (info->path)
		report_time_json(info->summary.time);
	else
		json_string("time", NULL);
}

static enum status print_json(const struct info *info)
{
	const struct volume *volume = &info->volume;
	enum status status, printed;

	json_object(NULL);
	json_string("vid", volume->vid.text);
	json_string("path", info->path);
	json_string("state", state_name(info->summary.state));
	json_bool("dirty", volume->image[DIRTY].exists);
	report_use_json(info->summary.use);
	print_time_json(info);
	json_size("size", info->summary.size);
	json_size("usage", info->summary.usage);
	if (info->exclusive_revisions)
		exclusive_json(&info->exclusive);
	status = report_images_json(volume, "images");
	json_array("tempfiles");
	for (size_t i = 0; i < volume->n_temps; i++)
		json_string(NULL, volume->temps[i]);
	json_end();
	printed = report_revisions_json(volume, "revisions", info->exclusive_revisions);
	json_end();
	return status == DONE ? printed : status;
}

static void print_line(const char *what, const char *value)
{
	printf("%-10s %s\n", what, value);
}

static void print_size(const char *what, const char *bound, int64_t bytes)
{
	char human[SIZE_HUMAN], text[64] = "-";

	if (bytes >= 0) {
		size_human(bytes, human);
		snprintf(text, sizeof(text), "%s%s (%lld bytes)", bound, human, (long long)bytes);
	}
	print_line(what, text);
}

static enum status print_text(const struct info *info)
{
	const struct volume *volume = &info->volume;
	enum status status;

	print_line("volume", quote_word(volume->vid.text));
	print_line("path", info->path ? quote_word(info->path) : "-");
	print_line("state", state_word(&info->summary));
	if (info->path)
		print_line("time", revision_make(0, info->summary.time).time);
	print_size("size", "", info->summary.size);
	print_size("usage", "", info->summary.usage);
	if (info->exclusive_revisions)
		print_size("exclusive", info->exclusive.is_at_most ? "at most " : "",
			   info->exclusive.bytes);
	for (size_t i = 0; i < volume->n_temps; i++)
		print_line("tempfile", quote_word(volume->temps[i]));
	putchar('\n');
	status = report_images_table(volume);
	if (status == DONE && volume->n_revisions + volume->n_pins) {
		putchar('\n');
		status = report_revisions_table(volume, info->exclusive_revisions);
	}
	return status == DONE ? history_draw(volume) : status;
}

static enum status measure(struct info *info)
{
	const size_t count = info->volume.n_revisions + info->volume.n_pins;
	enum status status;

	info->exclusive_revisions = calloc(count + 1, sizeof(*info->exclusive_revisions));
	if (!info->exclusive_revisions)
		return msg_errno(FAILED, "cannot measure the volume");
	status = exclusive_of_volume(&info->volume, &info->exclusive);
	if (status == DONE && count)
		status = exclusive_of_states(&info->volume, info->exclusive_revisions);
	return status;
}

static enum status find_out(const struct request *request, struct info *info)
{
	struct volume *volume = &info->volume;
	enum status status =
		volume_open(&request->pool, *request->operands, VOLUME_READ, 0, volume);

	if (status == DONE && !volume_has_images(volume) && !volume->n_temps)
		status = volume_require(volume, CLEAN);
	if (status != DONE)
		return status;
	status = state_of_volume(volume, &info->summary);
	if (status == DONE && info->summary.size >= 0) {
		const enum image image = volume->image[DIRTY].exists ? DIRTY : CLEAN;

		info->path = dir_join(&volume->dir, volume->image[image].name);
		status = info->path ? DONE : FAILED;
	}
	return status == DONE && given.exclusive ? measure(info) : status;
}

static enum status run(const struct request *request)
{
	_cleanup_(info_free) struct info info = {.volume = VOLUME_CLOSED};
	enum status status = find_out(request, &info);

	if (status != DONE)
		return status;
	return request->json ? print_json(&info) : print_text(&info);
}

static const struct option_row options[] = {
	OPTION_EXCLUSIVE("what removing it, and each revision, would free", given.exclusive),
	OPTIONS_END,
};

const struct subcmd cmd_info = {
	.name = "info",
	.operands = "VOLUME",
	.summary = "everything about one volume",
	.example = "info appvms/mail/private",
	.group = LOOK,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};

/* SPDX-License-Identifier: MIT */
/*
 * revisions: what revert can go back to, oldest first.
 */

#include <fcntl.h>
#include <stdio.h>

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/base/size.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/volume.h"

struct row {
	const struct revision *revision;
	char name[NAME_MAX + 1];
	struct stat st;
};

static enum status print_json(const struct volume *volume, const struct row *row)
{
	_cleanup_free_ char *path = dir_join(&volume->dir, row->name);

	if (!path)
		return FAILED;
	json_object(NULL);
	json_integer("revision", (int64_t)row->revision->number);
	json_string("time", row->revision->time);
	json_integer("size", row->st.st_size);
	json_integer("usage", row->st.st_blocks * 512);
	json_string("path", path);
	json_end();
	return DONE;
}

static void print_line(const struct row *row)
{
	char size[SIZE_HUMAN], usage[SIZE_HUMAN];

	size_human(row->st.st_size, size);
	size_human(row->st.st_blocks * 512, usage);
	printf("%8llu  %s  %10s  %10s\n", (unsigned long long)row->revision->number,
	       row->revision->time, size, usage);
}

static enum status print(const struct request *request, const struct volume *volume)
{
	enum status status = DONE;

	if (request->json)
		json_array(NULL);
	else if (volume->n_revisions)
		printf("%8s  %-20s  %10s  %10s\n", "REVISION", "TIME", "SIZE", "USAGE");
	for (size_t i = 0; i < volume->n_revisions && status == DONE; i++) {
		struct row row = {.revision = &volume->revisions[i]};

		revision_name(row.revision, volume->image[CLEAN].name, row.name);
		if (fstatat(volume->dir.fd, row.name, &row.st, AT_SYMLINK_NOFOLLOW) < 0)
			continue; /* pruned meanwhile */
		if (request->json)
			status = print_json(volume, &row);
		else
			print_line(&row);
	}
	if (request->json)
		json_end();
	return status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status = volume_open(&request->pool, *request->operands, VOLUME_READ, 0, &volume);

	if (status == DONE && !volume_has_images(&volume))
		status = volume_require(&volume, CLEAN);
	return status == DONE ? print(request, &volume) : status;
}

const struct subcmd cmd_revisions = {
	.name = "revisions",
	.operands = "VOLUME",
	.summary = "list the revisions, oldest first",
	.example = "revisions appvms/work/private",
	.group = BACK,
	.least = 1,
	.most = 1,
	.run = run,
};

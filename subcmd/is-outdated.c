/* SPDX-License-Identifier: MIT */
/*
 * is-outdated: has SOURCE been committed since the volume took its snapshot of it?
 *
 * The snapshot is a link to SOURCE's clean image as it was, so another inode is another state.  Only
 * where no link could be made is it a clone, which has one name, and SOURCE's mtime and size.
 */

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/source.h"

static bool is_current(const struct stat *snapshot, const struct stat *source)
{
	if (snapshot->st_ino == source->st_ino && snapshot->st_dev == source->st_dev)
		return true;
	return snapshot->st_nlink == 1 && snapshot->st_size == source->st_size &&
	       snapshot->st_mtim.tv_sec == source->st_mtim.tv_sec &&
	       snapshot->st_mtim.tv_nsec == source->st_mtim.tv_nsec;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	enum status status;
	bool is_outdated;

	if (!request->source)
		return msg_error(USAGE, "is-outdated needs --snap-on-start=SOURCE");
	status = volume_open(&request->pool, *request->operands, VOLUME_READ, 0, &volume);
	if (status == DONE)
		status = source_open(&request->pool, request->source, &volume, &source);
	if (status != DONE)
		return status;
	is_outdated = volume.image[CLEAN].exists &&
		      !is_current(&volume.image[CLEAN].st, &source.clean.st);
	if (request->json)
		json_bool(NULL, is_outdated);
	return is_outdated ? DONE : NO;
}

static const struct cli_option options[] = {
	OPTION_SOURCE("the volume that the snapshot is of"),
	OPTIONS_END,
};

const struct subcmd cmd_is_outdated = {
	.name = "is-outdated",
	.operands = "VOLUME",
	.summary = "has SOURCE changed since the snapshot? (exit 0: yes, 1: no)",
	.example = "is-outdated --snap-on-start=vm-templates/t/root appvms/work/root",
	.group = LOOK,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};

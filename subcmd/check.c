/* SPDX-License-Identifier: MIT */
/*
 * check: does a directory accept reflinks?  Found out by making one, of files without a name.
 */

#include <stdio.h>

#include "subcmd/base/json.h"
#include "subcmd/image/lacks.h"
#include "subcmd/image/reflink.h"
#include "subcmd/subcmd.h"

static void print_json(const struct reflink_verdict *verdict, const bool *lacks)
{
	bool is_open = false;

	json_object(NULL);
	if (verdict->is_unknown)
		json_string("reflink", NULL);
	else
		json_bool("reflink", verdict->works);
	json_string("filesystem", verdict->filesystem);
	json_string("reason", verdict->reason);
	for (int i = 0; i < LACKS; i++) {
		if (!lacks[i])
			continue;
		if (!is_open)
			json_array("lacks");
		is_open = true;
		json_string(NULL, lacks_text[i].what);
	}
	if (is_open)
		json_end();
	json_end();
}

static void print_text(const struct reflink_verdict *verdict, const bool *lacks)
{
	const char *const no = verdict->is_unknown ? "perhaps" : "no";

	printf("%s: %s: %s\n", verdict->works ? "yes" : no, verdict->filesystem, verdict->reason);
	for (int i = 0; i < LACKS; i++)
		if (lacks[i])
			printf("no %s: %s\n", lacks_text[i].what, lacks_text[i].then);
}

static enum status run(const struct request *request)
{
	const char *target = request->n_operands > 0 ? request->operands[0] : ".";
	_cleanup_dir_ struct dir dir = DIR_CLOSED, from = DIR_CLOSED;
	struct reflink_verdict verdict;
	bool lacks[LACKS];
	enum status status = dir_open(&request->pool, target, DIR_MUST_EXIST, &dir);

	if (status == DONE)
		status = dir_open(&request->pool,
				  request->n_operands > 1 ? request->operands[1] : target,
				  DIR_MUST_EXIST, &from);
	if (status == DONE)
		status = reflink_check(&dir, &from, &verdict);
	if (status == DONE)
		status = lacks_find(&dir, lacks);
	if (status != DONE)
		return status;
	if (request->json)
		print_json(&verdict, lacks);
	else
		print_text(&verdict, lacks);
	return verdict.works ? DONE : NO;
}

const struct subcmd cmd_check = {
	.name = "check",
	.operands = "[DIR [SRCDIR]]",
	.summary = "does DIR accept reflinks (from SRCDIR)? (exit 0: yes, 1: no)",
	.example = "check /var/lib/qubes",
	.group = POOL,
	.least = 0,
	.most = 2,
	.run = run,
};

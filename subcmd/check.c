/* SPDX-License-Identifier: MIT */
/*
 * check: does a directory accept reflinks?  Found out by making one, of files without a name.
 */

#include <stdio.h>

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/reflink.h"
#include "subcmd/subcmd.h"

static enum status run(const struct request *request)
{
	const char *target = request->n_operands > 0 ? request->operands[0] : ".";
	_cleanup_dir_ struct dir dir = DIR_CLOSED, from = DIR_CLOSED;
	struct reflink_verdict verdict;
	enum status status = dir_open(&request->pool, target, DIR_MUST_EXIST, &dir);

	if (status == DONE)
		status = dir_open(&request->pool,
				  request->n_operands > 1 ? request->operands[1] : target,
				  DIR_MUST_EXIST, &from);
	if (status == DONE)
		status = reflink_check(&dir, &from, &verdict);
	if (status != DONE)
		return status;
	if (request->json) {
		json_object(NULL);
		if (verdict.is_unknown)
			json_string("reflink", NULL);
		else
			json_bool("reflink", verdict.works);
		json_string("filesystem", verdict.filesystem);
		json_string("reason", verdict.reason);
		json_end();
	} else {
		printf("%s: %s: %s\n",
		       verdict.works	    ? "yes"
		       : verdict.is_unknown ? "perhaps"
					    : "no",
		       verdict.filesystem, verdict.reason);
	}
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

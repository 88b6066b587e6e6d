/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/advice.h"

#include <stdio.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"

char *advice_fill(const struct finding_kind *kind, const struct scene *scene,
		  const struct item *item)
{
	char *command = NULL, volume[NAME_MAX + 1];
	size_t size;
	FILE *out = open_memstream(&command, &size);

	snprintf(volume, sizeof(volume), "%.*s", (int)item->volume, item->name);
	for (const char *in = kind->command; out && *in; in++) {
		if (*in != '%')
			fputc(*in, out);
		else if (*++in == 'V')
			fputs(quote(scene->dir, volume), out);
		else if (*in == 'P')
			fputs(quote(scene->dir, item->name), out);
		else if (*in == 'C')
			fputs(quote(scene->dir, scene->image[CLEAN]->name), out);
		else if (*in == 'F')
			fputs(scene->image[CLEAN]->is_nocow ? "+C" : "-C", out);
		else if (*in == 'R')
			fprintf(out, "%zu", scene->n_revisions + 1);
		else
			fputs(quote_dir(scene->pool), out);
	}
	if (out && fclose(out) == 0)
		return command;
	msg_errno(FAILED, "cannot tell about %s", quote(scene->dir, item->name));
	return NULL;
}

/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/advice.h"

#include <stdio.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"

static void put_time(const struct item *image, FILE *out)
{
	fputs(image ? revision_make(0, image->st.st_mtim.tv_sec).time : "-", out);
}

static void put_part(char part, const struct scene *scene, const struct item *item, FILE *out)
{
	const struct item *clean = scene->image[CLEAN];
	char volume[NAME_MAX + 1];

	snprintf(volume, sizeof(volume), "%.*s", (int)item->volume, item->name);
	switch (part) {
	case 'V':
		fputs(quote(scene->dir, volume), out);
		break;
	case 'P':
		fputs(quote(scene->dir, item->name), out);
		break;
	case 'C':
		fputs(quote(scene->dir, clean->name), out);
		break;
	case 'F':
		fputs(clean->is_nocow ? "+C" : "-C", out);
		break;
	case 'D':
		put_time(scene->image[DIRTY], out);
		break;
	case 'N':
		put_time(clean, out);
		break;
	default:
		fputs(quote_dir(scene->pool), out);
	}
}

char *advice_fill(const char *command, const struct scene *scene, const struct item *item)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (const char *in = command; out && *in; in++) {
		if (*in == '%')
			put_part(*++in, scene, item, out);
		else
			fputc(*in, out);
	}
	if (out && fclose(out) == 0)
		return text;
	msg_errno(FAILED, "cannot tell about %s", quote(scene->dir, item->name));
	return NULL;
}

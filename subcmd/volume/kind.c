/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/kind.h"

#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/volume/layout.h"

enum status kind_from_options(const struct kind_options *options, enum kind *ret_kind)
{
	struct vid source;

	if (options->is_volatile && (options->source || options->save_on_stop))
		return msg_error(USAGE, "--volatile excludes --snap-on-start and --save-on-stop");
	if (options->is_volatile)
		*ret_kind = VOLATILE;
	else if (options->source)
		*ret_kind = options->save_on_stop ? ORIGIN_SNAPSHOT : SNAPSHOT;
	else
		*ret_kind = ORIGIN;
	return options->source ? vid_parse(options->source, &source) : DONE;
}

bool kind_may_be_snapshot(const char *dir, const struct stat *clean, size_t n_revisions)
{
	return clean && !n_revisions && !layout_is_template(dir);
}

bool kind_looks_volatile(const char *name, size_t length, bool has_clean, size_t n_revisions)
{
	return !has_clean && !n_revisions && length == strlen("volatile") &&
	       memcmp(name, "volatile", length) == 0;
}

bool kind_is_saved(enum kind kind)
{
	return kind == ORIGIN || kind == ORIGIN_SNAPSHOT;
}

enum status kind_check(const struct volume *volume, enum kind kind)
{
	const char *clean = quote(&volume->dir, volume->image[CLEAN].name);
	/* Of a snapshot that was stopped as an origin.  If it is an origin, to drop its revisions
	 * alone would have the next start drop the rest. */
	const char *hint = kind == SNAPSHOT && !volume->image[DIRTY].exists && !volume->n_pins
				   ? " (if it has nothing of its own: remove it, and start it anew)"
				   : "";

	if (kind == VOLATILE && volume->image[CLEAN].exists)
		return msg_error(REFUSED, "cannot treat the volume as volatile: it has %s", clean);
	if (!kind_is_saved(kind) && volume->n_revisions + volume->n_pins)
		return msg_error(REFUSED,
				 "cannot treat the volume as %s: there are revisions of %s%s",
				 kind == SNAPSHOT ? "a snapshot" : "volatile", clean, hint);
	return DONE;
}

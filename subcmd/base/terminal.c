/* SPDX-License-Identifier: MIT */
#include "subcmd/base/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "subcmd/base/kernel.h"

int terminal_columns(void)
{
	return kernel_terminal_width(STDOUT_FILENO);
}

bool terminal_has_colors(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
	       !(term && strcmp(term, "dumb") == 0);
}

bool terminal_has_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *locale = NULL;

	for (size_t i = 0; i < 3 && !(locale && *locale); i++)
		locale = getenv(names[i]);
	return locale && (strcasestr(locale, "UTF-8") || strcasestr(locale, "utf8"));
}

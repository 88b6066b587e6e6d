/* SPDX-License-Identifier: MIT */
#include "subcmd/image/progress.h"

#include <stdio.h>
#include <string.h>

#include "subcmd/base/clock.h"
#include "subcmd/base/kernel.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/size.h"

enum { WIDEST = 40 }; /* columns of the bar */

static const double FIRST = 1, BAR_INTERVAL = 0.2, LINE_INTERVAL = 10; /* seconds */

struct progress progress_begin(const struct file *target, int64_t total)
{
	bool is_terminal = !msg_is_journal() && isatty(STDERR_FILENO);
	double begun = clock_now();

	return (struct progress){
		.target = target,
		.total = total,
		.begun = begun,
		.next = begun + (is_terminal ? FIRST : LINE_INTERVAL),
		.is_terminal = is_terminal,
	};
}

/* "0:05", "1:02:03" */
static void describe_time(double seconds, char *text, size_t room)
{
	const long time = seconds < 360000 ? (long)(seconds + 0.5) : 359999;

	if (time < 3600)
		snprintf(text, room, "%ld:%02ld", time / 60, time % 60);
	else
		snprintf(text, room, "%ld:%02ld:%02ld", time / 3600, time / 60 % 60, time % 60);
}

/* " 37%, 1.2 GiB of 3.2 GiB, 410 MiB/s, 0:05 left" */
static int describe(const struct progress *progress, int64_t done, double elapsed, char *text,
		    size_t room)
{
	char so_far[SIZE_HUMAN], total[SIZE_HUMAN], rate[SIZE_HUMAN], left[32] = "?";
	double speed = (double)done / elapsed;

	size_human(done, so_far);
	size_human((int64_t)speed, rate);
	if (progress->total <= 0)
		return snprintf(text, room, "%s, %s/s", so_far, rate);
	size_human(progress->total, total);
	if (speed > 0)
		describe_time((double)(progress->total - done) / speed, left, sizeof(left));
	return snprintf(text, room, "%3d%%, %s of %s, %s/s, %s left",
			(int)(100 * (double)done / (double)progress->total), so_far, total, rate,
			left);
}

/* "[#####.....]  37%, ...", or as much of it as the terminal is wide at this moment. */
static void draw(const struct progress *progress, int64_t done, const char *text, int length)
{
	const int columns = kernel_terminal_width(STDERR_FILENO);
	int width = columns - length - 4, filled;
	char bar[WIDEST + 1] = "", line[512];

	if (width > WIDEST)
		width = WIDEST;
	if (progress->total > 0 && width >= 5) {
		filled = (int)((double)width * (double)done / (double)progress->total);
		memset(bar, '.', (size_t)width);
		memset(bar, '#', (size_t)(filled < width ? filled : width));
		snprintf(line, sizeof(line), "[%s] %s", bar, text);
	} else {
		snprintf(line, sizeof(line), "%s", text);
	}
	if (columns > 0 && columns <= (int)strlen(line))
		line[columns - 1] = '\0'; /* a full line would wrap */
	msg_bar(line);
}

void progress_update(struct progress *progress, int64_t done)
{
	double time = clock_now();
	char text[256];
	int length;

	if (time < progress->next || msg_is_quiet())
		return;
	progress->next = time + (progress->is_terminal ? BAR_INTERVAL : LINE_INTERVAL);
	length = describe(progress, done, time - progress->begun, text, sizeof(text));
	if (progress->is_terminal)
		draw(progress, done, text, length);
	else
		msg_note("writing %s: %s", file_quote(progress->target), text);
}

void progress_end(struct progress *progress)
{
	if (progress->is_terminal)
		msg_bar("");
}

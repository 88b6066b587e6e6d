/* SPDX-License-Identifier: MIT */
#include "subcmd/base/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "subcmd/base/kernel.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/size.h"

static const double FIRST = 1, BAR_INTERVAL = 0.2, LINE_INTERVAL = 10;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

struct progress progress_begin(const struct file *target, int64_t total)
{
	bool is_terminal = !msg_is_journal() && isatty(STDERR_FILENO);
	double begun = now();

	return (struct progress){
		.target = target,
		.total = total,
		.begun = begun,
		.next = begun + (is_terminal ? FIRST : LINE_INTERVAL),
		.is_terminal = is_terminal,
	};
}

/* "37%, 1.2 GiB of 3.2 GiB, 410 MiB/s, 0:05 left" */
static int describe(const struct progress *progress, int64_t done, double elapsed, char *text,
		    size_t room)
{
	char so_far[SIZE_HUMAN], total[SIZE_HUMAN], rate[SIZE_HUMAN];
	double speed = (double)done / elapsed;
	int left = speed > 0 ? (int)((double)(progress->total - done) / speed + 0.5) : 0;

	size_human(done, so_far);
	size_human((int64_t)speed, rate);
	if (progress->total <= 0)
		return snprintf(text, room, "%s, %s/s", so_far, rate);
	size_human(progress->total, total);
	return snprintf(text, room, "%3d%%, %s of %s, %s/s, %d:%02d left",
			(int)(100 * (double)done / (double)progress->total), so_far, total, rate,
			left / 60, left % 60);
}

/* Redraw the bar, in one write so that it doesn't flicker: [#####.....]  37%, ... */
static void draw(struct progress *progress, int64_t done, const char *text, int length)
{
	int columns = kernel_terminal_width(STDERR_FILENO);
	int width = columns - length - 4, filled;
	char line[512] = "\r\033[K";
	size_t used = strlen(line);

	if (width > 40)
		width = 40;
	if (progress->total > 0 && width >= 5) {
		filled = (int)((double)width * (double)done / (double)progress->total);
		line[used++] = '[';
		memset(line + used, '.', (size_t)width);
		memset(line + used, '#', (size_t)filled);
		used += (size_t)width;
		line[used++] = ']';
		line[used++] = ' ';
	}
	if (length >= columns)
		length = columns > 1 ? columns - 1 : 0;
	used += (size_t)snprintf(line + used, sizeof(line) - used, "%.*s", length, text);
	(void)!write(STDERR_FILENO, line, used);
	progress->has_bar = true;
}

void progress_update(struct progress *progress, int64_t done)
{
	double time = now();
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
	if (progress->has_bar)
		(void)!write(STDERR_FILENO, "\r\033[K", 4);
}

/* SPDX-License-Identifier: MIT */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

/*
 * What a process needs before it opens anything: nobody knows with which descriptors and signals it
 * was started.
 */

#include "subcmd/base/status.h"

/* Occupy the standard descriptors, and block the signals that would end the program in the middle
 * of a transition.  FAILED without a message, as there may be nowhere to say it. */
enum status process_begin(void);

/* Allow as many open files as may be: a thousand are the rule, and any number up to the hard limit
 * is for the asking.  They are few for whoever opens all revisions of a volume. */
void process_allow_files(void);

#endif

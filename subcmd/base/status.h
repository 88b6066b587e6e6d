/* SPDX-License-Identifier: MIT */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

/*
 * How something ended: the return value of nearly every function here and, in the end, the exit
 * code of the program.  Whoever returns one of those from USAGE on has already told the user why
 * (msg.h), so a caller only passes it on.  ABSENT never leaves the program: the caller knows
 * whether that is a failure.
 */
enum status {
	ABSENT = -1, /* what was asked for isn't there, and nobody was told */
	DONE = 0,    /* done, or "yes" */
	NO = 1,	     /* the answer to a question is "no" */
	USAGE = 2,   /* the command line makes no sense */
	REFUSED = 3, /* the state of the volume forbids it */
	MISSING = 4, /* no such pool, volume, image or revision */
	BUSY = 5,    /* somebody else holds the lock */
	FAILED = 6,  /* a system call failed */
};

#endif

/* SPDX-License-Identifier: MIT */
#ifndef BASE_BIG_H
#define BASE_BIG_H

/*
 * BIG is for large buffers that live as long as the program.  Common symbols are placed behind all
 * other variables, so that these, which every run touches, lie together on one page or two, and not
 * some before and some behind 400 KiB of buffers: each page that is touched costs a page fault,
 * which is most of what it costs to start a process, above all in a virtual machine.  (That is why
 * such a buffer isn't static.)
 */
#define BIG __attribute__((common))

#endif

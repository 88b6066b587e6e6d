/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_COMPARE_H
#define IMAGE_COMPARE_H

/* Do two files hold the same bytes? */

#include "subcmd/image/file.h"

/* Both are open regular files.  Reading ends at the first difference.  Reports its errors. */
enum status compare_files(const struct file *a, const struct file *b, bool *ret_is_equal);

#endif

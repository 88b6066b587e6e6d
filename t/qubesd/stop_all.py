# SPDX-License-Identifier: MIT
"""A service that stops all the volumes named as arguments, says so at the first, and is killed."""

import asyncio
import os
import sys

from storage import Pool, Volume


async def main():
    pool = Pool(os.environ["POOL"], lambda line: print(line, flush=True))
    await asyncio.gather(*(
        Volume(pool, vid, save_on_stop=True).stop() for vid in sys.argv[1:]))
    await asyncio.sleep(60)


asyncio.run(main())

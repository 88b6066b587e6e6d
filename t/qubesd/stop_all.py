# SPDX-License-Identifier: MIT
"""A service that stops all the volumes named as arguments, says so at the first, and is killed."""

import asyncio
import sys

from service import make_pool, make_volume


async def stop(pool, vid):
    await make_volume(pool, vid, save_on_stop=True).stop()
    print("stopped", vid, flush=True)


async def main():
    pool = make_pool()
    await asyncio.gather(*(stop(pool, vid) for vid in sys.argv[1:]))
    await asyncio.sleep(60)


asyncio.run(main())

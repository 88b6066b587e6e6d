# SPDX-License-Identifier: MIT
"""Drivers may be coroutines or not."""

import asyncio


async def coro_maybe(value):
    if asyncio.iscoroutine(value):
        return await value
    return value

# SPDX-License-Identifier: MIT
"""Exceptions that qubesd tells its clients."""


class QubesException(Exception):
    """Of any kind."""


class StoragePoolException(QubesException):
    """A pool or volume can't do it."""

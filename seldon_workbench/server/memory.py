"""What a worker process does with memory it has freed: it keeps some, for the next request's arrays.

The C library of most Linux systems hands every freed block above 128 kB back to the kernel, and the next
request pays for getting and clearing it again, page by page: for a payload of a megabyte that costs more
than everything else this server does with it.
"""

import ctypes
import sys

__all__ = ["keep_freed_memory"]

# From malloc.h of glibc.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3

_KEPT = 64 * 1024 * 1024
"""Bytes of freed memory that stay with the process."""

_LARGE = 32 * 1024 * 1024
"""Bytes from which on a block still goes back at once; glibc accepts no more."""


def keep_freed_memory() -> bool:
    """Keep freed blocks; whether this system's C library lets us. Only for processes that are ours alone."""
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # a C library other than glibc
        return False
    return bool(mallopt(_M_TRIM_THRESHOLD, _KEPT) and mallopt(_M_MMAP_THRESHOLD, _LARGE))

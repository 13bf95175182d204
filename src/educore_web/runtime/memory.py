"""The memory that a long-lived process keeps although nothing uses it."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

GC_THRESHOLDS = 20_000, 20, 20
"""Thresholds of `gc`: a run after 20,000 new objects, because marking a class of 300 creates some thousands."""
M_ARENA_MAX, M_MMAP_THRESHOLD = -8, -3
"""Parameters of `mallopt`, from glibc's malloc.h."""
HEAPS = 2
"""The most heaps of the C library. By default each thread gets its own, and each keeps what was freed in it."""
LARGE = 4 * 1024 * 1024
"""Bytes from which a block is given back when it is freed. Without it, each thread keeps the 19 MB of a hash."""


def settle_process() -> None:
    """Prepare a process that has loaded everything it needs to run for a long time.

    What exists now is exempt from garbage collection: it lives as long as the process, and each full collection would
    visit several hundred thousand objects, in the middle of a request. On Linux with glibc, memory that loading has
    used is given back, and large blocks will be when they are freed; elsewhere the C library is left as it is.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    with suppress(AttributeError, OSError, TypeError):  # another C library, or none that Python can open
        library = ctypes.CDLL(None)
        library.mallopt(M_ARENA_MAX, HEAPS)
        library.mallopt(M_MMAP_THRESHOLD, LARGE)
        library.malloc_trim(0)

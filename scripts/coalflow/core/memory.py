"""Memory for many short simulations."""

import ctypes

# Parameters of glibc's mallopt, from malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_MORE_THAN_A_WINDOW_NEEDS = 256 * 1024 * 1024  # bytes


def keep_freed_memory():
    """Ask the C library to keep freed memory for the next replicate.

    msprime takes some megabytes for each simulation and gives them back. By
    default glibc returns them to the kernel, which must clear them again for the
    next one: a third to a half of the time of a small window. Libraries without
    ``mallopt`` (macOS, musl) are left as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _MORE_THAN_A_WINDOW_NEEDS)
        mallopt(_M_TRIM_THRESHOLD, _MORE_THAN_A_WINDOW_NEEDS)

"""What the C library does with freed memory: it keeps it for what needs as much next.

By default glibc returns large blocks to the system, which must clear them again, page by page,
for whoever asks next. Both functions change that for the whole program (``mallopt(3)``). C
libraries without ``mallopt`` (macOS, musl) are left as they are.
"""

import ctypes
from collections.abc import Mapping

# Parameters of mallopt, from malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_MMAP_MAX = -4
_MORE_THAN_A_WINDOW_NEEDS = 256 * 1024 * 1024  # bytes
_NEVER = 2**31 - 1


def keep_memory_between_simulations() -> None:
    """Keep freed memory for the next replicate.

    msprime takes some megabytes for each simulation and gives them back. Clearing them is a third
    to a half of the time of a small window.
    """
    _set_options(
        {
            _M_MMAP_THRESHOLD: _MORE_THAN_A_WINDOW_NEEDS,
            _M_TRIM_THRESHOLD: _MORE_THAN_A_WINDOW_NEEDS,
        }
    )


def keep_memory_between_training_steps() -> None:
    """Keep what a step of training frees for the next step, however large it is.

    Clearing it is a fifth of the time of a large net. Keeping it costs up to a quarter more memory,
    where small arrays get in the way of large ones.
    """
    _set_options({_M_MMAP_MAX: 0, _M_TRIM_THRESHOLD: _NEVER})


def _set_options(options: Mapping[int, int]) -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in options.items():
            mallopt(option, value)

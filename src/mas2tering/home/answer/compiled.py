"""The kernels' decorator, with a type: numba's own would hide from the type checker what it decorates."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numba

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def compiled(kernel: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Machine code of a kernel: made at its first call, kept on disk, run without the interpreter's lock."""
    machine_code: Callable[Arguments, Result] = numba.njit(cache=True, nogil=True)(kernel)
    return machine_code


def inlined(kernel: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Like :func:`compiled`, put in place of every call.

    For what is called at every step with arrays: the call would count a reference to each of them.
    """
    machine_code: Callable[Arguments, Result] = numba.njit(cache=True, nogil=True, inline="always")(kernel)
    return machine_code

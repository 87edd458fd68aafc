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


def borrowing(kernel: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Like :func:`compiled`, for what is called at every step: it uses the arrays that it is given without
    counting references to them, which cost several times the work.

    numba's own sources compile what runs often so (``_nrt``); its types do not tell of it. Such a kernel
    allocates nothing, hands back no array (nor a part of one: its caller would release what nobody held), and
    calls nothing that does; its caller holds them all.
    """
    options = {"cache": True, "nogil": True, "_nrt": False}
    machine_code: Callable[Arguments, Result] = numba.njit(**options)(kernel)  # type: ignore[call-overload]
    return machine_code

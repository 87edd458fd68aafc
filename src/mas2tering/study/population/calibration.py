"""The fitted parameters that ship with the package."""

import json
from functools import cache
from importlib import resources
from typing import cast

import numpy as np
from numpy.typing import NDArray


@cache
def calibration(block: str) -> dict[str, object]:
    """One block of `calibration.json`, with its source and licence grade beside its parameters.

    Raises:
        KeyError: there is no such block.
    """
    text = resources.files(__package__ or __name__).joinpath("calibration.json").read_text(encoding="utf-8")
    return cast(dict[str, object], json.loads(text)[block])


def array(block: dict[str, object], name: str) -> NDArray[np.float64]:
    """One parameter as an array."""
    return np.asarray(block[name], dtype=float)


def number(block: dict[str, object], name: str) -> float:
    """One parameter as a number."""
    return float(cast(float, block[name]))


def numbers(block: dict[str, object], name: str) -> tuple[float, ...]:
    """One parameter as a tuple of numbers."""
    return tuple(float(value) for value in array(block, name).ravel())

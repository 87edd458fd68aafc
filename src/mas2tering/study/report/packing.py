"""Series as short text: whole numbers, their differences in as few bytes as they need, in base64.

Devices rest, prices hold and stores stand for hours, so most differences are nothing: a run of zeros is one zero
and its length. A difference d is sent as 2d, or as -2d - 1 if negative (so that small ones of either sign are
small), seven bits a byte, the lowest first, the eighth bit saying that more follow. ``unpack`` in the page's
``format.js`` reads it.
"""

import base64

import numpy as np

from mas2tering.domain.plans import FloatArray

NO_VALUE = -1_000_000
"""Stands for a gap, in the packed whole numbers."""


def packed(values: FloatArray, per_unit: int = 100) -> str:
    """Values (shape (n,), nan for a gap) rounded to whole numbers of 1 / ``per_unit``, as text."""
    whole = np.where(np.isnan(values), NO_VALUE, np.rint(np.nan_to_num(values) * per_unit)).astype(np.int64)
    differences = np.diff(whole, prepend=0)
    first_of_run = np.flatnonzero(np.diff(differences, prepend=np.nan))
    lengths = np.diff(np.append(first_of_run, len(differences)))
    sent = bytearray()
    for difference, length in zip(differences[first_of_run].tolist(), lengths.tolist(), strict=True):
        if difference == 0:
            sent += b"\0" + _in_bytes(length)
        else:
            sent += _in_bytes(2 * difference if difference > 0 else -2 * difference - 1) * length
    return base64.b64encode(bytes(sent)).decode("ascii")


def _in_bytes(number: int) -> bytes:
    """A number from zero up, seven bits a byte, the lowest first."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)

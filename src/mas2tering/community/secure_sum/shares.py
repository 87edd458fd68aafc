"""Secrets of sixteen bytes shared byte by byte among neighbours: Shamir 1979 (doi:10.1145/359168.359176) over GF(256).

A polynomial of degree ``threshold - 1`` is fixed by its values at as many points. Here those values are drawn from streams
that the member has in common with its neighbours, so these need not be told; only for the other neighbours is there a
correction to send.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

ByteArray = NDArray[np.uint8]

SECRET_BYTES = 16
# Of one member's shares looking up products is 50 times faster, of thousands of members' shares three times slower.
_BY_TABLE = 1024


def _tables() -> tuple[ByteArray, ByteArray]:
    """Products of all pairs (256, 256) and inverses (256,), modulo x^8 + x^4 + x^3 + x + 1."""
    power = np.zeros(255, np.int64)
    value = 1
    for k in range(255):
        power[k] = value
        # Times x + 1, which generates the field.
        value ^= (value << 1) ^ (0x11B if value & 0x80 else 0)
    logarithm = np.zeros(256, np.int64)
    logarithm[power] = np.arange(255)
    product = power[(logarithm[:, None] + logarithm[None, :]) % 255]
    product[0, :] = product[:, 0] = 0
    inverse = power[-logarithm % 255]
    inverse[0] = 0
    return product.astype(np.uint8), inverse.astype(np.uint8)


_PRODUCT, _INVERSE = _tables()
_ONE, _SEVEN, _REST = np.uint64(1), np.uint64(7), np.uint64(0x1B)
_LOWEST, _ALL_BUT_HIGHEST = np.uint64(0x0101010101010101), np.uint64(0x7F7F7F7F7F7F7F7F)


@cache
def _weights(known: tuple[int, ...], wanted: tuple[int, ...]) -> ByteArray:
    """Lagrange's weights, shape (wanted, known): what the values at known points count for the value at a wanted one."""
    weights = np.zeros((len(wanted), len(known)), np.uint8)
    for i, target in enumerate(wanted):
        for j, point in enumerate(known):
            weight = 1
            for other in known:
                if other != point:
                    weight = int(_PRODUCT[weight, _PRODUCT[target ^ other, _INVERSE[point ^ other]]])
            weights[i, j] = weight
    return weights


def interpolated(values: ByteArray, known: tuple[int, ...], wanted: tuple[int, ...]) -> ByteArray:
    """The polynomials' values at wanted points, shape (..., wanted, bytes), from those at known ones, (..., known, bytes);
    bytes come in eights.

    The secret is the value at 0; shares are the values at 1, 2, ...
    """
    weights = _weights(known, wanted)
    if values.size <= _BY_TABLE:
        products = _PRODUCT[weights[:, :, None], values[..., None, :, :]]
        return np.asarray(np.bitwise_xor.reduce(products, axis=-2))
    # Eight bytes at a time: a weight's bits say which multiples by powers of x a value counts for.
    multiples = np.ascontiguousarray(np.moveaxis(values, -2, 0)).view(np.uint64)
    found = np.zeros((len(wanted), *multiples.shape[1:]), np.uint64)
    for bit in range(8):
        for i, j in np.argwhere(weights >> bit & 1):
            found[i] ^= multiples[j]
        multiples = _times_x(multiples)
    return np.moveaxis(found.view(np.uint8), 0, -2)


def _times_x(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each byte times x."""
    beyond = (values >> _SEVEN) & _LOWEST
    return np.asarray(((values & _ALL_BUT_HIGHEST) << _ONE) ^ beyond * _REST, np.uint64)

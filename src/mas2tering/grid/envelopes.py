"""Operating envelopes: what is left of a network's limits, shared out to homes as bands around their planned loads.

Whatever homes do within their bands keeps every row of the limits: a row counts each home at the end of its band that is
worse for it. What a row has left is shared in proportional fairness (Kelly, Maulloo & Tan 1998, doi 10.1057/palgrave.jors.2600523):
each home gets the part of what it wants that is inverse to what a kW of it takes of all rows that bind, so that homes which
move a row alike get the same part, and one on another phase is not held up by what it hardly touches.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.load_limits import LoadLimits

FloatArray = NDArray[np.float64]
_TURNS, _HALVINGS = 80, 30
_DEAREST = 1e9
_NOTHING_KW = 1e-9
_HARDLY, _KEPT = 0.1, 0.1
"""Below this weight (of a kW of the customer that moves a row most) a home hardly moves it; this part of what all such may want
is kept for them."""


@dataclass(frozen=True)
class Room:
    """What homes may come to do otherwise than planned, in kW, each of shape (homes, steps), never negative.

    ``more_kw`` and ``less_kw``: by how much a load could come to lie above and below the planned one. ``can_less_kw`` and
    ``can_more_kw``: what devices could take less, and more, than planned, if a limit asked for it, no more than ``less_kw`` and
    ``more_kw``. A home without any room at a step has
    nothing that a band could hold.
    """

    more_kw: FloatArray
    less_kw: FloatArray
    can_less_kw: FloatArray
    can_more_kw: FloatArray


@dataclass(frozen=True)
class Envelopes:
    """Bands of all homes at all steps, ``lower_kw`` and ``upper_kw`` of shape (homes, steps), infinite where nothing can bind. ``short_kw``
    (rows,) is what rows lack even with bands as far down as devices can go."""

    lower_kw: FloatArray
    upper_kw: FloatArray
    short_kw: FloatArray


def shared_out(limits: LoadLimits, planned_kw: FloatArray, room: Room, margin_kw: FloatArray) -> Envelopes:
    """Share out what planned loads leave of the limits.

    Args:
        limits: rows on all homes' loads.
        planned_kw: what homes are expected to draw, shape (homes, steps), import positive.
        room: what they may come to do otherwise.
        margin_kw: what is to be left free of each row, for loads that no band holds, shape (rows,).
    """
    lower, upper = np.full(planned_kw.shape, -np.inf), np.full(planned_kw.shape, np.inf)
    short = np.zeros(limits.rows)
    for step in np.unique(limits.step):
        rows = np.flatnonzero(limits.step == step)
        weight = limits.weight[rows]
        slack = limits.most_kw[rows] - weight @ planned_kw[:, step] - margin_kw[rows]
        sides = [own[:, step] for own in (room.more_kw, room.less_kw, room.can_less_kw, room.can_more_kw)]
        ends, short[rows] = _at_a_step(weight, slack, np.concatenate(sides[:2]), np.concatenate(sides[2:]))
        above, below = np.split(ends, 2)
        holds = sides[0] + sides[1] > 0.0
        upper[holds, step] = planned_kw[holds, step] + above[holds]
        lower[holds, step] = planned_kw[holds, step] - below[holds]
    return Envelopes(lower, upper, short)


def _at_a_step(
    weight: FloatArray, slack_kw: FloatArray, wanted_kw: FloatArray, can_kw: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """How far the upper ends lie above plans, then how far the lower ones lie below, shape (2 homes,), infinite where all that
    is wanted is granted; and what each row lacks. ``can_kw`` is by how much each end could draw in beyond the plan."""
    takes = np.concatenate([np.maximum(weight, 0.0), np.maximum(-weight, 0.0)], axis=1)
    # A part of what those who hardly move a row may want of it is kept for them, so that a row that is full does not stop them.
    little = _KEPT * np.where(takes < _HARDLY, takes, 0.0) @ wanted_kw
    lacks = np.maximum(little - slack_kw, 0.0)
    moves = np.where(takes >= _HARDLY, takes, 0.0)
    most = moves @ can_kw
    part = np.divide(lacks, most, out=np.zeros_like(lacks), where=most > 1e-9)
    drawn_in = can_kw * np.minimum((part[:, None] * (moves > 0.0)).max(axis=0, initial=0.0), 1.0)
    left = slack_kw + takes @ drawn_in
    granted = _fractions(takes, wanted_kw, np.maximum(left, 0.0))
    ends = granted * wanted_kw - drawn_in
    is_free = (granted >= 1.0) & (drawn_in <= 0.0)
    return np.where(is_free, np.inf, ends), np.maximum(-left, 0.0)


def _fractions(takes: FloatArray, wanted_kw: FloatArray, slack_kw: FloatArray) -> FloatArray:
    """The part, at most 1, of what each wants that is granted, where a kW of it ``takes`` so much of each row, shape (rows, wants).

    Prices of rows rise where too much is used and fall where too little; whatever they are in the end, parts are cut to what rows
    hold.
    """
    use = takes * wanted_kw
    binds = use.sum(axis=1) > slack_kw
    if not binds.any():
        return np.ones(len(wanted_kw))
    takes, use, slack = takes[binds], use[binds], slack_kw[binds]
    price = use.sum(axis=1) / np.maximum(slack, _NOTHING_KW)
    for _ in range(_TURNS):
        price = price * np.sqrt((use @ _at_prices(price, takes)) / np.maximum(slack, _NOTHING_KW))
    # Prices that were a little too low are raised together, so that whoever is free of them stays so.
    low, high = 1.0, 1.0
    while high < _DEAREST and (use @ _at_prices(high * price, takes) > slack).any():
        low, high = high, 2.0 * high
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (
            (middle, high) if (use @ _at_prices(middle * price, takes) > slack).any() else (low, middle)
        )
    granted = _at_prices(high * price, takes)
    cut = np.minimum(slack / np.maximum(use @ granted, _NOTHING_KW), 1.0)
    return np.asarray(granted * np.where(use > 0.0, cut[:, None], 1.0).min(axis=0))


def _at_prices(price: FloatArray, takes: FloatArray) -> FloatArray:
    """What is granted where rows have a price: the part at which one more of it is worth what it takes."""
    asked = price @ takes
    return np.divide(1.0, asked, out=np.ones_like(asked), where=asked > 1.0)

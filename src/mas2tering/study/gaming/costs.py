"""What days held out cost the distribution system operator, negotiated for real.

Homes on which the lot falls get no order, and the limits hold for all the same. Either the lot falls before the negotiation,
and others are asked for more; or it falls after it, and what it may take away is a margin that limits are tightened by.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256

import numpy as np

from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.plans import FloatArray
from mas2tering.settlement.season import SeasonRule, drawn, sealed_secret
from mas2tering.study.gaming.congested import (
    CongestedDay,
    Ordered,
    Tightened,
    congested_day,
    ordered,
    paid_for,
    unmet,
    without_orders,
)

WAYS: dict[str, str] = {
    "all": "nobody is held out",
    "others_asked": "the lot falls before the negotiation, and others are asked for more",
    "others_reserve": "the same; where a limit is left unmet, once more with a hundredth of every limit kept free",
    "orders_taken": "the lot falls after the negotiation, and takes orders away",
    "orders_margin": "the lot falls after it, and limits were tightened by what it may take away",
}
RESERVE = 0.01
"""What is kept free of every limit where others could not quite meet it."""
LOTS_AFTER = 10
"""Lots that fall after the negotiation are tried so many times as often: they need none of their own."""
_LOTS_TRIED = 4000
_LOTS_COVERED = 0.999
"""The margin is as wide as leaves limits kept in this share of so many lots."""


@dataclass(frozen=True)
class HeldOutCost:
    """A day negotiated one way, under one lot: what the operator paid, homes held out, limits left unmet in the full power
    flow, and the highest loading of the transformer's phases."""

    day: date
    lot: int
    way: str
    paid: float
    held_out: int
    unmet: int
    loading: float


def costs_of_days(
    community: str, days: Sequence[date], lots: int, seed: int, rule: SeasonRule
) -> Iterator[HeldOutCost]:
    """Each day under each lot in each way; days on which nothing is congested are left out.

    Raises:
        InputError: the measured data that the community needs is not there.
    """
    for own in days:
        day = congested_day(community, own)
        if unmet(day, day.bound).limits:
            yield from _costs_of(day, lots, seed, rule)


def _costs_of(day: CongestedDay, lots: int, seed: int, rule: SeasonRule) -> Iterator[HeldOutCost]:
    with_all = ordered(day)
    yield _cost(day, 0, "all", with_all, frozenset())
    for lot in range(lots):
        held_out = lot_of(day, lot, seed, rule.hold_out)
        asked = ordered(day, held_out)
        found = _cost(day, lot, "others_asked", asked, held_out)
        yield found
        if found.unmet:
            found = _cost(day, lot, "", ordered(day, held_out, reserve=RESERVE), held_out)
        yield replace(found, way="others_reserve")
    with_margin = ordered(day, tightened=_margin(day, with_all, rule.hold_out, seed))
    for lot in range(LOTS_AFTER * lots):
        held_out = lot_of(day, lot, seed, rule.hold_out)
        yield _cost(day, lot, "orders_taken", with_all, held_out)
        yield _cost(day, lot, "orders_margin", with_margin, held_out)


def _cost(day: CongestedDay, lot: int, way: str, found: Ordered, held_out: frozenset[str]) -> HeldOutCost:
    plans = without_orders(day, found.plans, held_out)
    left = unmet(day, plans)
    return HeldOutCost(day.day, lot, way, paid_for(day, plans), len(held_out), left.limits, left.loading)


def lot_of(day: CongestedDay, lot: int, seed: int, probability: float) -> frozenset[str]:
    """Who is held out, by secrets of both sides."""
    secrets = tuple(
        sha256(f"{side}|{seed}|{lot}|{day.day}".encode()).digest() for side in ("dso", "aggregator")
    )
    seals = (sealed_secret(secrets[0], day.day), sealed_secret(secrets[1], day.day))
    return drawn(day.day, dict.fromkeys(day.homes, probability), seals, (secrets[0], secrets[1])).held_out


def _margin(day: CongestedDay, like: Ordered, probability: float, seed: int) -> Tightened:
    """Limits less what a lot takes of orders that are ``like`` these."""

    def tightened(limits: LoadLimits) -> LoadLimits:
        margin = margin_kw(limits, day.bound_kw, like.net_kw, probability, seed)
        return replace(limits, most_kw=limits.most_kw - margin)

    return tightened


def margin_kw(
    limits: LoadLimits, bound_kw: FloatArray, ordered_kw: FloatArray, probability: float, seed: int
) -> FloatArray:
    """What the lot may take away in each limit, shape (rows,), of plans (homes, steps) that are bound and ordered.

    Of a row the lot takes the sum of what the homes on which it falls would have helped. The margin is its mean and so many of
    its standard deviations, as many in each row, that no row is exceeded in ``_LOTS_COVERED`` of lots; rows with more room than
    that ask for nothing.
    """
    help_kw = limits.shares(bound_kw - ordered_kw)
    room_kw = limits.most_kw - limits.shares(ordered_kw).sum(axis=0)
    falls = np.random.default_rng([seed, 9]).random((_LOTS_TRIED, len(help_kw))) < probability
    taken = falls @ help_kw
    mean = probability * help_kw.sum(axis=0)
    deviation = np.sqrt(probability * (1.0 - probability) * (help_kw**2).sum(axis=0))
    off = np.where(taken > room_kw, (taken - mean) / np.maximum(deviation, 1e-9), 0.0)
    width = float(np.quantile(off.max(axis=1, initial=0.0), _LOTS_COVERED))
    return np.asarray(np.maximum(mean + width * deviation, 0.0))


def summaries_of(costs: Sequence[HeldOutCost]) -> Iterator[dict[str, float | int | str]]:
    """By way: what is paid a day, how much more than with all, on which share of days a limit is left unmet."""
    if not costs:
        return
    paid = {way: float(np.mean([c.paid for c in costs if c.way == way])) for way in WAYS}
    for way, words in WAYS.items():
        own = [cost for cost in costs if cost.way == way]
        yield {
            "way": way,
            "words": words,
            "days": len({cost.day for cost in own}),
            "lots": len(own),
            "held_out": float(np.mean([cost.held_out for cost in own])),
            "paid_per_day": paid[way],
            "extra_cost": paid[way] / paid["all"] - 1.0,
            "days_unmet": float(np.mean([cost.unmet > 0 for cost in own])),
            "highest_loading": max(cost.loading for cost in own),
        }

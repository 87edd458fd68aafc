"""The feeder's own meter: it tells whose orders were only said to be followed, and leaves the others alone."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.settlement.season import (
    JudgedDay,
    SeasonRule,
    account_of,
    denied_by_feeder,
    with_feeder,
)

DAYS, STEPS = 40, 12
RULE = SeasonRule()


def feeder(seed: int, homes: int, forged: dict[int, float]):
    """A season of homes behind a phase: what is left, what their meters show, and their orders; ``forged`` homes do not do this
    share of theirs while their meters show all of it. Meters are off by 1 % for good and by as much at random."""
    random = np.random.default_rng(seed)
    called = random.random((homes, DAYS, 1)) < 0.9
    orders = (
        called * random.normal(0.0, 1.5, (homes, DAYS, STEPS)) * (random.random((homes, DAYS, STEPS)) < 0.5)
    )
    shown = random.gamma(2.0, 0.4, (homes, DAYS, STEPS)) + np.maximum(orders, 0.0)
    true = shown.copy()
    for home, share in forged.items():
        true[home] -= share * orders[home]
    metered = (shown * (1.0 + random.normal(0.0, 0.01, (homes, 1, 1)))).sum(axis=0)
    sum_kw = true.sum(axis=0)
    return sum_kw * (1.0 + random.normal(0.0, 0.005, sum_kw.shape)) - metered, metered, orders


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), homes=st.integers(2, 14), share=st.floats(0.0, 1.0))
def test_it_finds_whose_orders_were_not_done_and_how_much_of_them(seed, homes, share):
    found = denied_by_feeder(*feeder(seed, homes, {1: share}))
    off = found.share - np.where(np.arange(homes) == 1, share, 0.0)
    assert (np.abs(off) < 6.0 * found.deviation + 0.02).all()
    assert (found.deviation < 0.1).all()


def test_homes_whose_orders_are_always_alike_share_what_is_found():
    left, metered, orders = feeder(3, 4, {1: 1.0})
    orders[2] = orders[1]
    found = denied_by_feeder(left, metered, orders)
    assert found.share[1] == pytest.approx(found.share[2])
    assert found.share[1] == pytest.approx(0.5, abs=0.05)
    with pytest.raises(ValueError, match="days and steps alike"):
        denied_by_feeder(left, metered[:, 1:], orders)


def season(loss: float = 0.5) -> list[JudgedDay]:
    return [
        JudgedDay(
            date(2013, 1, 7) + timedelta(days=k), k == 3, k != 3, 0.1, 0.0 if k == 3 else loss, 0.0, 0.0, 0.01
        )
        for k in range(10)
    ]


def test_what_the_feeder_denies_is_deducted_and_was_not_delivered():
    seen = with_feeder(season(), [2.0] * 10, 1.0, 0.05, RULE.dead_band)
    account = account_of("a", seen, {}, RULE)
    assert account.is_flagged
    assert account.losses == account.deducted
    assert account.short_kwh == pytest.approx(9 * 2.0 * (1.0 - 2.1 * 0.05))
    assert account.payment == pytest.approx(-RULE.short_per_kwh * account.short_kwh)


@pytest.mark.parametrize("deviations", [-2.0, 0.0, 2.0])
def test_what_chance_explains_costs_nothing_however_losses_are_spread(deviations):
    """The error of the share is the same on all days: the band is that of their sum."""
    for days in (season(), [*season(0.1)[:5], *season(4.0)[5:]]):
        seen = with_feeder(days, [2.0] * 10, deviations * 0.05, 0.05, RULE.dead_band)
        account = account_of("a", seen, {}, RULE)
        assert not account.is_flagged
        assert account.payment == pytest.approx(account.losses)
    seen = with_feeder(season(), [2.0] * 10, 2.2 * 0.05, 0.05, RULE.dead_band)
    assert account_of("a", seen, {}, RULE).is_flagged

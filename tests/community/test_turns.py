"""A negotiation ends where more rounds would bring nothing, and says no more than it knows."""

import numpy as np
import pytest

from mas2tering.community.market import Market
from mas2tering.community.sums import RoundSums
from mas2tering.community.turns import Ask, Budget, Done, Settle, Turns, Weigh
from mas2tering.community.weighing import TradingRows
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.local_market import SupplierPrices
from mas2tering.domain.tariffs import LocalCharges

STEPS, ROUNDS = 8, 200
SUPPLIERS = SupplierPrices(np.full((1, STEPS), 0.3), np.full((1, STEPS), 0.05))


def carried(never_below: float, dearer=(0.0,)) -> tuple[Turns, int]:
    """Members that always draw 1 kWh a step, at a bound that is ``never_below`` short of what that costs; each draw costs
    something more than the first. How often they drew."""
    nothing = Requested.nothing(STEPS)
    market = Market(SUPPLIERS, LocalCharges(), TradingRows.of_classes(SUPPLIERS, nothing))
    turns = Turns([market], Budget(1e-3, ROUNDS))
    draws = 0
    while not isinstance(turns.request, Done):
        if isinstance(turns.request, Ask):
            settling = turns.request.stage == "settling"
            beside = 1.0 + (dearer[min(draws, len(dearer)) - 1] if settling else 0.0)
            short = 0.0 if settling else never_below
            drawn = np.ones((1, STEPS))
            least = beside + float(turns.request.prices.local_per_kwh.sum()) - short
            turns.heard([RoundSums(beside, drawn, np.zeros_like(drawn), least)])
        elif isinstance(turns.request, Settle):
            draws += 1
            turns.settled()
        elif isinstance(turns.request, Weigh):
            turns.weighed([RoundSums(1.0, np.ones((1, STEPS)), np.zeros((1, STEPS)), 0.0)])
        else:
            turns.closed(refused=False)
    return turns, draws


@pytest.mark.parametrize("short", [0.01, 1.0])
def test_a_bound_that_stays_behind_does_not_keep_the_members_asking(short):
    turns, _ = carried(short)
    agreeing = [record for record in turns.records if record.stage == "agreeing"]
    assert len(agreeing) < ROUNDS / 4
    assert turns.bounds[0].cost < 1.0 + 0.3 * STEPS


def test_what_comes_near_is_not_drawn_again():
    _, draws = carried(0.0)
    assert draws == 1


def test_a_draw_that_cannot_win_is_left_soon():
    turns, draws = carried(0.01, dearer=(0.1, 0.2, 0.3, 0.4))
    assert draws == 4
    assert isinstance(turns.request, Done)
    assert turns.request.draw == 0
    first, *others = np.diff([k for k, r in enumerate(turns.records) if r.number == 0])[1:]
    assert all(rounds <= first for rounds in others)

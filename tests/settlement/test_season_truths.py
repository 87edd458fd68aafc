"""What the season's rule is proved to hold, on random homes, and that each truth is missed once the rule is broken on purpose."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_communities import STEPS, tariff
from random_orders import Declared, plan

from mas2tering.domain.plans import Costs, HomePlan, bill_of
from mas2tering.settlement.flexibility import Tolerance
from mas2tering.settlement.season import (
    Expected,
    JudgedDay,
    Lived,
    SeasonRule,
    account_of,
    committed_day,
    judged,
)
from mas2tering.settlement.season import account as account_module
from mas2tering.settlement.season import judging as judged_module

PRICES = tariff("two-rate", [0.1, 0.3, 0.3, 0.1, 0.2, 0.1], 0.05)
EXACT = Tolerance(0.0, 0.0)
SURE = Expected(0.0, 0.0, np.zeros(STEPS))
DAY = date(2013, 1, 9)
NO_BAND = SeasonRule(dead_band=0.0, short_per_kwh=0.0)

net_loads = st.lists(st.integers(-40, 40), min_size=STEPS, max_size=STEPS).map(lambda x: 0.1 * np.array(x))


@dataclass(frozen=True)
class Answers:
    """A settlement's own answer to the negotiated prices."""

    net_kw: np.ndarray
    beside: Costs = field(default_factory=Costs)

    def ordered(self, bound: HomePlan, added_per_kwh: np.ndarray) -> HomePlan:
        return plan(bound.home, self.net_kw, self.beside)


def known_day(bound_kw, ordered_kw, bound_costs: Costs = Costs(), ordered_costs: Costs = Costs(), **more):  # noqa: B008
    return committed_day(
        DAY,
        plan("a", np.asarray(bound_kw), bound_costs),
        np.zeros(STEPS),
        PRICES,
        np.zeros(STEPS),
        Answers(np.asarray(ordered_kw), ordered_costs),
        Declared(),
        **more,
    )


def settled(known, metered_kw, *, held_out: bool = False, rule: SeasonRule = NO_BAND):
    day = judged(
        known, Lived(metered_kw, None, SURE), held_out=held_out, probability=rule.hold_out, tolerance=EXACT
    )
    return account_of("a", [day], {}, rule)


def cost(net_kw) -> float:
    return bill_of(PRICES, net_kw).cost


@given(bound=net_loads, ordered=net_loads, metered=net_loads)
def test_a_dearer_plan_cannot_pay_whatever_is_declared_ordered_and_lived(bound, ordered, metered):
    """P <= [J(m) - J(b')]+, so that the gain is at most [J(b) - J(b')]+ for every day m that the home could live."""
    account = settled(known_day(bound, ordered), metered)
    assert account.payment <= max(0.0, cost(metered) - cost(bound)) + 1e-9


@given(own=st.lists(net_loads, min_size=1, max_size=4), bound=net_loads, ordered=net_loads)
def test_a_home_gains_at_most_what_its_plan_is_cheaper_than_anything_it_can_do(own, bound, ordered):
    honest = min(cost(net_kw) for net_kw in own)
    for metered in own:
        account = settled(known_day(bound, ordered), metered)
        gain = honest - (cost(metered) - account.payment)
        assert gain <= max(0.0, honest - cost(bound)) + 1e-9


def expected_gain_of_inventing(gaps: list[float], rule: SeasonRule, *, draws: bool = True) -> float:
    """What plans that are cheaper by ``gaps`` than anything the home can do bring on average over all draws, what is carried
    counted in: called, the gap is paid; held out, the day falls short of the plan by it."""
    p, total = rule.hold_out, 0.0
    lots = product([False, True], repeat=len(gaps)) if draws else [(False,) * len(gaps)]
    for lot in lots:
        days = [
            JudgedDay(
                DAY + timedelta(days=k), out, not out, p, 0.0 if out else gap, 0.0, gap if out else 0.0, 0.0
            )
            for k, (gap, out) in enumerate(zip(gaps, lot, strict=True))
        ]
        account = account_of("a", days, {}, rule)
        chance = float(np.prod([p if out else 1.0 - p for out in lot])) if draws else 1.0
        total += chance * (account.payment - account.carried)
    return total


gap_lists = st.lists(st.floats(0.0, 2.0), min_size=1, max_size=6)


@given(gaps=gap_lists, p=st.floats(0.02, 0.9), factor=st.floats(1.0, 3.0))
def test_a_plan_too_good_to_be_true_brings_nothing_on_average_whatever_the_liar_foresees(gaps, p, factor):
    rule = SeasonRule(hold_out=p, factor=factor, dead_band=0.0)
    assert expected_gain_of_inventing(gaps, rule) <= 1e-9


@given(gaps=gap_lists)
def test_without_the_lot_such_a_plan_pays(gaps):
    """Broken on purpose: nobody is held out."""
    assert expected_gain_of_inventing(gaps, NO_BAND, draws=False) == pytest.approx(sum(gaps))


def test_days_held_out_that_count_for_themselves_alone_do_not_stop_it(monkeypatch):
    """Broken on purpose: a day held out does not stand for those that were not."""
    monkeypatch.setattr(account_module, "weight_of", lambda probability: 1.0)
    assert expected_gain_of_inventing([0.2] * 5, SeasonRule(factor=1.0, dead_band=0.0)) > 0.1


# Truths that are held, each as an assertion that a broken rule fails.


def truth_5_no_more_than_the_loss() -> None:
    """Delivered in full, the payment is the loss, whatever the home says that its plans cost."""
    known = known_day([1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0])
    lied = replace(
        known_day_with_claims(Costs(discomfort=-5.0), Costs(discomfort=7.0)), uncontrolled_kw=np.zeros(STEPS)
    )
    for day in (known, lied):
        account = settled(day, day.ordered.net_kw)
        assert account.payment == pytest.approx(0.2 * known.bound.axis.step_hours)


def known_day_with_claims(bound_claim: Costs, ordered_claim: Costs):
    class Claims(Answers):
        def ordered(self, bound, added_per_kwh):
            return replace(super().ordered(bound, added_per_kwh), costs=ordered_claim)

    return committed_day(
        DAY,
        replace(plan("a", np.array([1.0, 0, 0, 0, 0, 0])), costs=bound_claim),
        np.zeros(STEPS),
        PRICES,
        np.zeros(STEPS),
        Claims(np.array([0.0, 1.0, 0, 0, 0, 0])),
        Declared(),
    )


def truth_5_nothing_on_a_day_held_out() -> None:
    """A day held out brings nothing, lived as it may be."""
    known = known_day([1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0])
    for metered in (known.bound.net_kw, known.ordered.net_kw, np.zeros(STEPS), np.ones(STEPS)):
        assert settled(known, metered, held_out=True).payment <= 0.0


def truth_2_a_pair_that_trades_with_itself_moves_no_payment() -> None:
    """What local trades would have brought with the bound plan is no loss."""
    plain = known_day([-1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0])
    washed = known_day([-1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], Costs(local=-3.0), Costs())
    paid = [settled(known, known.ordered.net_kw).payment for known in (plain, washed)]
    assert paid[1] == pytest.approx(paid[0])


def truth_1_who_delivers_is_as_well_off_as_before() -> None:
    """Bill and discomfort with the order, less the payment, cost no more than the bound plan."""
    known = known_day([2, 0, 0, 0, 1, 0], [0, 2, 0, 0, 0, 1], Costs(), Costs(discomfort=0.04))
    account = settled(known, known.ordered.net_kw)
    assert known.loss.ordered.cost - account.payment <= known.loss.bound.cost + 1e-3


TRUTHS: dict[str, Callable[[], None]] = {
    "loss": truth_5_no_more_than_the_loss,
    "held out": truth_5_nothing_on_a_day_held_out,
    "wash": truth_2_a_pair_that_trades_with_itself_moves_no_payment,
    "as well off": truth_1_who_delivers_is_as_well_off_as_before,
}


@pytest.mark.parametrize("name", TRUTHS)
def test_the_rule_holds_the_truth(name):
    TRUTHS[name]()


def trust_a_claim(monkeypatch) -> None:
    monkeypatch.setattr(judged_module, "public_cost", lambda plan, tariff, declared: plan.costs)


def pay_on_audit_days(monkeypatch) -> None:
    right = judged_module.judged

    def paying(known, lived, **more):
        return replace(right(known, lived, **more), loss=known.loss.amount)

    monkeypatch.setitem(globals(), "judged", paying)


def local_prices_inside_the_loss(monkeypatch) -> None:
    monkeypatch.setattr(
        judged_module,
        "public_cost",
        lambda plan, tariff, declared: bill_of(tariff, plan.net_kw) + declared.beside_bill(plan),
    )


def pay_half_of_the_loss(monkeypatch) -> None:
    right = account_module.SeasonAccount.payment.fget
    monkeypatch.setattr(account_module.SeasonAccount, "payment", property(lambda own: 0.5 * right(own)))


@pytest.mark.parametrize(
    ("truth", "broken"),
    [
        ("loss", trust_a_claim),
        ("held out", pay_on_audit_days),
        ("wash", local_prices_inside_the_loss),
        ("as well off", pay_half_of_the_loss),
    ],
)
def test_a_rule_that_is_broken_on_purpose_misses_it(truth, broken, monkeypatch):
    broken(monkeypatch)
    with pytest.raises(AssertionError):
        TRUTHS[truth]()

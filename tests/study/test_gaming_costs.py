"""What the season's rule costs: days held out, negotiated for real, and the flat reward for offering."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.cli.bench_gaming import Confirm
from mas2tering.cli.bench_gaming_studies import bench_gaming_study_command
from mas2tering.domain.errors import InputError
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.settlement.season import SeasonRule
from mas2tering.study.gaming.congested import congested_day, ordered, paid_for, unmet, without_orders
from mas2tering.study.gaming.costs import RESERVE, HeldOutCost, lot_of, margin_kw, summaries_of
from mas2tering.study.gaming.feeder import feeder_lines
from mas2tering.study.gaming.recorded import recorded_days
from mas2tering.study.gaming.reward import reward_lines
from mas2tering.study.gaming.stage import Asked, Stage, staged


@pytest.fixture(scope="module")
def day():
    # One of the lightest of the recorded days.
    return congested_day("cardiff", recorded_days(100)[14].day)


def test_others_are_asked_where_the_lot_falls_and_limits_hold(day):
    held_out = lot_of(day, 0, 1, 0.1)
    assert 5 < len(held_out) < 35
    assert unmet(day, day.bound).limits > 0
    with_all, others = ordered(day), ordered(day, held_out, reserve=RESERVE)
    bound = dict(zip(day.homes, day.bound, strict=True))
    for plan in others.plans:
        if plan.home in held_out:
            assert plan is bound[plan.home]
    assert unmet(day, with_all.plans).limits == 0
    assert unmet(day, others.plans).limits == 0
    assert unmet(day, others.plans).loading < 1.0 - 0.9 * RESERVE, "a hundredth is kept free"
    # Orders that are taken away once they are negotiated leave limits unmet.
    taken = without_orders(day, with_all.plans, held_out)
    assert unmet(day, taken).limits > 0
    assert paid_for(day, day.bound) == 0.0
    assert 0.0 < paid_for(day, taken) <= paid_for(day, with_all.plans)


def test_the_same_lot_falls_again_and_another_one_elsewhere(day):
    assert lot_of(day, 0, 1, 0.1) == lot_of(day, 0, 1, 0.1)
    assert lot_of(day, 0, 1, 0.1) != lot_of(day, 1, 1, 0.1)


@settings(max_examples=30, deadline=None)
@given(homes=st.integers(1, 40), p=st.floats(0.02, 0.4), seed=st.integers(0, 2**31))
def test_the_margin_is_what_a_lot_takes_but_in_one_of_a_thousand(homes, p, seed):
    random = np.random.default_rng(seed)
    bound = random.uniform(0.0, 5.0, (homes, 4))
    told = bound - random.uniform(0.0, 2.0, (homes, 4))
    limits = LoadLimits(np.arange(4), np.ones((4, homes)), told.sum(axis=0), 10.0, ("a", "b", "c", "d"))
    margin = margin_kw(limits, bound, told, p, 1)
    assert (margin >= p * (bound - told).sum(axis=0) - 1e-9).all()
    assert (margin <= 4.0 * (bound - told).sum(axis=0)).all()
    falls = random.random((2000, homes)) < p
    exceeded = (falls @ (bound - told) > margin + 1e-9).any(axis=1)
    assert exceeded.mean() < 0.01
    # A limit with room for all that the lot could take asks for the mean and no more.
    roomy = LoadLimits(np.arange(4), np.ones((4, homes)), bound.sum(axis=0) + 0.1, 10.0, ("a", "b", "c", "d"))
    assert margin_kw(roomy, bound, told, p, 1) == pytest.approx(p * (bound - told).sum(axis=0))


def test_summaries_compare_with_all_homes():
    day = recorded_days(1)[0].day
    ways = ("all", "others_asked", "others_reserve", "orders_taken", "orders_margin")
    costs = [HeldOutCost(day, 0, way, 2.0 + k, 0, k % 2, 1.0) for k, way in enumerate(ways)]
    found = {line["way"]: line for line in summaries_of(costs)}
    assert found["all"]["extra_cost"] == 0.0
    assert found["others_asked"]["extra_cost"] == pytest.approx(0.5)
    assert found["others_asked"]["days_unmet"] == 1.0
    assert list(summaries_of([])) == []


@pytest.fixture(scope="module")
def stage() -> Stage:
    return staged(Asked(days=24, seasons=2, homes=14, attackers=1, recorded=2, seed=3))


def test_the_feeder_s_meter_turns_forged_ones_into_a_loss_and_leaves_neighbours_alone(stage):
    without, found = feeder_lines(stage, SeasonRule())
    assert (without["feeder"], found["feeder"]) == ("without", "with")
    assert float(without["mean_gain"]) > 0.0
    assert float(found["max_gain"]) <= 0.0
    assert float(found["honest_loss"]) < 0.002
    assert float(found["honest_flagged"]) <= float(without["honest_flagged"]) + 0.1


def test_the_reward_covers_what_offering_costs_at_most_and_hiding_all_loses_it(stage):
    rule = SeasonRule()
    size, *lines = reward_lines(stage, rule)
    assert float(size["reward"]) == pytest.approx(rule.reward_per_day * 70)
    assert float(size["lost_by_offering"]) <= float(size["lost_in_worst_season"])
    by = {(line["strategy"], line["variant"]): line for line in lines}
    hidden = by["hidden_flexibility", "all"]
    assert float(hidden["mean_gain_with_reward"]) == pytest.approx(
        float(hidden["mean_gain"]) - float(size["reward"]), abs=2e-5
    )
    split = by["split_home", ""]
    assert split["mean_gain_with_reward"] == split["mean_gain"], "one connection, one reward"
    for (strategy, _), line in by.items():
        if strategy == "withdrawal":
            assert float(line["mean_gain_with_reward"]) <= float(line["mean_gain"])


def test_the_command_says_what_is_wrong_and_prints_lines(capsys):
    bench_gaming_study_command("reward", Confirm("cardiff"), 2, 1, 12, 1, 1, 1)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0]["figure"] == "reward"
    assert {line["strategy"] for line in lines[1:]} >= {"hidden_flexibility", "split_home"}
    with pytest.raises(InputError, match="--study"):
        bench_gaming_study_command("everything", Confirm("cardiff"), 2, 1, 12, 1, 1, 1)
    with pytest.raises(InputError) as wrong:
        bench_gaming_study_command("hold_out", Confirm("belgium"), 2, 0, 12, 1, 0, 1)
    assert len(wrong.value.problems) == 3

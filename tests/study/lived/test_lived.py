"""Days as they turn out, from forecasts to figures: what is said of them, and that a forecaster that fails stops nobody."""

from datetime import date

import numpy as np
import pytest

from mas2tering.coordination.lived_day import cost_of_days
from mas2tering.domain.plans import Costs, DevicePlan, HomePlan
from mas2tering.home.optimise import Budget
from mas2tering.study.built_in import built_in_community, weeks_before
from mas2tering.study.lived.days import live_days
from mas2tering.study.lived.found import share_of
from mas2tering.study.lived.guard import Guard
from mas2tering.study.lived.outlooks import Outlooks, outlooks_of
from mas2tering.study.lived.words import lived_sentences
from mas2tering.study.minimal import minimal_community
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions
from mas2tering.study.summary import summary_of

DAY = date(2013, 4, 17)


@pytest.fixture(scope="module")
def minimal_run():
    made = minimal_community(DAY)
    options = RunOptions(DAY, days=2, step_minutes=60, use_cases=("none", "rule", "1"), forecast="naive")
    return run_community(made.community, made.profiles, options)


def test_a_run_on_a_forecast_says_what_its_days_came_to(minimal_run):
    lived = summary_of(minimal_run)["lived"]
    assert lived["forecast"].startswith("empirical quantiles")
    assert lived["oracle"] <= min(lived["rule"], lived["plan"], lived["steered"]) + 1e-9
    # The day is like the weeks before it: what is lived is as good as hindsight, and the rule is not.
    assert lived["share_of_oracle"]["steered"] > 0.97 > lived["share_of_oracle"]["rule"]
    assert not lived["homes_below_the_rule"]
    assert "Lived" in lived_sentences(minimal_run.lived, "EUR")[0]


def test_without_a_forecast_nothing_is_lived():
    made = minimal_community(DAY)
    run = run_community(
        made.community, made.profiles, RunOptions(DAY, step_minutes=60, use_cases=("none", "1"))
    )
    assert run.lived is None
    assert "lived" not in summary_of(run)


class Failing:
    """A forecast service that is away."""

    name = "away"

    def forecasts(self, known, issued_at, axis):
        raise TimeoutError("no answer")


def test_a_forecaster_that_fails_stops_nobody_and_is_named():
    made = minimal_community(DAY)
    sound = outlooks_of("naive", made.community, made.profiles, made.profiles, DAY, 1, 60)
    failing = Outlooks(
        made.community, (Failing(), Failing()), (Failing(), Failing()), sound.measured, [], sound.measured
    )
    runs = [
        live_days(made.community, made.profiles, outlooks, DAY, 1, 60, Budget())
        for outlooks in (sound, failing)
    ]
    assert runs[1].cost("steered") == pytest.approx(runs[0].cost("steered"), rel=0.02)
    assert any("no answer" in note for note in runs[1].notes)
    assert not runs[0].notes


def test_weeks_before_are_of_the_same_homes():
    """Generated days are the same whichever are asked for: history fits the days that follow it."""
    long = built_in_community("belgium", "S5", 1, date(2013, 4, 15), 3).community
    history = weeks_before("belgium", "S5", 1, DAY, 2)
    columns = [key for key in long.profiles.table if key[1].endswith(("_load", "_pv"))]
    assert columns
    for key in columns:
        whole, before = long.profiles.table[key], history.table[key]
        np.testing.assert_allclose(before.values, whole.values[: len(before.values)], atol=1e-5)


def test_stored_energy_counts_once_over_days_in_a_row(minimal_run):
    axis = minimal_run.days[0].axis

    def day(content, value):
        flat = np.full(axis.steps, content)
        part = DevicePlan("battery", "battery", np.zeros(axis.steps), flat, costs=Costs(stored_value=value))
        return HomePlan(
            "h", axis, np.zeros(axis.steps), (part,), Costs(energy_bought=1.0, stored_value=value), "none"
        )

    days = [day(4.0, 0.8), day(3.0, -0.5)]
    assert cost_of_days(days, {"battery": 0.2}, {"battery": 1.0}) == pytest.approx(2.0 - 0.2 * (3.0 - 1.0))


def test_a_home_is_handed_to_the_rule_by_its_record_and_back():
    guard = Guard(differences=[0.1] * 4)
    assert not guard.prefers_the_rule
    guard.differences.append(0.1)
    assert guard.prefers_the_rule
    guard.differences.append(-0.6)
    assert not guard.prefers_the_rule


def test_two_weeks_are_enough_to_hand_a_home_to_the_rule_whatever_was_gained_before():
    guard = Guard(differences=[-1.0] * 14 + [0.1] * 14)
    assert guard.prefers_the_rule
    guard.differences.append(-2.0)
    assert not guard.prefers_the_rule


def test_shares_are_of_what_hindsight_saves():
    assert share_of(10.0, 9.1, 9.0) == pytest.approx(0.9)
    assert share_of(10.0, 9.1, 9.999) is None


def test_days_are_lived_by_plans_made_anew_where_that_is_asked_for():
    made = minimal_community(DAY)
    options = RunOptions(DAY, step_minutes=60, use_cases=("none", "rule", "1"), forecast="naive", replan=True)
    run = run_community(made.community, made.profiles, options)
    lived = summary_of(run)["lived"]
    assert lived["oracle"] <= lived["replanned"] + 1e-9
    assert lived["replanned"] <= lived["plan"] + 1e-6
    assert {"rule", "plan", "replanned", "steered"} == set(lived["share_of_oracle"])
    assert "made anew each hour" in lived_sentences(run.lived, "EUR")[0]

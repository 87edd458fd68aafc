"""Programmes: windows of the clock become starts, profiles keep their energy, clashes are said in the user's words."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_homes import day, model, programme

from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES
from mas2tering.home.compile.programmes import run_profile
from mas2tering.home.limits import breaches
from mas2tering.home.optimise import best_plan
from mas2tering.home.optimise.planner import best_decision
from mas2tering.home.rules.without_platform import without_platform

SPRING = date(2013, 3, 30)


def the_link(home_model, chain: int = 0, link: int = 0):
    return home_model.chains[chain].links[link]


def starts_at(home_model, **where) -> list[str]:
    return [home_model.axis.label(int(k)) for k in the_link(home_model, **where).starts]


@given(
    power=st.lists(st.floats(0, 3).map(lambda v: round(v, 2)), min_size=1, max_size=20).map(tuple),
    minutes=st.integers(1, 60),
    step=st.sampled_from(STEP_LENGTHS_MINUTES),
)
def test_a_run_keeps_its_energy_at_every_step_length(power, minutes, step):
    run = programme(power_kw=power, profile_step_minutes=minutes, latest_end="21:00 next day")
    axis = day(step)
    found = run_profile(run, axis)
    assert len(found) == math.ceil(len(power) * minutes / step)
    assert found.sum() * step / 60 == pytest.approx(sum(power) * minutes / 60, abs=1e-9)
    # Not the sum alone: after each step the run has used what it had used by then.
    by_minute = np.append(np.repeat(power, minutes), np.zeros(60)) / 60
    used = [by_minute[: (k + 1) * step].sum() for k in range(len(found))]
    assert np.cumsum(found) * step / 60 == pytest.approx(used, abs=1e-9)


@pytest.mark.parametrize(
    ("step", "first", "last", "count"),
    [(5, "21:00", "21:45", 10), (15, "21:00", "21:45", 4), (60, "21:00", "21:00", 1)],
)
def test_a_window_gives_the_starts_from_which_the_run_is_over_in_time(step, first, last, count):
    """21:00 to 23:30 for 1 h 45: the last start is 21:45, whatever the step."""
    found = starts_at(model(programme(), axis=day(step)))
    assert (found[0], found[-1], len(found)) == (first, last, count)


def test_a_start_inside_a_step_waits_for_the_next_one():
    found = starts_at(model(programme(earliest_start="20:50"), axis=day(30)))
    assert found == ["21:00", "21:30"]


def test_a_window_without_a_whole_step_begins_in_the_step_of_its_begin():
    found = model(programme(minutes=45, earliest_start="21:10", latest_end="22:00"), axis=day(60))
    assert starts_at(found) == ["21:00"]
    assert found.clashes == ()


def test_a_window_shorter_than_the_programme_is_a_clash_in_words():
    found = model(programme(latest_end="22:30"))
    (clash,) = found.clashes
    assert str(clash) == (
        "dishwasher: the window 21:00 to 22:30 (1 h 30) is shorter than the programme, 1 h 45; "
        "the plan starts it at 21:00 and ends it late"
    )
    assert starts_at(found) == ["21:00"]
    plan = best_plan(found)
    assert plan.clashes == (clash,)
    assert next(d for d in plan.devices if d.device == "dishwasher").starts == (60,)


@pytest.mark.parametrize(
    ("end", "minutes", "words"),
    [
        ("21:30", 45, "(30 min) is shorter than the programme, 45 min"),
        ("22:00", 75, "(1 h 00) is shorter than the programme, 1 h 15"),
        ("21:01", 1500, "(1 min) is shorter than the programme, 25 h 00"),
    ],
)
def test_durations_read_as_people_say_them(end, minutes, words):
    found = model(programme(minutes=minutes, latest_end=end), axis=day(15))
    assert words in found.clashes[0].reason


def test_a_window_as_long_as_the_programme_is_no_clash():
    found = model(programme(latest_end="22:45"))
    assert (found.clashes, starts_at(found)) == ((), ["21:00"])


def test_a_run_that_is_moved_before_its_window_is_not_called_late():
    """The day ends at 06:00: the only place left for 1 h 45 lies before the window."""
    (clash,) = model(programme(earliest_start="05:00 next day", latest_end="05:30 next day")).clashes
    assert clash.relaxed == "starts it early, at 04:15"
    assert "late" not in clash.relaxed


def test_a_window_that_the_clock_makes_too_short_is_a_clash():
    """01:00 to 02:00 does not exist on this night: one hour is left of two."""
    run = programme(minutes=90, earliest_start="00:30 next day", latest_end="02:30 next day")
    assert model(run, axis=day(on=SPRING)).clashes


def test_a_run_belongs_to_the_day_of_its_preferred_start():
    at_five = programme(minutes=30, earliest_start="04:00", latest_end="09:00", preferred_start="05:00")
    at_seven = programme(minutes=30, earliest_start="04:00", latest_end="09:00", preferred_start="07:00")
    # 05:00 of the next day lies on an axis from 06:00 on, 05:00 of the same day before it.
    assert [c.links[0].starts[0] for c in model(at_five).chains] == [88]
    assert starts_at(model(at_seven))[0] == "06:00"
    assert len(model(at_seven).chains) == 1


def test_a_run_that_does_not_fit_before_the_end_of_the_day_is_left_to_the_next_and_noted():
    late = programme(minutes=105, earliest_start="05:00 next day", latest_end="09:00 next day")
    found = model(late)
    assert found.chains == ()
    assert found.notes == (
        "dishwasher: its run of 2013-04-17 does not fit before the end of the planning day and is left to the next one",
    )


def test_a_run_on_other_weekdays_does_not_run():
    assert model(programme(days=("tue", "thu"))).chains == ()
    assert len(model(programme(days=("wed",))).chains) == 1


def test_delay_costs_the_hours_off_the_preferred_start():
    run = programme(
        minutes=30,
        earliest_start="08:00",
        latest_end="10:30",
        preferred_start="09:00",
        delay_cost_per_hour=0.1,
    )
    link = the_link(model(run, axis=day(30)))
    assert link.start_cost == pytest.approx([0.1, 0.05, 0.0, 0.05, 0.1])
    assert link.preferred == 2


# --- chains


def chain(*, wash=None, dry=None):
    first = programme("wash", 60, **({"earliest_start": "08:00", "latest_end": "12:00"} | (wash or {})))
    after = {"earliest_start": "08:00", "latest_end": "23:00", "after": "wash"}
    return first, programme("dry", 90, **(after | (dry or {})))


def test_a_follower_starts_when_the_first_is_over_at_the_earliest():
    found = model(*chain())
    assert starts_at(found, link=1)[0] == "09:00"
    assert starts_at(found, link=1)[-1] == "21:30"


def test_a_longest_wait_bounds_the_follower():
    found = model(*chain(dry={"longest_wait_minutes": 100}))
    # The last wash starts at 11:00 and is over at 12:00; 100 min are seven steps.
    assert starts_at(found, link=1)[-1] == "13:45"
    assert the_link(found, link=1).longest_wait_steps == 7


@pytest.mark.parametrize("wait", [None, 0, 30, 120])
@pytest.mark.parametrize("dear", [8, 9, 10, 11, 12])
def test_a_plan_keeps_the_order_and_the_longest_wait(wait, dear):
    axis = day(15)
    price = np.full(axis.steps, 0.3)
    price[(dear - 6) * 4 :] = 0.5
    price[60:] = 0.1
    found = model(*chain(dry={"longest_wait_minutes": wait}), axis=axis, bought=price)
    plan, decision = best_decision(found)
    runs = {d.device: d.starts[0] for d in plan.devices}
    assert not breaches(found, decision)
    assert runs["dry"] >= runs["wash"] + 4
    if wait is None:
        assert axis.label(runs["dry"]) >= "21:00"
    else:
        assert runs["dry"] <= runs["wash"] + 4 + wait // 15


def test_a_follower_whose_window_is_over_too_soon_clashes_in_words():
    found = model(*chain(dry={"latest_end": "10:00"}))
    (clash,) = found.clashes
    assert (
        clash.reason
        == "its window 08:00 to 10:00 leaves no start after wash, which is over at 09:00 at the soonest"
    )
    assert clash.relaxed == "starts it at 09:00, right after wash"
    plan = best_plan(found)
    runs = {d.device: d.starts[0] for d in plan.devices}
    assert runs["dry"] == runs["wash"] + 4


def test_an_optional_run_is_left_out_where_it_costs_more_than_it_is_worth():
    for worth, runs in ((0.2, False), (0.6, True)):
        (plan,) = best_plan(model(programme(worth=worth), bought=0.3)).devices
        assert bool(plan.starts) == runs
        assert plan.costs.discomfort == (0.0 if runs else worth)


def test_a_follower_of_a_run_that_is_left_out_is_left_out_too():
    found = model(*chain(wash={"worth": 0.01}, dry={"worth": 0.01}))
    plan = best_plan(found)
    assert [d.starts for d in plan.devices] == [(), ()]
    assert plan.costs.cost == pytest.approx(0.02)


def test_a_follower_that_must_run_makes_the_first_run():
    plan = best_plan(model(*chain(wash={"worth": 0.01})))
    assert [len(d.starts) for d in plan.devices] == [1, 1]


def test_without_the_platform_a_follower_keeps_its_longest_wait():
    found = model(*chain(dry={"preferred_start": "20:00", "longest_wait_minutes": 60}))
    assert not breaches(found, without_platform(found))

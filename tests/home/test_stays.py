"""A car that does not keep to what was expected: nobody knows it before, and what was due is kept where it can be."""

from datetime import date

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from small_homes import NO_FILES, WEDNESDAY, battery, day, home, load, tariff
from test_following import outlook_of

from mas2tering.domain.devices import ElectricVehicle, Stay, TurnedOut
from mas2tering.home.compile import compile_home
from mas2tering.home.follow.stays import Stays, same_stay
from mas2tering.home.follow.steering import steer
from mas2tering.home.limits import breaches
from mas2tering.home.optimise import best_decision

HOURS = np.arange(96) / 4
BOUGHT = np.where(HOURS < 12, 0.32, 0.18) + 0.01 * np.sin(HOURS)


def car(*turned_out: TurnedOut, arrives="18:00", departs="06:00 next day", **more) -> ElectricVehicle:
    values = {
        "id": "car",
        "capacity_kwh": 50.0,
        "charge_power_kw": 7.4,
        "charge_efficiency": 0.9,
        "stays": (
            Stay(arrives=arrives, departs=departs, arrival_energy_kwh=20.0, departure_energy_kwh=40.0),
        ),
        "turned_out": turned_out,
    }
    return ElectricVehicle(**(values | more))


def turned_out(**changed) -> TurnedOut:
    return TurnedOut(**({"day": WEDNESDAY} | changed))


def models(vehicle: ElectricVehicle):
    """The home as it comes, and as it is expected."""
    owner, prices = home(load(0.8), vehicle, battery()), tariff(day(), BOUGHT)
    return tuple(compile_home(owner, prices, NO_FILES, expected=expected) for expected in (False, True))


def lived(vehicle: ElectricVehicle):
    came, expected = models(vehicle)
    planned = best_decision(expected)[1]
    return came, steer(came, outlook_of(came), planned, 96, 4, expected=expected.stores).decision


def on_the_day(model, decision, device):
    """What a device draws on the whole axis, in kW."""
    total = np.zeros(model.axis.steps)
    for store, own in zip(model.stores, decision.stores, strict=True):
        if store.device == device:
            total[store.window] += own.charge_kw - own.discharge_kw
    return total


def content_at_the_end(store, own):
    return store.initial_kwh + float(store.gain_in @ own.charge_kw - store.gain_out * own.discharge_kw.sum())


changes = st.one_of(
    st.just(turned_out(comes=False)),
    st.builds(
        lambda arrives, stays, energy: turned_out(
            arrives=clock(arrives), departs=clock(arrives + stays), arrival_energy_kwh=energy
        ),
        st.integers(6 * 60, 26 * 60),
        st.integers(30, 12 * 60),
        st.floats(0.0, 45.0),
    ),
)


def clock(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours:02}:{rest:02}" if hours < 24 else f"{hours - 24:02}:{rest:02} next day"


@settings(max_examples=30, deadline=None)
@given(changes, changes)
@example(
    turned_out(arrives="20:46", departs="21:16", arrival_energy_kwh=0.0),
    turned_out(arrives="20:46", departs="21:17", arrival_energy_kwh=0.0),
)
def test_what_becomes_of_a_stay_changes_nothing_before_it_is_known(one, other):
    (first, decided), (second, decided_too) = (lived(car(change)) for change in (one, other))
    expected = models(car(one))[1]
    news = [Stays(model.stores, expected.stores) for model in (first, second)]
    # A car that is there is known to be there with what it brought; beliefs say all of it.
    # In the step in which it leaves it takes what it can until then, whatever was believed.
    same = [
        _beliefs(news[0], k) == _beliefs(news[1], k) and _takes(first, k) == _takes(second, k)
        for k in range(96)
    ]
    until = same.index(False) if False in same else 96
    for device in ("battery", "car"):
        np.testing.assert_array_equal(
            on_the_day(first, decided, device)[:until], on_the_day(second, decided_too, device)[:until]
        )


def _takes(model, now):
    """What a car that is there can take in a step."""
    there = [s for s in model.stores if s.visit and s.first_step <= now < s.first_step + s.steps]
    return [float(s.power_in_kw[now - s.first_step]) for s in there]


def _beliefs(stays, now):
    return sorted(
        (s.device, s.first_step, s.steps, s.initial_kwh, s.power_in_kw.tobytes(), s.lower_kwh.tobytes())
        for s in stays.believed(now)
        if s.first_step + s.steps > now and s.power_in_kw.any()
    )


@settings(max_examples=30, deadline=None)
@given(changes, st.integers(0, 95))
def test_beliefs_do_not_know_when_a_car_comes_or_leaves(change, now):
    """What is believed at a step is the same however the stay goes on from there."""
    came, expected = models(car(change))
    stays = Stays(came.stores, expected.stores)
    own = next((s for s in came.stores if s.visit), None)
    if own is not None and own.first_step <= now < own.first_step + own.steps:
        longer = next(
            s
            for s in models(car(change.model_copy(update={"departs": "05:59 next day"})))[0].stores
            if s.visit
        )
        other = Stays([longer if s.visit else s for s in came.stores], expected.stores)
    elif own is None or own.first_step > now:
        other = Stays([s for s in came.stores if not s.visit], expected.stores)
    else:
        return
    assert _beliefs(stays, now) == _beliefs(other, now)


def test_a_car_that_comes_as_expected_is_no_news():
    came, expected = models(car())
    assert same_stay(next(s for s in came.stores if s.visit), next(s for s in expected.stores if s.visit))
    planned = best_decision(came)[1]
    with_words = steer(came, outlook_of(came), planned, 96, 4, expected=expected.stores).decision
    without = steer(came, outlook_of(came), planned, 96, 4).decision
    for own, other in zip(with_words.stores, without.stores, strict=True):
        np.testing.assert_array_equal(own.charge_kw, other.charge_kw)


@settings(max_examples=20, deadline=None)
@given(st.integers(18 * 60, 26 * 60), st.floats(0.0, 39.0))
def test_a_car_that_comes_late_leaves_with_what_was_due_as_far_as_there_is_time(arrives, energy):
    model, decision = lived(car(turned_out(arrives=clock(arrives), arrival_energy_kwh=energy)))
    store, own = next((s, o) for s, o in zip(model.stores, decision.stores, strict=True) if s.visit)
    # What is due in the model is what can be reached, if that is less.
    assert content_at_the_end(store, own) >= float(store.lower_kwh[-1]) - 1e-6
    assert not [b for b in breaches(model, decision) if b.device == "car"]


@settings(max_examples=20, deadline=None)
@given(changes)
def test_whatever_a_car_does_powers_and_contents_keep_their_limits(change):
    model, decision = lived(car(change))
    for store, own in zip(model.stores, decision.stores, strict=True):
        assert np.all(own.charge_kw <= store.power_in_kw + 1e-9)
        content = store.initial_kwh
        for k in range(store.steps):
            content += float(store.gain_in[k]) * own.charge_kw[k] - store.gain_out * own.discharge_kw[k]
            assert -1e-6 <= content <= 50.0 + 1e-6


def test_a_car_that_does_not_come_is_charged_nowhere_and_the_home_lives_on():
    model, decision = lived(car(turned_out(comes=False)))
    assert not [s for s in model.stores if s.visit]
    assert len(decision.stores) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stay": 1}, "expected less than 1"),
        ({"arrival_energy_kwh": 60.0}, "above capacity_kwh"),
        ({"departs": "17:00"}, "is not after arrives"),
        ({"departs": "19:00 next day"}, "meets another stay"),
    ],
)
def test_what_cannot_have_happened_is_refused(change, words):
    with pytest.raises(ValidationError, match=words):
        car(turned_out(**change))


def test_a_day_on_which_no_stay_begins_is_refused():
    at_work = Stay(
        arrives="18:00", departs="22:00", days=("mon",), arrival_energy_kwh=0, departure_energy_kwh=1
    )
    with pytest.raises(ValidationError, match="expected a day on which"):
        car(TurnedOut(day=date(2013, 4, 17), comes=False), stays=(at_work,))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"comes": False, "arrives": "20:00"}, "comes = false with arrives"),
        ({"comes": "no"}, "comes"),
        ({"day": date(1, 1, 1)}, "from 1900 to 2199"),
        ({"day": date(9999, 12, 31)}, "from 1900 to 2199"),
    ],
)
def test_what_turned_out_says_one_thing_of_a_day_that_is_planned(said, words):
    with pytest.raises(ValueError, match=words):
        TurnedOut.model_validate({"day": date(2013, 5, 13)} | said)

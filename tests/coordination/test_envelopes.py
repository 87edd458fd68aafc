"""A street whose homes all wait for the night: within the bands that the operator orders the night does not overload it, whatever
homes do, in the full power flow."""

from dataclasses import replace

import numpy as np
import pytest
import small_homes as small
from hypothesis import given, settings
from hypothesis import strategies as st
from test_congestion import NIGHT, day_on, homes, street

from mas2tering.coordination.congestion import Connected
from mas2tering.coordination.envelopes import Member, Ordered, ordered_bands, room_of
from mas2tering.domain.forecasts import Forecast
from mas2tering.grid import PowerFlow, congestions
from mas2tering.home.evaluate import plan_of
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.follow.steering import steer
from mas2tering.home.rules.without_platform import without_platform

LEVELS = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
HOMES = 12
TOLERANCE = 0.01
"""What rows to first order may err by between the points at which they were made, as a share of a loading."""


@pytest.fixture(scope="module")
def night():
    models = homes(HOMES, small.car(departure=30.0))
    network = street(HOMES, 36.0)
    _, outcome = day_on(models, network)
    assert outcome.regime == "yellow"
    axis = models[0].axis
    base = np.full(axis.steps, 0.5)
    outlook = Outlook(
        Forecast(axis, axis.start, base, LEVELS, base * (0.5 + LEVELS[:, None]), "made up"), None
    )
    members = [Member(m, p, outlook, True) for m, p in zip(models, outcome.plans, strict=True)]
    here = Connected(network, np.arange(HOMES), np.zeros((HOMES, axis.steps)))
    return members, here, ordered_bands(here, members)


def beyond(here: Connected, load_kw: np.ndarray) -> float:
    """How far the worst element is beyond its limit, as a share of it."""
    found = congestions(PowerFlow(here.network).day(load_kw))
    return max((own.excess / own.limit for own in found), default=0.0)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), ends=st.booleans())
def test_any_loads_within_the_bands_keep_the_limits_in_the_full_power_flow(night, seed, ends):
    members, here, ordered = night
    planned = np.array([member.plan.net_kw for member in members])
    room = np.array([room_of(member)[:2] for member in members])
    lower, upper = planned - room[:, 1], planned + room[:, 0]
    for k, band in enumerate(ordered.bands):
        assert band is not None
        lower[k], upper[k] = np.maximum(lower[k], band.lower_kw), np.minimum(upper[k], band.upper_kw)
    random = np.random.default_rng(seed)
    part = random.integers(0, 2, planned.shape) if ends else random.random(planned.shape)
    assert beyond(here, lower + part * (upper - lower)) < TOLERANCE
    assert ordered.short_kw.max() < 1e-6


def lived(members: list[Member], ordered: Ordered | None) -> np.ndarray:
    """Loads of homes that steer, each by itself."""
    found = []
    for k, member in enumerate(members):
        band = None if ordered is None else ordered.bands[k]
        model, begins = member.model, without_platform(member.model)
        decision = steer(model, member.outlook, begins, model.axis.steps, 4, band=band).decision
        found.append(plan_of(model, decision, "within_gap").net_kw)
    return np.array(found)


def test_a_rebound_at_a_tariff_step_spreads_within_the_bands(night):
    members, here, ordered = night
    assert beyond(here, lived(members, None)) > 0.5
    within = lived(members, ordered)
    assert beyond(here, within) == 0.0
    for own, band in zip(within, ordered.bands, strict=True):
        assert band.excess_kw(own).max() < 1e-3
    # Cars still charge, and mostly when it is cheap.
    drawn = np.maximum(within - 0.5, 0.0)
    assert (drawn * (NIGHT < 0.2)).sum() > 0.6 * drawn.sum() > 0.0


def test_a_network_that_holds_everything_binds_nobody(night):
    members, here, _ = night
    wide = replace(here, network=street(HOMES, 4000.0, length_m=1.0))
    assert ordered_bands(wide, members).bands == (None,) * HOMES


def test_a_home_that_takes_no_orders_gets_no_band(night):
    members, here, _ = night
    refusing = [replace(members[0], takes_orders=False), *members[1:]]
    found = ordered_bands(here, refusing).bands
    assert found[0] is None
    assert all(band is not None for band in found[1:])

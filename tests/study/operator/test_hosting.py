"""Hosting capacity from plans: the profile is the mean of those who have the device, and the capacity is tight."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from mas2tering.domain.plans import Costs, DevicePlan, HomePlan
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.grid import PowerFlow, violations
from mas2tering.study.generator.network import cardiff_network
from mas2tering.study.operator.hosting import hosting_capacities, mean_device_kw

_STEPS = 4


def _plan(home: str, **devices_kw: float) -> HomePlan:
    axis = TimeAxis(datetime(2013, 4, 17, tzinfo=UTC), 15, _STEPS, "UTC")
    shape = np.array([0.0, 1.0, 0.5, 0.0])
    devices = tuple(DevicePlan(kind, kind, power_kw * shape) for kind, power_kw in devices_kw.items())
    net_kw = 0.5 + sum((device.power_kw for device in devices), np.zeros(_STEPS))
    return HomePlan(home, axis, net_kw, devices, Costs(), "rule")


def test_the_mean_of_the_homes_that_have_it() -> None:
    plans = [_plan("a", pv=-4.0), _plan("b", pv=-2.0, ev=7.0), _plan("c")]
    profile = mean_device_kw(plans, "pv")
    assert profile is not None
    assert profile.tolist() == [0.0, -3.0, -1.5, 0.0]
    assert mean_device_kw(plans, "heat_pump") is None


def test_one_more_of_each_until_the_first_limit_breaks() -> None:
    flow = PowerFlow(cardiff_network())
    plans = [_plan(f"home{k}", **({"pv": -3.0} if k % 4 else {"ev": 3.0})) for k in range(184)]
    plans = [
        plan if k % 8 < 4 else replace(plan, net_kw=plan.net_kw * 0 + 0.5) for k, plan in enumerate(plans)
    ]
    found = hosting_capacities(flow, plans)
    assert set(found) == {"pv", "ev"}
    load_kw = np.array([plan.net_kw for plan in plans])
    for kind, capacity in found.items():
        assert 0 < capacity.scale < 4
        more = mean_device_kw(plans, kind)
        assert violations(flow.day(load_kw + capacity.scale * more)).count == 0
        assert violations(flow.day(load_kw + (capacity.scale + 0.01) * more)).count > 0
    with pytest.raises(ValueError, match=r"expected \(184, steps\)"):
        hosting_capacities(flow, plans[:5])

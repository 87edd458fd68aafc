"""What a plan breaks of a contract is named by its clause, in words that the home's owner understands."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from mas2tering.domain.contract_breaches import contract_breaches, hours_in_words
from mas2tering.domain.contracts import AggregationContract
from mas2tering.domain.plans import Costs, DevicePlan, HomePlan
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.windows import ClockWindow

AXIS = TimeAxis.of_days(date(2013, 4, 17), "Europe/London", 15, day_starts_at="00:00")
EVENING = AggregationContract(aggregator="a", hours=(ClockWindow(begin="17:00", end="21:00"),))
BATTERY_ONLY = AggregationContract(aggregator="a", assets=("battery",))


def at(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 4 + int(minutes) // 15


def power(**by_clock: float) -> np.ndarray:
    """Powers at clock times written ``t0315=2.0``."""
    found = np.zeros(AXIS.steps)
    for name, value in by_clock.items():
        found[at(f"{name[1:3]}:{name[3:]}")] = value
    return found


def plan(*devices: DevicePlan) -> HomePlan:
    net_kw = np.sum([device.power_kw for device in devices], axis=0)
    return HomePlan("north", AXIS, net_kw, devices, Costs(), "optimal")


def battery(**by_clock: float) -> DevicePlan:
    return DevicePlan("battery", "battery", power(**by_clock))


def dishes(start: str | None, steps: int = 4) -> DevicePlan:
    power_kw = np.zeros(AXIS.steps)
    if start is None:
        return DevicePlan("dishes", "programme", power_kw)
    power_kw[at(start) : at(start) + steps] = 1.0
    return DevicePlan("dishes", "programme", power_kw, starts=(at(start),))


def said(contract: AggregationContract, alone: HomePlan, agreed: HomePlan) -> list[str]:
    return [str(breach) for breach in contract_breaches(contract, alone, agreed)]


def test_a_battery_that_would_charge_outside_the_hours():
    assert said(EVENING, plan(battery()), plan(battery(t0315=2.0))) == [
        "hours: the battery would charge at 03:15 (2.0 kW, alone 0.0 kW); the contract allows 17:00 to 21:00"
    ]


def test_a_battery_that_would_not_charge_as_it_does_alone():
    assert said(EVENING, plan(battery(t0315=2.0)), plan(battery())) == [
        "hours: the battery would stand still at 03:15 (0.0 kW, alone 2.0 kW); the contract allows 17:00 to 21:00"
    ]


def test_a_device_that_is_not_contracted():
    alone = plan(battery(), DevicePlan("pv", "pv", power(t1200=-3.0)))
    agreed = plan(battery(t0315=-2.0), DevicePlan("pv", "pv", power(t1200=-1.0)))
    assert said(BATTERY_ONLY, alone, agreed) == [
        "assets: the pv would feed in at 12:00 (1.0 kW, alone 3.0 kW); the contract allows only battery to be asked for"
    ]
    assert said(AggregationContract(aggregator="a"), alone, agreed) == []


def test_within_hours_and_assets_nothing_is_broken():
    assert said(EVENING, plan(battery(t0315=2.0)), plan(battery(t0315=2.0, t1700=-3.0, t2045=1.0))) == []
    assert len(said(EVENING, plan(battery()), plan(battery(t2100=1.0)))) == 1


@pytest.mark.parametrize(
    ("alone", "agreed", "clock"),
    [
        ("12:00", "12:00", None),
        ("12:00", "18:00", None),
        ("18:00", "12:00", "12:00"),
        ("16:30", "16:45", "16:45"),
        ("19:00", "20:00", None),
        ("19:00", "20:15", "21:00"),
        (None, "18:00", None),
        (None, "08:00", "08:00"),
        ("18:00", None, None),
        ("12:00", None, "12:00"),
    ],
)
def test_a_programme_runs_as_alone_or_wholly_in_the_hours(alone, agreed, clock):
    found = contract_breaches(EVENING, plan(dishes(alone)), plan(dishes(agreed)))
    assert [breach.clause for breach in found] == ([] if clock is None else ["hours"])
    if clock is not None:
        assert f" at {clock} (" in found[0].found


def test_a_machine_s_schedule_is_one_thing():
    alone, agreed = (DevicePlan("chp", "micro_chp", power(**{t: -1.0})) for t in ("t1700", "t1800"))
    assert len(contract_breaches(EVENING, plan(alone), plan(agreed))) == 1
    assert not contract_breaches(AggregationContract(aggregator="a"), plan(alone), plan(agreed))


def test_the_member_and_each_device_are_named_once():
    agreed = plan(battery(t0315=2.0, t0330=2.0), dishes("08:00"))
    found = contract_breaches(EVENING, plan(battery(), dishes(None)), agreed)
    assert [breach.member for breach in found] == ["north", "north"]
    assert replace(found[0], clause="assets") != found[0]


def test_hours_in_words():
    weekend = ClockWindow(begin="06:00", end="08:00", days=("sat", "sun"))
    assert hours_in_words((*EVENING.hours, weekend)) == "17:00 to 21:00, 06:00 to 08:00 on sat, sun"
    assert hours_in_words(()) == "any time"

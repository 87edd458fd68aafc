"""`summary.json`: names that others rely on, and definitions worked out by hand on two homes and four hours.

``north`` has sun and a battery, ``south`` a load alone; steps of one hour, bought at 0.40, 0.40, 0.20, 0.20 and sold at 0.10
a kWh, 0.48 a day standing charge and 7.305 a month and kW for the day's highest hour (0.04 for these four hours).
"""

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from report_fixture import example_community, example_run

from mas2tering.domain.plans import Costs, DevicePlan, HomePlan, bill_of
from mas2tering.domain.tariffs import CapacityCharge, TariffOnAxis
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.study.results import DayResult, RunResult
from mas2tering.study.summary import summary_of, write_summary

AXIS = TimeAxis(datetime(2024, 6, 12, 10, tzinfo=UTC), 60, 4, "Europe/Brussels")
TARIFF = TariffOnAxis(
    "t", AXIS, np.array([0.4, 0.4, 0.2, 0.2]), np.full(4, 0.1), CapacityCharge(price_per_kw_month=7.305), 0.48
)


def plan(home, bound, *devices):
    net_kw = np.sum([device.power_kw for device in devices], axis=0)
    costs = sum((device.costs for device in devices), bill_of(TARIFF, net_kw))
    return HomePlan(home, AXIS, net_kw, devices, costs, "optimal", lower_bound=bound)


def part(name, kind, *power_kw, **costs):
    return DevicePlan(name, kind, np.array(power_kw, float), costs=Costs(**costs))


def two_homes():
    sun, load = part("sun", "pv", -4, -2, 0, 0), part("load", "fixed_load", 1, 1, 1, 1)
    south = part("south", "fixed_load", 2, 1, 0, 3)
    none = (plan("north", None, sun, load), plan("south", None, south))
    best = (
        plan("north", -0.3, sun, load, part("battery", "battery", 2, 0, -1, 0, wear=0.03, stored_value=0.25)),
        plan("south", None, south),
    )
    day = DayResult(date(2024, 6, 12), AXIS, {"none": none, "1": best}, (TARIFF, TARIFF))
    return RunResult(
        example_community().model_copy(update={"homes": example_community().homes[:2]}),
        (day,),
        seed=3,
        scenario=None,
    )


def test_money_by_hand():
    """North buys 1 kWh at 0.20 twice, sells 4; its peak is 1 kW. South: 2 + 1 at 0.40, 3 at 0.20, its peak 3 kW."""
    cases = summary_of(two_homes())["use_cases"]
    standing = 0.48 / 6
    north, south = 2 * 0.2 - 4 * 0.1 + 0.04 * 1 + standing, 3 * 0.4 + 3 * 0.2 + 0.04 * 3 + standing
    assert cases["none"]["bill"] == pytest.approx(north + south)
    assert cases["none"]["cost"] == pytest.approx(north + south)
    # The battery takes 2 kWh that would have been sold and saves one that would have been bought.
    assert cases["1"]["bill"] == pytest.approx(north + south + 2 * 0.1 - 0.2)
    assert cases["1"]["wear"] == pytest.approx(0.03)
    assert cases["1"]["cost"] == pytest.approx(cases["1"]["bill"] + 0.03 - 0.25)


def test_energy_and_shares_by_hand():
    cases = summary_of(two_homes())["use_cases"]
    none, best = cases["none"], cases["1"]
    assert (none["import_kwh"], none["export_kwh"], none["generation_kwh"]) == pytest.approx((8, 4, 6))
    assert (none["peak_import_kw"], none["peak_export_kw"]) == pytest.approx((4, 1))
    # At home 1 + 1 of 6 kWh are used; next door 2 and 1 more. Four of them are the homes' ten.
    assert none["self_consumption"] == pytest.approx(2 / 6)
    assert none["self_sufficiency"] == pytest.approx(2 / 10)
    assert none["self_consumption_community"] == pytest.approx(5 / 6)
    assert none["self_sufficiency_community"] == pytest.approx(5 / 10)
    # What goes into the battery is used at home; what comes out counts no second time, but is not consumed either.
    assert best["self_consumption"] == pytest.approx(4 / 6)
    assert best["self_sufficiency"] == pytest.approx(4 / 11)
    assert best["self_consumption_community"] == pytest.approx(1)
    assert best["import_kwh"] == pytest.approx(7)
    assert all(case["local_trade_kwh"] == 0 for case in cases.values())


def test_certificate_by_hand():
    """North costs -0.10 and could cost -0.30; south has no bound and enters with its cost."""
    summary = summary_of(two_homes())
    certificate, cost = summary["certificate"]["1"], summary["use_cases"]["1"]["cost"]
    assert certificate["cost"] == pytest.approx(cost)
    assert certificate["lower_bound"] == pytest.approx(cost - 0.2)
    assert certificate["gap"] == pytest.approx(0.2 / cost)
    # The battery has saved 0.25 - 0.03 of the 0.42 that may be saved.
    assert certificate["gap_of_gain"] == pytest.approx(0.2 / 0.42)
    assert certificate["homes_without_bound"] == 1
    assert summary["settlement"] == {"homes_worse_off": 0}


NAMES = {
    "cost", "bill", "discomfort", "wear", "fuel", "import_kwh", "export_kwh", "local_trade_kwh", "self_consumption",
    "self_sufficiency", "peak_import_kw", "peak_export_kw",
}  # fmt: skip


def test_names_that_others_rely_on(tmp_path):
    write_summary(tmp_path / "summary.json", example_run(step=60))
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert {"community", "homes", "start", "step_minutes", "steps", "currency", "seed", "version"} <= set(
        summary
    )
    assert {"use_cases", "certificate", "settlement", "privacy", "warnings"} <= set(summary)
    assert set(summary["use_cases"]) == {"none", "rule", "1"}
    assert all(set(case) >= NAMES for case in summary["use_cases"].values())
    assert {"lower_bound", "cost", "gap", "gap_of_gain", "rounds", "seconds"} <= set(
        summary["certificate"]["1"]
    )
    assert (summary["homes"], summary["steps"], summary["step_minutes"]) == (6, 24, 60)
    assert datetime.fromisoformat(summary["start"]).utcoffset() is not None
    absent = " ".join(summary["warnings"])
    assert all(word in absent for word in ("losses", "voltages", "transformer", "violations", "DSO"))

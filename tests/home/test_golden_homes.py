"""Plans of golden homes against optima of a mixed-integer programme that shares no code with the planner.

``tests/golden/homes/NAME/case.json`` holds a home and its tariff in the words of the community file, ``expected.json`` what
``tools/golden_home_optima.py`` proved.
"""

import json
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from verifier import problems_of

from mas2tering.domain import devices as words
from mas2tering.domain.community import Home
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.profiles import SeriesTable
from mas2tering.domain.tariffs import Tariff, TariffOnAxis, tariff_on
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.compile import compile_home
from mas2tering.home.optimise.planner import best_decision

FOLDER = Path(__file__).parents[1] / "golden" / "homes"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
NO_FILES = SeriesTable({})
WANTED = 1e-3


def read(name: str, file: str) -> dict:
    return json.loads((FOLDER / name / file).read_text(encoding="utf-8"))


@cache
def planned(name: str) -> tuple[Home, TariffOnAxis, HomePlan]:
    case = read(name, "case.json")
    home, tariff = Home.model_validate(case["home"]), Tariff.model_validate(case["tariff"])
    day = date.fromisoformat(case["day"])
    axis = TimeAxis.of_days(day, case["time_zone"], case["step_minutes"], day_starts_at=case["day_starts_at"])
    on_axis = tariff_on(axis, tariff, NO_FILES)
    plan, _ = best_decision(compile_home(home, on_axis, NO_FILES))
    return home, on_axis, plan


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_is_sound_and_its_bound_true(name):
    expected = read(name, "expected.json")
    home, tariff, plan = planned(name)
    assert not plan.clashes
    assert problems_of(home, tariff, NO_FILES, plan) == []
    assert plan.costs.cost >= expected["bound"] - 1e-5
    assert plan.lower_bound is not None
    assert plan.lower_bound <= expected["cost"] + 1e-5


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_is_the_best_there_is(name):
    """Within a tenth of a per cent of the proven optimum."""
    expected = read(name, "expected.json")
    slack = max(WANTED * abs(expected["cost"]), 1e-4)
    assert planned(name)[2].costs.cost <= expected["cost"] + slack


def test_every_kind_of_device_is_there():
    kinds = {device["kind"] for name in NAMES for device in read(name, "case.json")["home"]["devices"]}
    assert kinds == {
        device.model_fields["kind"].default
        for device in (
            words.FixedLoad, words.PvPlant, words.WindTurbine, words.Battery, words.ElectricVehicle, words.ApplianceProgramme,
            words.HeatPump, words.AirConditioning, words.HotWater, words.MicroChp,
        )
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_expectations_are_proven(name):
    expected = read(name, "expected.json")
    assert expected["bound"] == pytest.approx(expected["cost"], abs=2e-6, rel=1e-6)
    assert "tools/golden_home_optima.py" in expected["made_by"]

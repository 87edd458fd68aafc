"""The homes of recorded days as models, and what they plan at prices."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from hashlib import sha256

import numpy as np

from mas2tering.domain.plans import Costs, FloatArray, HomePlan
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.compile import Carry, compile_home
from mas2tering.home.evaluate import plan_of
from mas2tering.home.model import HomeModel
from mas2tering.home.optimise import Budget, best_decision
from mas2tering.study.built_in import built_in_community
from mas2tering.study.compiled_homes import tariffs_on
from mas2tering.study.gaming.recorded import STEP_MINUTES, RecordedDay, Setting
from mas2tering.study.generator.community import GeneratedCommunity

# No limit of time: a season is the same to the bit on every machine.
_BUDGET = Budget(gap=1e-4, absolute_gap=1e-4, seconds=1e6, nodes=500)
# To prove the last ten-thousandth of a home with cogeneration takes as long as all other homes together.
_BUDGET_OF_MACHINES = replace(_BUDGET, gap=1e-3, absolute_gap=1e-3)
NOTHING = Costs()


@dataclass(frozen=True)
class Planned:
    """A plan with what its devices draw beside load that is as it is and all of the sun, ``devices_kw`` (steps,)."""

    plan: HomePlan
    devices_kw: FloatArray

    @property
    def beside(self) -> Costs:
        """What it costs beside the bill."""
        parts = (device.costs for device in self.plan.devices)
        return sum(parts, NOTHING)


def models_of(recorded: RecordedDay, numbers: Sequence[int] | None = None) -> list[HomeModel]:
    """Models of homes on a recorded day, of all or of those with these numbers."""
    return models_on(community_on(recorded.setting, recorded.day), recorded.day, numbers)


def community_on(setting: Setting, day: date) -> GeneratedCommunity:
    """The community of a setting on a day.

    Raises:
        InputError: the measured data that it needs is not there.
    """
    return built_in_community(setting.community, setting.scenario, setting.seed, day, 1).community


def models_on(made: GeneratedCommunity, day: date, numbers: Sequence[int] | None = None) -> list[HomeModel]:
    """Models of a community's homes on a day, of all or of those with these numbers."""
    community, reader = made.community, made.profiles
    axis = TimeAxis.of_days(day, community.time_zone, STEP_MINUTES, day_starts_at=community.day_starts_at)
    tariffs = tariffs_on(community, axis, reader)
    chosen = range(len(community.homes)) if numbers is None else numbers
    return [compile_home(community.homes[k], tariffs[k], reader, Carry()) for k in chosen]


def uncontrolled_kw(model: HomeModel) -> FloatArray:
    """Load that is as it is less all of the sun, shape (steps,)."""
    return np.asarray(model.fixed_kw - sun_kw(model))


def sun_kw(model: HomeModel) -> FloatArray:
    """All that generation could feed in, shape (steps,)."""
    total = np.zeros(model.axis.steps)
    for source in model.generation:
        total += source.available_kw
    return total


def best_at(model: HomeModel, added_per_kwh: FloatArray) -> Planned:
    """The best plan where a kWh costs ``added_per_kwh`` (steps,) more than the tariff says; its costs are the tariff's."""
    if not model.is_flexible:
        added_per_kwh = np.zeros_like(added_per_kwh)
    budget = _BUDGET_OF_MACHINES if model.cogeneration else _BUDGET
    _, decision = best_decision(dearer_by(model, added_per_kwh), budget)
    plan = plan_of(model, decision, "within_gap")
    return Planned(plan, np.asarray(plan.net_kw - uncontrolled_kw(model)))


def dearer_by(model: HomeModel, added_per_kwh: FloatArray) -> HomeModel:
    """The home where a kWh costs ``added_per_kwh`` (steps,) more than its tariff says."""
    tariff = replace(
        model.tariff,
        import_price_per_kwh=model.tariff.import_price_per_kwh + added_per_kwh,
        export_price_per_kwh=model.tariff.export_price_per_kwh + added_per_kwh,
    )
    return replace(model, tariff=tariff)


def hidden_power(planned: Planned, devices: frozenset[str]) -> FloatArray:
    """What some of a plan's devices draw, shape (steps,)."""
    total = np.zeros(len(planned.plan.net_kw))
    for device in planned.plan.devices:
        if device.device in devices:
            total += device.power_kw
    return total


def digest_of(value: object) -> str:
    """A digest of a model: two with the same numbers have the same, wherever they were made."""
    found = sha256()
    _digest(value, found.update)
    return found.hexdigest()


def _digest(value: object, update: Callable[[bytes], None]) -> None:
    if isinstance(value, np.ndarray):
        update(f"{value.dtype}{value.shape}".encode() + value.tobytes())
    elif is_dataclass(value):
        update(type(value).__name__.encode())
        for own in fields(value):
            _digest(getattr(value, own.name), update)
    elif isinstance(value, tuple):
        update(f"({len(value)}".encode())
        for part in value:
            _digest(part, update)
    else:
        update(repr(value).encode() + b"|")

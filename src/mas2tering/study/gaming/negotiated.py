"""Days negotiated by all homes: the local market is agreed on, its plans go through the power flow, and what breaks limits is
negotiated again until they hold. One home may be a liar: then it is what it declares that takes part.

These are the steps of :func:`mas2tering.coordination.grid_day.grid_day` up to its money, which is the season's rule's business here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from mas2tering.coordination.congestion import Connected, relieved
from mas2tering.coordination.grid_day import DEAREST_PER_KWH
from mas2tering.coordination.local_market import MarketBudget, Party, agree
from mas2tering.domain.network import Network
from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.model import HomeModel
from mas2tering.home.optimise import Budget, best_decision
from mas2tering.study.connected import connected
from mas2tering.study.gaming.homes import community_on, dearer_by, digest_of, models_on
from mas2tering.study.gaming.kept import Arrays, Told
from mas2tering.study.gaming.recorded import (
    GENERATED,
    REAL,
    TOLD_PER_KWH,
    RecordedDay,
    Setting,
    recorded_in,
)
from mas2tering.study.measured import data_folder
from mas2tering.study.networks import network_of

ROUNDS = 4
_SUBSTATION_KVA = 250.0
# No limit of time: a negotiation is the same to the bit on every machine.
_ALONE = Budget(gap=1e-2, absolute_gap=2e-3, seconds=1e6, nodes=500)


@dataclass(frozen=True)
class Declares:
    """What one home, by its number, takes part with: a model, and what it pretends that a kWh costs it more while the plans are made
    to which homes are bound, shape (steps,); None where it pretends nothing."""

    number: int
    model: HomeModel
    bound_added_per_kwh: FloatArray | None = None

    @property
    def digest(self) -> str:
        """Two that declare the same have the same digest."""
        return digest_of((self.number, self.model, self.bound_added_per_kwh))


@dataclass(frozen=True)
class NegotiatingDay:
    """A day on which all homes negotiate: honest models and plans of use case 1 of all of them, and where they are."""

    setting: Setting
    day: date
    models: tuple[HomeModel, ...]
    alone: tuple[HomePlan, ...]
    charges: LocalCharges
    here: Connected

    @staticmethod
    def of(setting: Setting, day: date) -> "NegotiatingDay":
        """Make it.

        Raises:
            InputError: the measured data that the setting needs is not there.
        """
        made = community_on(setting, day)
        models = tuple(models_on(made, day))
        community = made.community
        here = connected(community, _network_of(setting), models[0].axis.steps)
        alone = tuple(best_decision(model, _ALONE)[0] for model in models)
        return NegotiatingDay(setting, day, models, alone, community.local_charges, here)

    def negotiated(self, declares: Declares | None = None) -> Arrays:
        """What the limits add to the price of each home's kWh, ``added`` (homes, steps), none where nothing is congested, and the
        local price ``before`` orders and ``after`` them (steps,), in ten-thousandths; ``broken`` (1,) counts limits that are left."""
        models, alone = list(self.models), list(self.alone)
        if declares is not None:
            models[declares.number] = declares.model
            alone[declares.number] = best_decision(declares.model, _ALONE)[0]
        budget = MarketBudget(gap=1e-2, private=False, seed=self.setting.seed)
        before = agree(*self._bound(models, alone, declares), self.charges, budget)
        party = Party(models, alone, self.charges, before.standing)
        relief = relieved(
            [party], [before.plans], self.here, budget, dearest_per_kwh=DEAREST_PER_KWH, rounds=ROUNDS
        )
        local = before.local_price_per_kwh
        if relief.together is None or relief.limits is None:
            return {
                "added": _told(np.zeros((len(models), len(local)))),
                "before": _told(local),
                "after": _told(local),
                "broken": np.zeros(1, dtype=np.int32),
            }
        added = relief.limits.added_per_kwh(relief.together.limit_price_per_kwh, len(local))
        return {
            "added": _told(added),
            "before": _told(local),
            "after": _told(relief.together.agreements[0].local_price_per_kwh),
            "broken": np.array([0 if relief.is_clean else 1], dtype=np.int32),
        }

    def _bound(
        self, models: Sequence[HomeModel], alone: Sequence[HomePlan], declares: Declares | None
    ) -> tuple[list[HomeModel], list[HomePlan]]:
        """Models and plans of use case 1 with which homes make the plans to which they are bound."""
        bound, own = list(models), list(alone)
        if declares is not None and declares.bound_added_per_kwh is not None:
            pretends = dearer_by(declares.model, declares.bound_added_per_kwh)
            bound[declares.number] = pretends
            own[declares.number] = best_decision(pretends, _ALONE)[0]
        return bound, own


def negotiated_days(
    folder: Path, setting: Setting, limit: int, progress: Callable[[str], None] = lambda _: None
) -> tuple[RecordedDay, ...]:
    """The congested days of a setting, at most ``limit`` of them: negotiated where they are not in the folder yet.

    Raises:
        InputError: the measured data that the setting needs is not there.
    """

    def negotiate(day: date) -> Arrays:
        progress(f"negotiating {day}")
        return NegotiatingDay.of(setting, day).negotiated()

    return recorded_in(folder, setting, limit, negotiate)


def default_community() -> str:
    """The real network where its data is, else the generated one."""
    return (GENERATED if data_folder() is None else REAL).community


def _network_of(setting: Setting) -> Network:
    network = network_of(setting.community, _SUBSTATION_KVA)
    if network.transformer is None:
        raise AssertionError(f"{network.name} has no transformer")
    return replace(network, transformer=replace(network.transformer, rating_kva=setting.rating_kva))


def _told(price_per_kwh: FloatArray) -> Told:
    return np.rint(price_per_kwh / TOLD_PER_KWH).astype(np.int32)

"""Washing machines, dishwashers and dryers: their programmes, how often they run and when people start them.

Programmes of washing machine and dishwasher are means of clusters of measured runs; the dryer is assumed,
from values of energy labels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mas2tering.study.population.calibration import array, calibration, number
from mas2tering.study.population.random_streams import Stream, day_numbers, generator, uniforms_of_days
from mas2tering.study.population.steps import QUARTERS

APPLIANCES = ("washing_machine", "dishwasher", "tumble_dryer")
HOURS_PER_YEAR = 8760.0
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Programme:
    """One run of an appliance: mean power of each step (kW), and the share of homes that use it."""

    name: str
    power_kw: tuple[float, ...]
    step_minutes: int
    share: float

    @property
    def energy_kwh(self) -> float:
        """Energy of a run."""
        return sum(self.power_kw) * self.step_minutes / 60.0


def programmes(appliance: str, step_minutes: int = 15) -> tuple[Programme, ...]:
    """The programmes of an appliance at a step of 5 min or a multiple of it; energy is the same at every
    step.

    Raises:
        ValueError: unknown appliance, or a step that is not a multiple of 5 min.
    """
    if appliance not in APPLIANCES:
        raise ValueError(f"no appliance {appliance!r}: there are {', '.join(APPLIANCES)}")
    if step_minutes <= 0 or step_minutes % 5:
        raise ValueError(f"a step of {step_minutes} min is not a multiple of 5 min")
    width = step_minutes // 5
    found = []
    for entry in cast(list[dict[str, object]], calibration(appliance)["programmes"]):
        power = array(entry, "power_kw_5min")
        padded = np.pad(power, (0, -len(power) % width)).reshape(-1, width).mean(axis=1)
        found.append(
            Programme(
                str(entry["name"]), tuple(float(p) for p in padded), step_minutes, number(entry, "share")
            )
        )
    return tuple(found)


@dataclass(frozen=True)
class Appliances:
    """Wet appliances of homes. Whether a home has one is for the caller to say.

    Attributes:
        seed, home_index: with which they were drawn, and their numbers among those of the seed.
        programme: which programme each home uses, ``{appliance: [homes]}``, an index into `programmes`.
        runs_per_week: ``{appliance: [homes]}``, at most 7: one run a day.
        habit_shift_h: how much later than others a home starts, ``[homes]``.
    """

    seed: int
    home_index: NDArray[np.int64]
    programme: Mapping[str, NDArray[np.int64]]
    runs_per_week: Mapping[str, Array]
    habit_shift_h: Array


def sample_appliances(homes: int, seed: int) -> Appliances:
    """Draw appliances and habits. Home ``i`` depends on the seed and ``i``.

    Raises:
        ValueError: the seed is negative.
    """
    uniform = np.array(
        [generator(seed, Stream.APPLIANCE, home).random(len(APPLIANCES)) for home in range(homes)]
    )
    normal = np.array(
        [
            generator(seed, Stream.APPLIANCE, home, 1).standard_normal(len(APPLIANCES) + 1)
            for home in range(homes)
        ]
    )
    uniform, normal = uniform.reshape(homes, len(APPLIANCES)), normal.reshape(homes, len(APPLIANCES) + 1)
    chosen, runs = {}, {}
    for column, name in enumerate(APPLIANCES):
        shares = np.cumsum([programme.share for programme in programmes(name)])
        chosen[name] = np.minimum(np.searchsorted(shares, uniform[:, column], side="right"), len(shares) - 1)
        block = calibration(name)
        spread = number(block, "runs_log_spread")
        expected = number(block, "runs_per_week") * np.exp(spread * normal[:, column] - spread**2 / 2.0)
        runs[name] = np.clip(expected, 0.5, 7.0)
    return Appliances(seed, np.arange(homes), chosen, runs, np.clip(normal[:, -1], -2.0, 2.0))


def appliance_starts(appliances: Appliances, dates: Sequence[date]) -> dict[str, Array]:
    """Preferred start of the run of each day, ``{appliance: [homes, days]}``: hour of local clock, NaN where
    it does not run.

    A dryer starts half an hour after a washing machine would have ended, by the same habits, on days of its
    own.
    """
    days = day_numbers(dates)
    weekend = ((days - 1) % 7 >= 5).astype(int)
    homes = [int(index) for index in appliances.home_index]
    draws = uniforms_of_days(appliances.seed, Stream.APPLIANCE_DAYS, homes, days, (len(APPLIANCES), 2))
    starts = {}
    for column, name in enumerate(APPLIANCES):
        block = calibration(name)
        law = np.cumsum(array(block, "start_share"), axis=1)  # [2, 24]
        edges = np.concatenate([np.zeros((2, 1)), law / law[:, -1:]], axis=1)
        hour = np.empty(draws.shape[:2])
        for kind in (0, 1):
            hour[:, weekend == kind] = np.interp(
                draws[:, weekend == kind, column, 1], edges[kind], np.arange(25.0)
            )
        shifted = np.clip(hour + appliances.habit_shift_h[:, None], 0.0, 23.75)
        chance = appliances.runs_per_week[name][:, None] / 7.0 * array(block, "day_weight")[weekend][None, :]
        starts[name] = np.where(draws[:, :, column, 0] < chance, np.round(shifted * 4.0) / 4.0, np.nan)
    return starts


def appliance_load_kw(
    appliances: Appliances, dates: Sequence[date], owned: Mapping[str, NDArray[np.bool_]]
) -> Array:
    """Load of the appliances owned when each starts at its preferred time, ``[homes, days, 96]``; runs that
    pass midnight fall on the next day.

    Args:
        owned: ``{appliance: [homes]}``; one that is not named is owned by nobody.
    """
    days = day_numbers(dates)
    total = np.zeros((len(appliances.home_index), len(days), QUARTERS))
    before = appliance_starts(appliances, [date.fromordinal(int(day) - 1) for day in days])
    today = appliance_starts(appliances, dates)
    for name, has in owned.items():
        profiles = [np.array(programme.power_kw) for programme in programmes(name)]
        for starts, shift in ((today[name], 0), (before[name], -QUARTERS)):
            for home, day in np.argwhere(~np.isnan(starts) & has[:, None]):
                first = int(starts[home, day] * 4) + shift
                power = profiles[int(appliances.programme[name][home])]
                low, high = max(first, 0), min(first + len(power), QUARTERS)
                if low < high:
                    total[home, day, low:high] += power[low - first : high - first]
    return total


def expected_appliance_kw(appliances: Appliances, owned: Mapping[str, NDArray[np.bool_]]) -> Array:
    """Expected power of the appliances owned by hour, ``[homes, 2, 24]`` for workday and weekend.

    What `household_load.base_load_kw` takes out of homes in which these appliances are devices of their own.
    """
    expected = np.zeros((len(appliances.home_index), 2, 24))
    for name, has in owned.items():
        block = calibration(name)
        share, weight = array(block, "start_share"), array(block, "day_weight")
        share = share / share.sum(axis=1, keepdims=True)
        for index, programme in enumerate(programmes(name, 60)):
            power = np.array(programme.power_kw)
            # Starts lie anywhere within their hour, so half of what an hour of the programme draws falls on
            # the next one.
            spread = sum(
                kw * 0.5 * (np.roll(share, hour, axis=1) + np.roll(share, hour + 1, axis=1))
                for hour, kw in enumerate(power)
            )
            rows = has & (appliances.programme[name] == index)
            chance = appliances.runs_per_week[name][rows, None] / 7.0 * weight[None, :]
            expected[rows] += chance[:, :, None] * spread[None]
    shift = np.round(appliances.habit_shift_h).astype(int)
    rolled = (np.arange(24)[None, :] - shift[:, None]) % 24
    return np.asarray(
        np.take_along_axis(expected, np.broadcast_to(rolled[:, None, :], expected.shape), axis=2)
    )

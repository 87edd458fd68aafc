"""Which limits a day breaks, against the thresholds beyond which a violation counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.network import (
    LOADING_TOLERANCE,
    PHASES,
    UNBALANCE_TOLERANCE,
    VOLTAGE_TOLERANCE_PU,
    Congestion,
    CongestionKind,
    VoltageLimits,
)
from mas2tering.grid.day import GridDay

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Violations:
    """Where limits are broken: masks of the shapes of the day's voltages and loadings.

    A transformer is judged by the current of each phase: all phases together cannot be beyond the rating while
    each is within it.
    """

    voltage_low: BoolArray
    voltage_high: BoolArray
    unbalance: BoolArray
    cable: BoolArray
    transformer: BoolArray

    @property
    def count(self) -> int:
        """How many elements, phases and steps are beyond their limit."""
        return int(
            self.voltage_low.sum()
            + self.voltage_high.sum()
            + self.unbalance.sum()
            + self.cable.sum()
            + self.transformer.sum()
        )


def violations(day: GridDay, limits: VoltageLimits | None = None) -> Violations:
    """What a day breaks; voltages against the network's own limits unless others are given."""
    limits = limits or day.network.voltage_limits
    transformer = day.transformer_loading
    return Violations(
        voltage_low=day.voltage_pu < limits.low_pu - VOLTAGE_TOLERANCE_PU,
        voltage_high=day.voltage_pu > limits.high_pu + VOLTAGE_TOLERANCE_PU,
        unbalance=day.voltage_unbalance > limits.unbalance + UNBALANCE_TOLERANCE,
        cable=day.cable_loading > 1.0 + LOADING_TOLERANCE,
        transformer=np.zeros((3, day.steps), dtype=np.bool_)
        if transformer is None
        else transformer > 1.0 + LOADING_TOLERANCE,
    )


def congestions(day: GridDay, limits: VoltageLimits | None = None) -> tuple[Congestion, ...]:
    """Every violation of a day, by step, then transformer, cables and customers."""
    limits = limits or day.network.voltage_limits
    broken = violations(day, limits)
    found = [
        *_transformer(day, broken.transformer),
        *_cables(day, broken.cable),
        *_voltages(day, broken.voltage_low, "voltage_low", limits.low_pu),
        *_voltages(day, broken.voltage_high, "voltage_high", limits.high_pu),
        *_unbalance(day, broken.unbalance, limits.unbalance),
    ]
    return tuple(sorted(found, key=lambda congestion: congestion.step))


def customers_outside(day: GridDay, limits: VoltageLimits | None = None) -> int:
    """How many customers have a phase outside the limits for more time than these allow."""
    limits = limits or day.network.voltage_limits
    broken = violations(day, limits)
    share = (broken.voltage_low | broken.voltage_high).mean(axis=1)
    outside = share > 1.0 - limits.share_of_time + 1e-12
    return len({day.network.terminals[k].customer for k in np.flatnonzero(outside)})


def _transformer(day: GridDay, mask: BoolArray) -> list[Congestion]:
    transformer, loading = day.network.transformer, day.transformer_loading
    if transformer is None or loading is None:
        return []
    return [
        Congestion(
            "transformer",
            transformer.id,
            PHASES[phase],
            int(step),
            float(loading[phase, step]),
            1.0,
            transformer.assumed,
        )
        for phase, step in np.argwhere(mask)
    ]


def _cables(day: GridDay, mask: BoolArray) -> list[Congestion]:
    found = []
    for row, phase, step in np.argwhere(mask):
        cable = day.network.cables[day.rated_cables[row]]
        value = float(day.cable_loading[row, phase, step])
        found.append(
            Congestion("cable", cable.id, PHASES[phase], int(step), value, 1.0, cable.rating_assumed)
        )
    return found


def _unbalance(day: GridDay, mask: BoolArray, limit: float) -> list[Congestion]:
    return [
        Congestion(
            "unbalance",
            day.network.customers[row].id,
            None,
            int(step),
            float(day.voltage_unbalance[row, step]),
            limit,
        )
        for row, step in np.argwhere(mask)
    ]


def _voltages(day: GridDay, mask: BoolArray, kind: CongestionKind, limit: float) -> list[Congestion]:
    found = []
    for row, step in np.argwhere(mask):
        terminal = day.network.terminals[row]
        name = day.network.customers[terminal.customer].id
        found.append(
            Congestion(kind, name, terminal.phase, int(step), float(day.voltage_pu[row, step]), limit)
        )
    return found

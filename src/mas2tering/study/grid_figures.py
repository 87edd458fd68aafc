"""What the network does in a use case, over all days of a run: each figure has its definition and unit here, once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.grid import GridDay, congestions, customers_outside
from mas2tering.study.results import RunResult, UseCase


@dataclass(frozen=True)
class GridFigures:
    """The power flow of a use case's plans.

    ``limit_violations`` counts elements, phases and steps beyond their limit. Loadings are the highest of a phase, as fractions of the rated
    current, None where no rating is known; voltages are those at customers, in pu of 230 V; ``voltage_unbalance_max`` is
    negative over positive sequence. ``customers_outside_limits`` are outside for more time of a day than the limits allow, on
    the day on which most are. Means over a step stand for the norm's means over ten minutes.
    """

    cable_losses_kwh: float
    transformer_losses_kwh: float
    transformer_loading_max: float | None
    cable_loading_max: float | None
    voltage_min_pu: float
    voltage_max_pu: float
    voltage_unbalance_max: float
    customers_outside_limits: int
    limit_violations: int

    @property
    def losses_kwh(self) -> float:
        """Energy lost in cables and transformer."""
        return self.cable_losses_kwh + self.transformer_losses_kwh


def grid_figures_of(run: RunResult, use_case: UseCase) -> GridFigures | None:
    """The figures of a use case; None without a network, or where it cannot carry the plans on some day."""
    days = [day.flows[use_case] for day in run.days if use_case in day.flows]
    if len(days) < len(run.days):
        return None
    lost = [flow.losses_kwh(day.axis.step_hours) for flow, day in zip(days, run.days, strict=True)]
    return GridFigures(
        cable_losses_kwh=sum(cables for cables, _ in lost),
        transformer_losses_kwh=sum(transformer for _, transformer in lost),
        transformer_loading_max=_highest_transformer(days),
        cable_loading_max=max(float(flow.cable_loading.max()) for flow in days)
        if days[0].rated_cables.size
        else None,
        voltage_min_pu=min(float(flow.voltage_pu.min()) for flow in days),
        voltage_max_pu=max(float(flow.voltage_pu.max()) for flow in days),
        voltage_unbalance_max=max(float(flow.voltage_unbalance.max()) for flow in days),
        customers_outside_limits=max(customers_outside(flow) for flow in days),
        limit_violations=sum(len(congestions(flow)) for flow in days),
    )


def _highest_transformer(days: Sequence[GridDay]) -> float | None:
    loadings = [flow.transformer_loading for flow in days]
    return max((float(np.max(loading)) for loading in loadings if loading is not None), default=None)

"""Where everything stands among a problem's columns, so that a solution can be read back into a decision."""

from dataclasses import dataclass, field

import numpy as np

from mas2tering.home.model import (
    CogenerationDecision,
    Decision,
    FloatArray,
    HomeModel,
    IntArray,
    LinearStore,
    StoreDecision,
)

NONE = np.empty(0, dtype=np.int64)
"""No columns, no rows, no steps."""


@dataclass(frozen=True)
class StoreColumns:
    """Columns of a store; blocks that it does not need are empty."""

    charge: IntArray
    discharge: IntArray
    unserved: IntArray
    content: IntArray


@dataclass(frozen=True)
class MachineColumns:
    """Columns of a cogeneration machine; ``load`` is on-times-load, so that it is zero when off."""

    on: IntArray
    load: IntArray
    boiler: IntArray
    let_off: IntArray
    unserved: IntArray


@dataclass
class Columns:
    """Where everything stands among the columns."""

    imported: IntArray
    exported: IntArray
    peak: IntArray
    generation: list[IntArray] = field(default_factory=list)
    stores: list[StoreColumns] = field(default_factory=list)
    starts: list[list[IntArray]] = field(default_factory=list)
    skips: list[list[IntArray]] = field(default_factory=list)
    machines: list[MachineColumns] = field(default_factory=list)
    states: IntArray = field(default_factory=lambda: NONE)
    """On (1) or off (0) at each step of a machine whose schedules are columns to come."""


def read_decision(model: HomeModel, columns: Columns, solution: FloatArray) -> Decision:
    """The decision that a solution (shape (columns,)) stands for; programmes take the start with the
    largest weight."""
    return Decision(
        generation_kw=tuple(
            np.clip(solution[used], 0.0, source.available_kw)
            for source, used in zip(model.generation, columns.generation, strict=True)
        ),
        stores=tuple(_read_store(s, c, solution) for s, c in zip(model.stores, columns.stores, strict=True)),
        starts=tuple(
            _read_starts(runs, skips, solution)
            for runs, skips in zip(columns.starts, columns.skips, strict=True)
        ),
        cogeneration=tuple(_read_machine(c, solution) for c in columns.machines),
    )


def _read_starts(runs: list[IntArray], skips: list[IntArray], solution: FloatArray) -> tuple[int | None, ...]:
    """For each link the start with the largest weight, None where leaving out weighs more."""
    chosen: list[int | None] = []
    for run, skip in zip(runs, skips, strict=True):
        best = int(np.argmax(solution[run]))
        left_out = len(skip) and solution[skip[0]] > solution[run[best]]
        chosen.append(None if left_out else best)
    return tuple(chosen)


def _read_store(store: LinearStore, columns: StoreColumns, solution: FloatArray) -> StoreDecision:
    zeros = np.zeros(store.steps)
    return StoreDecision(
        charge_kw=np.clip(solution[columns.charge], 0.0, store.power_in_kw),
        discharge_kw=np.clip(solution[columns.discharge], 0.0, store.power_out_kw)
        if len(columns.discharge)
        else zeros,
        unserved_kwh=np.clip(solution[columns.unserved], 0.0, store.relief_kwh)
        if len(columns.unserved)
        else zeros,
    )


def _read_machine(columns: MachineColumns, solution: FloatArray) -> CogenerationDecision:
    on = solution[columns.on] > 0.5
    return CogenerationDecision(
        on=on,
        load=np.where(on, np.clip(solution[columns.load], 0.0, 1.0), 0.0),
        boiler_kw=np.maximum(solution[columns.boiler], 0.0),
        let_off_kwh=np.maximum(solution[columns.let_off], 0.0),
        unserved_kwh=np.maximum(solution[columns.unserved], 0.0),
    )

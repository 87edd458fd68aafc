"""How long the power flow of a day takes, beside the bare engine on loads that are ready."""

import time
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.network import Network
from mas2tering.grid import LinearGrid, PowerFlow, violations
from mas2tering.grid.loads import checked_loads

_REPEATS = 7
_LOADS_KW = (-2.0, 4.0)


@dataclass(frozen=True)
class GridTimes:
    """Seconds for all steps, each the least of several runs that take turns; CPU seconds beside wall seconds.

    ``seconds`` has loads as they come, voltages, loadings, losses and violations in it.
    """

    seconds: float
    cpu_s: float
    raw_engine_seconds: float
    raw_engine_cpu_s: float
    linear_cpu_s: float
    largest_difference_pu: float


def time_grid(network: Network, steps: int, seed: int) -> GridTimes:
    """Time a day of drawn loads, code warm, set-up of the model apart (for the engine too)."""
    flow, linear = PowerFlow(network), LinearGrid(network)
    load_kw = np.random.default_rng(seed).uniform(*_LOADS_KW, (len(network.customers), steps))
    day = flow.day(load_kw)
    ready = flow.engine_loads(*checked_loads(network, load_kw, None))
    ours, raw, matrix = [], [], []
    for _ in range(_REPEATS):
        began = time.perf_counter(), time.process_time()
        violations(flow.day(load_kw))
        ours.append(_since(began))
        began = time.perf_counter(), time.process_time()
        flow.run_engine(*ready, day.method)
        raw.append(_since(began))
        began = time.perf_counter(), time.process_time()
        state = linear.solve(load_kw)
        matrix.append(_since(began))
    (seconds, cpu_s), (raw_seconds, raw_cpu_s) = (
        (min(wall for wall, _ in times), min(cpu for _, cpu in times)) for times in (ours, raw)
    )
    return GridTimes(
        seconds,
        cpu_s,
        raw_seconds,
        raw_cpu_s,
        min(cpu for _, cpu in matrix),
        float(np.abs(state.voltage_pu - day.voltage_pu).max()),
    )


def _since(began: tuple[float, float]) -> tuple[float, float]:
    return time.perf_counter() - began[0], time.process_time() - began[1]

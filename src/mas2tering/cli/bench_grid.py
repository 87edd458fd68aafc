"""``mas2tering bench grid``: one JSON object on standard output, nothing else there."""

import json

from mas2tering.cli.asked import Asked
from mas2tering.study.benchmark.grid import time_grid
from mas2tering.study.networks import network_of


def bench_grid_command(network: str, steps: int, seed: int) -> None:
    """Time the power flow of a network.

    Raises:
        InputError: no such network, or an option out of range.
    """
    asked = Asked("bench grid")
    asked.whole_number("--steps", steps, 1, 100_000)
    asked.whole_number("--seed", seed, 0)
    asked.refuse()
    chosen = network_of(network)
    times = time_grid(chosen, steps, seed)
    line = {
        "network": chosen.name,
        "buses": len(chosen.buses),
        "customers": len(chosen.customers),
        "steps": steps,
        "seconds": round(times.seconds, 4),
        "raw_engine_seconds": round(times.raw_engine_seconds, 4),
        "ratio": round(times.seconds / times.raw_engine_seconds, 3),
        "cpu_s": round(times.cpu_s, 4),
        "raw_engine_cpu_s": round(times.raw_engine_cpu_s, 4),
        "linear_cpu_s": round(times.linear_cpu_s, 5),
        "linear_largest_difference_pu": float(f"{times.largest_difference_pu:.2g}"),
    }
    print(json.dumps(line), flush=True)

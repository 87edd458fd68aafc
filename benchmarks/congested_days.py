"""Congested days on a network: use case 3 on days drawn at random, each judged by the full power flow.

    python benchmarks/congested_days.py [--community enwl:22|cardiff] [--count 20] [--first 1]

A day's number is its seed: scenario (S3 to S6), date of 2013, tap of the transformer (in steps of 2.5 %) and its rating (that of
the scenario, or one standard size below) are drawn from it. Days whose plans of use case 2 break no limit are passed over. One JSON object
a day on standard output, one for all of them at the end. Needs the measured data for ``enwl:22``.
"""

import argparse
import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from mas2tering.domain.errors import InputError
from mas2tering.domain.network import Network
from mas2tering.grid import congestions
from mas2tering.study.built_in import built_in_community
from mas2tering.study.networks import RATING_KVA
from mas2tering.study.results import RunResult
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions

SCENARIOS = ("S3", "S4", "S5", "S6")
TAPS = (-0.05, -0.025, 0.0, 0.025, 0.05)
SIZES_KVA = (160.0, 200.0, 250.0, 315.0, 400.0, 500.0)
LAST_DAY = 364


@dataclass(frozen=True)
class Drawn:
    """What a day's number stands for."""

    number: int
    scenario: str
    day: date
    tap: float
    rating_kva: float

    @staticmethod
    def of(number: int) -> "Drawn":
        random = np.random.default_rng([number, 901])
        scenario = SCENARIOS[random.integers(len(SCENARIOS))]
        day = date(2013, 1, 1) + timedelta(days=int(random.integers(LAST_DAY)))
        tap = TAPS[random.integers(len(TAPS))]
        smaller = int(random.integers(2))
        rating = SIZES_KVA[SIZES_KVA.index(RATING_KVA[scenario]) - smaller]
        return Drawn(number, scenario, day, tap, rating)

    def behind(self, network: Network) -> Network:
        """The network with this transformer: of load losses and impedance the same fraction as before."""
        transformer = network.transformer
        if transformer is None:
            raise AssertionError(f"{network.name} has no transformer")
        ratio = self.rating_kva / transformer.rating_kva
        changed = replace(
            transformer,
            rating_kva=self.rating_kva,
            load_loss_kw=transformer.load_loss_kw * ratio,
            no_load_loss_kw=transformer.no_load_loss_kw * ratio,
            tap=self.tap,
        )
        return replace(network, transformer=changed)


def run(community: str, drawn: Drawn) -> RunResult:
    """A drawn day."""
    made = built_in_community(community, drawn.scenario, drawn.number, drawn.day, 1)
    if made.network is None:
        raise SystemExit(f"{community} has no network")
    options = RunOptions(
        drawn.day,
        use_cases=("1", "2", "3"),
        seed=drawn.number,
        scenario=drawn.scenario,
        network=drawn.behind(made.network),
    )
    return run_community(made.community.community, made.community.profiles, options)


def line_of(drawn: Drawn, result: RunResult) -> dict[str, object] | None:
    """What became of a day; None where there was no congestion."""
    day = result.days[0]
    if day.grid is None or day.market is None:
        raise AssertionError("use case 3 was not run")
    before, after = (Counter(found.kind for found in congestions(day.flows[use])) for use in ("2", "3"))
    together = day.grid.relief.together
    if not before or together is None:
        return None
    orange = day.grid.emergency
    infeasible, shed = (None, ()) if orange is None else (orange.infeasible, orange.shed)
    scale = abs(sum(plan.costs.cost for plan in day.market.alone))
    ours = result.cpu_seconds["3"]
    return {
        "number": drawn.number,
        "scenario": drawn.scenario,
        "date": drawn.day.isoformat(),
        "tap": drawn.tap,
        "rating_kva": drawn.rating_kva,
        "violations_before": dict(before),
        "violations_after": dict(after),
        "regime": day.grid.regime,
        "least_excess_kwh": None if infeasible is None else infeasible.least_excess_kwh,
        "devices_shed": len(shed),
        "kwh_shed": sum(own.kwh for own in shed if own.tier != "generation"),
        "least_shed_kwh": None if orange is None else orange.least.least_kwh,
        "negotiations": len(day.grid.relief.rounds),
        "gap_certified": together.gap / scale,
        "excess_kwh": float(together.excess_kwh.sum()),
        "cost_above": (day.grid.agreement.cost - day.market.agreement.cost) / scale,
        "uncapped_gap": day.market.agreement.gap / scale,
        "cpu_s": ours,
        "cpu_ratio": ours / result.cpu_seconds["2"],
    }


def main() -> None:
    """Day after day, until there are as many congested ones as are wanted."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--community", default="enwl:22", choices=["enwl:22", "cardiff"])
    parser.add_argument("--count", type=int, default=20, help="congested days")
    parser.add_argument("--first", type=int, default=1, help="the first day's number")
    asked = parser.parse_args()
    # Code is compiled before any clock runs.
    run(asked.community, Drawn.of(0))
    number, found = asked.first, list[dict[str, object]]()
    while len(found) < asked.count:
        drawn = Drawn.of(number)
        try:
            line = line_of(drawn, run(asked.community, drawn))
        except InputError as error:
            line = {"number": number, "failed": [str(problem) for problem in error.problems]}
        if line is not None:
            found.append(line)
            print(json.dumps(line), flush=True)
        number += 1
    clean = [line for line in found if line.get("violations_after") == {}]
    proven = [line for line in found if line not in clean and line.get("least_excess_kwh") is not None]
    shedding = [line for line in clean if line["regime"] == "orange"]
    counts = {"days": len(found), "clean": len(clean), "of_these_by_shedding": len(shedding)}
    print(json.dumps({**counts, "infeasible_with_proof": len(proven), "numbers": [asked.first, number - 1]}))


if __name__ == "__main__":
    main()

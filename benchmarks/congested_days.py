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

from mas2tering.domain.network import Network
from mas2tering.grid import congestions
from mas2tering.study.built_in import built_in_community
from mas2tering.study.networks import RATING_KVA
from mas2tering.study.results import RunResult
from mas2tering.study.run import RunOptions, run_community

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


def run(community: str, drawn: Drawn, use_cases: tuple[str, ...]) -> RunResult:
    """A drawn day."""
    made = built_in_community(community, drawn.scenario, drawn.number, drawn.day, 1)
    if made.network is None:
        raise SystemExit(f"{community} has no network")
    options = RunOptions(
        drawn.day,
        use_cases=use_cases,
        seed=drawn.number,
        scenario=drawn.scenario,
        network=drawn.behind(made.network),
    )
    return run_community(made.community.community, made.community.profiles, options)

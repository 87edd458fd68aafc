"""The days as they turned out, as plain data: what each way to live them cost, and the community's load in each."""

from dataclasses import dataclass

import numpy as np

from mas2tering.coordination.lived_day import Policy
from mas2tering.study.lived import lived_sentences
from mas2tering.study.report.packing import packed
from mas2tering.study.report.tables import money
from mas2tering.study.report.turns import TurnsOfHome, turns_of
from mas2tering.study.results import RunResult

NAMES: dict[Policy, str] = {
    "idle": "Without the platform, batteries idle",
    "none": "Without the platform",
    "rule": "Simple rule",
    "plan": "The plan of the day before, as it stood",
    "replanned": "The plan, made anew each hour",
    "steered": "Lived: the plan’s prices, followed step by step",
    "oracle": "In hindsight",
}
_DRAWN: tuple[Policy, ...] = ("rule", "plan", "steered", "oracle")


@dataclass(frozen=True)
class LivedData:
    """``rows`` are name, cost in the currency, and share of what hindsight saves against idle batteries (None where it saves
    nothing); ``net`` the community's net load by name, packed hundredths of kW; ``homes`` each home's id and costs by rule,
    lived and in hindsight; ``turns`` how the plan of those homes adapted whose days turned out otherwise the most."""

    sentences: tuple[str, ...]
    rows: tuple[tuple[str, float, float | None], ...]
    net: dict[str, str]
    homes: tuple[tuple[str, float, float, float], ...]
    turns: tuple[TurnsOfHome, ...]


def lived_data(run: RunResult) -> LivedData | None:
    """What the days came to, where they were planned on a forecast."""
    lived = run.lived
    if lived is None:
        return None
    rows = []
    for policy, name in NAMES.items():
        if policy not in lived.homes[0].cost:
            continue
        share = lived.share_of_oracle(policy, "idle")
        rows.append((name, money(lived.cost(policy)), None if share is None else round(share, 3)))
    net = {
        NAMES[policy]: packed(
            np.sum([np.concatenate([p.net_kw for p in home.plans[policy]]) for home in lived.homes], axis=0)
        )
        for policy in _DRAWN
    }
    homes = tuple(
        (home.home, money(home.cost["rule"]), money(home.cost["steered"]), money(home.cost["oracle"]))
        for home in lived.homes
    )
    return LivedData(
        lived_sentences(lived, run.community.currency), tuple(rows), net, homes, turns_of(lived.homes)
    )

"""The days as they turned out, as plain data: what each way to live them cost, and the community's load in each."""

from dataclasses import dataclass

import numpy as np

from mas2tering.coordination.lived_day import Policy
from mas2tering.coordination.lived_limits import GridWay
from mas2tering.study.lived.found import LivedRun
from mas2tering.study.lived.words import lived_sentences
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


_GRID_NAMES: dict[GridWay, str] = {
    "bound": "As lived: plans as they stood",
    "steered": "As lived: steered, limits only as a price",
    "within_bands": "As lived: steered within bands",
}


_PLANNED = "As planned on the forecast"


@dataclass(frozen=True)
class LivedGridData:
    """Use case 3 as it turned out: ``rows`` are how the days were lived, limits broken, how far the worst is beyond its own (a
    share) and what all homes pay (None where that is not said of it); ``loading`` the transformer's most loaded phase by name,
    packed thousandths of its rating, empty where there is none."""

    rows: tuple[tuple[str, int, float, float | None], ...]
    loading: dict[str, str]


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
    grid: LivedGridData | None


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
    sentences = lived_sentences(lived, run.community.currency)
    return LivedData(sentences, tuple(rows), net, homes, turns_of(lived.homes), _grid(lived))


def _grid(lived: LivedRun) -> LivedGridData | None:
    """Limits of the network on the days as they turned out, where use case 3 was run."""
    limits = None if lived.market is None else lived.market.limits
    if limits is None:
        return None
    rows: list[tuple[str, int, float, float | None]] = [
        (_PLANNED, limits.planned, round(limits.worst_planned, 4), None)
    ]
    for way, name in _GRID_NAMES.items():
        rows.append((name, limits.lived[way], round(limits.worst_lived[way], 4), money(limits.cost[way])))
    loading = {
        (_PLANNED if way == "planned" else _GRID_NAMES[way]): packed(np.array(values), 1000)
        for way, values in limits.loading.items()
    }
    return LivedGridData(tuple(rows), loading)

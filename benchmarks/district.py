"""Aggregators of one district that share an import cap: how time grows with their number, and what it costs to be apart.

    python benchmarks/district.py [--aggregators 1,2,5,10] [--homes 200] [--case easy] [--together]

Each aggregator negotiates in a local market of its own; the cap lies on the sum of all (the rule of ``bench market --cap import``).
One JSON object a line: CPU seconds beside the sum of what the same communities take each alone without a cap, gap and excess. With
``--together`` the same homes negotiate as one community, too: where nobody exports, trade across aggregators is worth
nothing, and the costs have to agree within the gaps. Keys of masks are left out: sums are plain.
"""

import argparse
import json
import time

import numpy as np

from mas2tering.coordination.local_market import MarketBudget, Party, Together, agree_together
from mas2tering.study.benchmark.capped import summed_cap
from mas2tering.study.benchmark.market import CaseCommunity, case_community

BUDGET = MarketBudget(private=False)
WARM_HOMES = 24


def capped(parties: list[Party], net_kw: np.ndarray) -> tuple[Together, float]:
    """A negotiation under the cap that belongs to a net load, and its CPU seconds."""
    limits = summed_cap("import", net_kw, sum(len(party.models) for party in parties))
    began = time.process_time()
    together = agree_together(parties, BUDGET, limits=limits, anew=True)
    return together, time.process_time() - began


def alone(community: CaseCommunity) -> tuple[Party, np.ndarray, float, float]:
    """Use case 2 of one aggregator: its party with what stands, net load, cost and CPU seconds."""
    party = Party(community.models, community.alone, community.charges)
    began = time.process_time()
    agreement = agree_together([party], BUDGET).agreements[0]
    seconds = time.process_time() - began
    net_kw = np.sum([plan.net_kw for plan in agreement.plans], axis=0)
    standing = Party(community.models, community.alone, community.charges, agreement.standing)
    return standing, net_kw, agreement.cost, seconds


def main() -> None:
    """A line for each number of aggregators."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--aggregators", default="1,2,5,10")
    parser.add_argument("--homes", type=int, default=200, help="of each")
    parser.add_argument("--case", default="easy", choices=["easy", "hard", "charges"])
    parser.add_argument("--together", action="store_true", help="all in one market, beside it")
    asked = parser.parse_args()
    counts = [int(count) for count in asked.aggregators.split(",")]
    warm = alone(case_community(asked.case, WARM_HOMES, 99))
    capped([warm[0], warm[0]], 2.0 * warm[1])
    communities = [case_community(asked.case, asked.homes, seed) for seed in range(1, max(counts) + 1)]
    scales = [community.scale for community in communities]
    found = [alone(community) for community in communities]
    for count in counts:
        own = found[:count]
        net_kw, scale = np.sum([net for _, net, _, _ in own], axis=0), sum(scales[:count])
        together, cpu_s = capped([party for party, _, _, _ in own], net_kw)
        cost = sum(agreement.cost for agreement in together.agreements)
        uncapped_cpu_s = sum(seconds for _, _, _, seconds in own)
        line = {
            "aggregators": count,
            "homes": count * asked.homes,
            "case": asked.case,
            "rounds": len(together.agreements[0].rounds),
            "gap_certified": together.gap / scale,
            "excess_kwh": float(together.excess_kwh.sum()),
            "cost_above": (cost - sum(cost for _, _, cost, _ in own)) / scale,
            "cpu_s": cpu_s,
            "uncapped_cpu_s": uncapped_cpu_s,
            "cpu_ratio": cpu_s / uncapped_cpu_s,
        }
        if asked.together:
            models = [model for community in communities[:count] for model in community.models]
            plans = [plan for community in communities[:count] for plan in community.alone]
            one, _, _, _ = alone(CaseCommunity(tuple(models), tuple(plans), communities[0].charges))
            all_in_one, one_cpu_s = capped([one], net_kw)
            line["one_market_gap"] = all_in_one.gap / scale
            line["above_one_market"] = (cost - all_in_one.agreements[0].cost) / scale
            line["one_market_cpu_s"] = one_cpu_s
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()

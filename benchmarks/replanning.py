"""What it costs to plan a day again when generation has changed, beside the first agreement on it, in one process.

    python benchmarks/replanning.py --homes 184 --seeds 5

CPU seconds; plans of use case 1 apart, kernels compiled before.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

from mas2tering.coordination.local_market import Agreement, MarketBudget, agree
from mas2tering.home.model import HomeModel
from mas2tering.home.optimise.planner import Budget, best_decision
from mas2tering.study.benchmark.market import CASES, case_community

ALONE = Budget(gap=0.01, nodes=50, seconds=5.0)


def main() -> None:
    """Print a line for each case and seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--homes", type=int, default=184)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cases", nargs="+", choices=tuple(CASES), default=tuple(CASES))
    parser.add_argument("--generation", type=float, default=0.95, help="what is left of it")
    options = parser.parse_args()
    for name in options.cases:
        for seed in range(1, options.seeds + 1):
            community = case_community(name, options.homes, seed)
            models, charges, budget = community.models, community.charges, MarketBudget()
            changed = [with_generation(model, options.generation) for model in models]
            alone = [best_decision(model, ALONE)[0] for model in changed]
            if seed == 1:
                agree(models, community.alone, charges, replace(budget, rounds=10))
            first, first_s = timed(lambda c=community, b=budget: agree(c.models, c.alone, c.charges, b))
            again, again_s = timed(
                lambda m=changed, a=alone, c=charges, b=budget, s=first.standing: agree(
                    m, a, c, b, standing=s
                )
            )
            scale = abs(sum(plan.costs.cost for plan in alone))
            print(
                f"{name} {seed}: first {first_s:.2f} CPU-s, {len(first.rounds)} rounds, gap {first.gap / community.scale:.3%}; "
                f"again {again_s:.2f} CPU-s, {len(again.rounds)} rounds, gap {again.gap / scale:.3%}; "
                f"ratio {again_s / first_s:.2f}",
                flush=True,
            )


def with_generation(model: HomeModel, share: float) -> HomeModel:
    """The home with a share of its generation."""
    sources = tuple(replace(source, available_kw=share * source.available_kw) for source in model.generation)
    return replace(model, generation=sources)


def timed(run: Callable[[], Agreement]) -> tuple[Agreement, float]:
    """An agreement, and the CPU seconds that it took."""
    began = time.process_time()
    found = run()
    return found, time.process_time() - began


if __name__ == "__main__":
    main()

"""Days of the local market in random communities, each looked through by code that shares nothing with it.

    python benchmarks/random_communities.py [--count 1000] [--seed 0] [--rounds 40]

Communities of three to eight homes with any devices, up to three tariffs (also with prices below zero, capacity charges, export
dearer than import), with and without local charges (``tests/coordination/market_communities.py``). Of each are checked: plans of
every device, the lower bound (against an integer programme for each home), money, trades and prices
(``tests/coordination/market_verifier.py``). Twenty communities share a seed; the script stops at the first failure, says its seed, and with
``--count 1 --seed THAT`` it comes again.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

TESTS = Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(TESTS.parent / "tools")]
sys.path[:0] = [str(TESTS / name) for name in ("settlement", "home", "coordination")]

from market_communities import random_communities, traded  # noqa: E402
from market_verifier import look_at  # noqa: E402

from mas2tering.coordination.local_market import MarketBudget  # noqa: E402

A_SEED = 20


def check(first_seed: int, budget: MarketBudget, found: Counter[str], gaps: list[float]) -> None:
    """The communities of a seed.

    Raises:
        AssertionError: something is wrong with one of them.
    """

    @seed(first_seed)
    @settings(
        max_examples=A_SEED,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(community=random_communities())
    def one(community) -> None:
        day, result = traded(community, budget)
        wrong = look_at(result).wrong
        assert not wrong, f"{community.words}: {wrong}"
        if all(len(home.devices) == 1 for home in community.homes):
            found["nothing to decide, not counted"] += 1
            return
        found["communities"] += 1
        found["homes"] += len(community.homes)
        found["worthwhile"] += day.settlement.worthwhile
        pairs = zip(day.agreement.plans, day.alone, strict=True)
        found["kept use case 1"] += all(agreed is alone for agreed, alone in pairs)
        gaps.append(day.agreement.gap / max(abs(sum(plan.costs.cost for plan in day.alone)), 1.0))

    one()


def main() -> None:
    """Seed after seed, until there are as many as are wanted."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=1000, help="communities, in twenties")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--rounds", type=int, default=40, help="of a search, at most")
    asked = parser.parse_args()
    budget = MarketBudget(rounds=asked.rounds)
    found: Counter[str] = Counter()
    gaps: list[float] = []
    number = asked.seed
    while found["communities"] < asked.count:
        try:
            check(number, budget, found, gaps)
        except Exception as error:
            print(f"seed {number}: {error!r} after {found['communities']} communities", flush=True)
            raise
        number += 1
        middle, high = sorted(gaps)[len(gaps) // 2], sorted(gaps)[int(0.95 * len(gaps))]
        print(
            f"seed {number - 1}: {dict(found)}, gap median {100 * middle:.3f} %, p95 {100 * high:.3f} %, "
            f"{time.process_time():.0f} CPU-s",
            flush=True,
        )


if __name__ == "__main__":
    main()

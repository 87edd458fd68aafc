"""The benchmark within limits: each kind of cap bites, and is kept."""

import pytest

from mas2tering.coordination.local_market import MarketBudget
from mas2tering.study.benchmark.capped import CapName, time_capped
from mas2tering.study.benchmark.market import CaseName, case_community, time_market

HOMES = 40
BUDGET = MarketBudget(gap=5e-3)


@pytest.mark.parametrize(("cap", "case"), [("import", "easy"), ("export", "hard"), ("voltage", "hard")])
def test_a_cap_bites_and_is_kept(cap: CapName, case: CaseName) -> None:
    community = case_community(case, HOMES, seed=1)

    capped = time_capped(cap, community, time_market(community, BUDGET), BUDGET)

    assert capped.violations_before > 0
    assert capped.violations_after == 0
    assert 0.0 <= capped.gap_certified <= 2 * BUDGET.gap

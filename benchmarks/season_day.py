"""What settling a congested day by the season's rule takes beyond the power flow, and how far opened orders are from best plans.

    python benchmarks/season_day.py [--date 2013-04-17]

Plans 184 homes in use cases 1 to 3 (a minute), then settles the day as if it were lived as planned. One JSON object.
"""

import argparse
import json
import time
from datetime import date

import numpy as np

from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.compile import Carry
from mas2tering.home.optimise import Budget
from mas2tering.settlement.season import SeasonRule
from mas2tering.study.agreed_days import planned_alone, relieved_day, traded
from mas2tering.study.built_in import built_in_community
from mas2tering.study.compiled_homes import models_on, tariffs_on
from mas2tering.study.connected import connected, flows_of
from mas2tering.study.run_options import RunOptions
from mas2tering.study.season.account import run_season
from mas2tering.study.season.agreed import lived_as_planned
from mas2tering.study.season.gate import Keyring
from mas2tering.study.season.judge import judged_day


def told(*_):
    """Nobody looks."""


def agreed_day(day):
    built = built_in_community("cardiff", "S5", 1, day, 1)
    community, reader = built.community.community, built.community.profiles
    options = RunOptions(day, use_cases=("1", "2", "3"), seed=1, network=built.network)
    axis = TimeAxis.of_days(day, community.time_zone, 15, day_starts_at=community.day_starts_at)
    carries = [Carry() for _ in community.homes]
    models = models_on(community, tariffs_on(community, axis, reader), reader, carries)
    alone = planned_alone(models, (), carries, Budget(), told, "")
    market = traded(community, models, alone, options, told, "")
    grid = relieved_day(community, models, market, alone, options, told, "")
    return community, built.network, lived_as_planned(grid, models, [own for _, own in alone])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--date", type=date.fromisoformat, default=date(2013, 4, 17))
    community, network, agreed = agreed_day(parser.parse_args().date)
    everybody = frozenset(home.id for home in community.homes)

    def cpu_s(work):
        began = time.process_time()
        found = work()
        return time.process_time() - began, found

    def flow(plans):
        return flows_of(connected(community, network, plans[0].axis.steps), {"3": plans})[0].get("3")

    keys = Keyring(1)
    cpu_s(lambda: judged_day(agreed, community, 1, keys, SeasonRule(), everybody))
    all_opened, day = cpu_s(lambda: judged_day(agreed, community, 1, keys, SeasonRule(), everybody))
    usual, drawn = cpu_s(lambda: judged_day(agreed, community, 1, keys, SeasonRule()))
    without, season = cpu_s(lambda: run_season([agreed], community, agreed.day, 1, lambda _: None))
    with_flow, _ = cpu_s(lambda: run_season([agreed], community, agreed.day, 1, flow))
    more = np.array([own.recomputed.costs_more for own in day.homes if own.recomputed is not None])
    line = {
        "orders": len(more),
        "opened": sum(own.opened is not None for own in drawn.homes),
        "cpu_s_judging": round(usual, 2),
        "cpu_s_judging_all_opened": round(all_opened, 2),
        "cpu_s_settled": round(without, 2),
        "cpu_s_settled_with_two_power_flows": round(with_flow, 2),
        "costs_more_median": round(float(np.median(more)), 5),
        "costs_more_p99": round(float(np.quantile(more, 0.99)), 5),
        "costs_more_most": round(float(more.max()), 5),
        "costs_more_sum": round(float(more.sum()), 4),
        "certified_gap": round(agreed.grid.agreement.gap, 4),
        "replaced": sum(own.recomputed is not None and not own.recomputed.stands for own in day.homes),
        "losses": round(season.losses, 4),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()

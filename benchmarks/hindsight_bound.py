"""How far days that are planned one by one are from the best that all of them together would have allowed.

    MAS2TERING_DATA=DIR python benchmarks/hindsight_bound.py [--homes 6] [--days 60] [--seed 1] [--date 2013-03-01] [--community dutch|belgium]

Homes with sun and battery, their other devices left out (``dutch``: those of ``lived_days.py``). Set side by side: the inverter's
rule; plans of one day that know it, what is left at its end worth a refill (use case 1's plans) or what days like it make of it;
and hindsight, which knows two days. The bound is one linear programme over all days that knows them all, with the
costs by which days are counted (a peak is charged day by day; what is stored counts once, at the end); a battery may charge and
discharge at once in it, so that it is a bound and perhaps no plan. One JSON line a home.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np
from lived_days import FIRST_DAY, homes_of
from scipy.optimize import linprog
from scipy.sparse import bmat, csr_matrix, diags, identity

from mas2tering.coordination.lived_day import Day, cost_of_days, stored
from mas2tering.domain.community import Community, Home
from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.domain.profiles import ProfileReader
from mas2tering.domain.tariffs import TariffOnAxis, capacity_price, tariff_on
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.compile import Carry, compile_home
from mas2tering.home.evaluate import plan_of
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.follow.steering import load_and_generation, steer
from mas2tering.home.model import Decision, HomeModel, IntArray, LinearStore
from mas2tering.home.optimise import Budget, best_decision
from mas2tering.home.rules.without_platform import without_platform
from mas2tering.study.built_in import built_in_community
from mas2tering.study.generator import SCENARIOS
from mas2tering.study.lived.course import Course, carried
from mas2tering.study.lived.days import live_days
from mas2tering.study.lived.outlooks import Outlooks, outlooks_of
from mas2tering.study.measured import dutch_homes


def least_cost(
    net_kw: FloatArray,
    tariff: TariffOnAxis,
    store: LinearStore,
    worth_per_kwh: float,
    fuse_kw: float,
    day_of_step: IntArray,
) -> float:
    """The least that energy, peaks and wear can come to, less the gain in what is stored; standing charges apart."""
    n, hours = len(net_kw), tariff.axis.step_hours
    hours_of_day = np.bincount(day_of_step) * hours
    days, each = int(day_of_step.max()) + 1, identity(n, format="csr")
    # Columns: charge, discharge, import, export (kW), content (kWh), and each day's peak beyond what is reached (kW).
    peak = 0.0 if tariff.capacity_charge is None else capacity_price(tariff) / tariff.days
    reached_kw = 0.0 if tariff.capacity_charge is None else tariff.capacity_charge.reached_kw
    buying, selling = tariff.import_price_per_kwh * hours, tariff.export_price_per_kwh * hours
    # What would cost money to feed in can be curtailed.
    selling = np.maximum(np.minimum(selling, buying), 0.0)
    wear = np.full(n, store.wear_cost_per_kwh * hours)
    last = np.zeros(n)
    last[-1] = -worth_per_kwh
    cost = np.concatenate([wear, wear, buying, -selling, last, peak * hours_of_day / 24])
    carried = each - diags([np.full(n - 1, store.retention)], [-1], format="csr")
    of_day = csr_matrix((np.ones(n), (np.arange(n), day_of_step)), shape=(n, days))
    balance = bmat(
        [[-each, each, each, -each, None, csr_matrix((n, days))],
         [-diags(store.gain_in), store.gain_out * each, None, None, carried, None]],
        format="csr",
    )  # fmt: skip
    begins = np.zeros(n)
    begins[0] = store.retention * store.initial_kwh
    below_peak = bmat([[csr_matrix((n, 2 * n)), each, csr_matrix((n, 2 * n)), -of_day]], format="csr")
    limits = [
        *((0.0, power) for power in store.power_in_kw),
        *((0.0, power) for power in store.power_out_kw),
        *[(0.0, fuse_kw)] * n,
        *[(0.0, None)] * n,
        *zip(store.lower_kwh, store.upper_kwh, strict=True),
        *[(0.0, None)] * days,
    ]
    found = linprog(
        cost,
        A_ub=below_peak,
        b_ub=np.full(n, reached_kw if peak else fuse_kw),
        A_eq=balance,
        b_eq=np.concatenate([net_kw, begins - store.drain_kwh]),
        bounds=limits,
        method="highs",
    )
    return float(found.fun) + worth_per_kwh * store.initial_kwh


def bound_of(days: Sequence[Day], whole: HomeModel) -> float:
    """The least that the days can come to."""
    load_kw, generation_kw = load_and_generation(whole)
    day_of_step = np.repeat(np.arange(len(days)), [day.today.axis.steps for day in days])
    worth = days[-1].today.stores[0].end_value_per_kwh
    fuse_kw = whole.fuse_kw * whole.phases
    standing = whole.tariff.standing_charge_per_day * whole.tariff.days
    return standing + least_cost(
        load_kw - generation_kw, whole.tariff, whole.stores[0], worth, fuse_kw, day_of_step
    )


def one_by_one(courses: Sequence[Course], decide: Callable[[HomeModel], Decision]) -> float:
    """What days come to that are planned one by one, each begun as the one before ended."""
    plans, carry = list[HomePlan](), Carry()
    begins = stored(courses[0].day(carry).today)[1]
    for course in courses:
        model = course.day(carry).today
        plans.append(plan_of(model, decide(model), "within_gap"))
        carry = carried(plans[-1])
    return cost_of_days(plans, stored(courses[-1].day(carry).today)[0], begins)


def worth_a_refill(model: HomeModel) -> Decision:
    """The best plan of a day that is known."""
    return best_decision(model, Budget())[1]


def worth_what_such_days_make_of_it(model: HomeModel) -> Decision:
    """The same with the value that steering gives to what is left."""
    load_kw, generation_kw = load_and_generation(model)
    outlook = Outlook(*(_known(model, values) for values in (load_kw, generation_kw)))
    return steer(model, outlook, without_platform(model), model.axis.steps, model.axis.steps).decision


def _known(model: HomeModel, values_kw: FloatArray) -> Forecast:
    levels = np.linspace(0.05, 0.95, 19)
    return Forecast(
        model.axis, model.axis.start, values_kw, levels, np.tile(values_kw, (len(levels), 1)), "known"
    )


def line_of(
    community: Community, home: Home, reader: ProfileReader, outlooks: Outlooks, first: date, days: int
) -> dict[str, object]:
    """A home's days by each way to plan them."""
    lived = live_days(
        community,
        reader,
        outlooks,
        first,
        days,
        15,
        Budget(),
        policies=("idle", "rule", "oracle", "oracle_emptied"),
    )
    dates = [first + timedelta(days=k) for k in range(days)]
    courses = [Course(community, home, 0, reader, outlooks, day, 15, []) for day in dates]
    axis = TimeAxis.of_days(first, community.time_zone, 15, days=days, day_starts_at=community.day_starts_at)
    whole = compile_home(home, tariff_on(axis, community.tariff_of(home), reader), reader)
    cost = {
        "idle": lived.cost("idle"),
        "rule": lived.cost("rule"),
        "one_day_worth_a_refill": one_by_one(courses, worth_a_refill),
        "one_day_worth_what_such_days_make_of_it": one_by_one(courses, worth_what_such_days_make_of_it),
        "hindsight": lived.cost("oracle"),
        "bound": bound_of([course.day(Carry()) for course in courses], whole),
    }
    rounded = {name: round(value, 2) for name, value in cost.items()}
    return {"home": home.id, "tariff": home.supply.tariff, "days": days, "cost": rounded}


def main() -> None:
    """A line a home."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--homes", type=int, default=6)
    asked.add_argument("--days", type=int, default=60)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--community", choices=["dutch", "belgium"], default="dutch")
    asked.add_argument("--date", type=date.fromisoformat, default=FIRST_DAY)
    options = asked.parse_args()
    first, days, seed = options.date, options.days, options.seed
    if options.community == "dutch":
        made = dutch_homes(SCENARIOS["S6"], seed, first, days + 1)
    else:
        made = built_in_community("belgium", "S5", seed, first, days + 1).community
    for home in homes_of(made.community, "pv_battery", options.homes):
        community = made.community.model_copy(update={"homes": (home,)})
        # Nobody here looks at a forecast; what was measured before is of no use.
        outlooks = outlooks_of("naive", community, made.profiles, made.profiles, first, days, 15)
        print(json.dumps(line_of(community, home, made.profiles, outlooks, first, days)), flush=True)


if __name__ == "__main__":
    main()

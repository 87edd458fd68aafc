"""An aggregator and its members, who have agreed on nothing yet: boxes that answer in plain or under masks, and their homes."""

from dataclasses import dataclass
from random import Random

import numpy as np

from mas2tering.community.aggregator import Aggregator
from mas2tering.community.branch import Branch
from mas2tering.community.course import Stands, Subject
from mas2tering.community.limits import KnownLoad, MemberLimits
from mas2tering.community.price_search import Prices
from mas2tering.community.secure_sum.classes import FEWEST
from mas2tering.community.turns import Budget, is_one_price
from mas2tering.coordination.classes import Classes
from mas2tering.coordination.masked_member import MaskedMember
from mas2tering.domain.local_market import same_price_both_ways
from mas2tering.home.evaluate import plan_of
from mas2tering.home.respond.member import Member

GAP = 2e-3


@dataclass(frozen=True)
class Table:
    """``boxes`` and ``homes`` by name; a box without masks is its home."""

    aggregator: Aggregator | Branch
    boxes: dict
    homes: dict
    subject: Subject


def table(
    models,
    alone,
    charges,
    *,
    rounds=200,
    private=True,
    contracts=None,
    calls=None,
    seed=0,
    requested=None,
    limits=None,
    standing=None,
    settled=True,
    branch=None,
) -> Table:
    """Under masks where classes are large enough, as in arrays; ``contracts`` are those of the homes, in their order, as are
    the weights of ``limits``. With a ``standing`` agreement members are known by its plans. With the name of a ``branch`` the
    aggregator is one under an operator."""
    names = [model.home for model in models]
    under = contracts or [None] * len(models)
    classes = Classes.of(models, requested)
    subject = Subject(
        classes.row_prices,
        charges,
        Budget(GAP * abs(sum(plan.costs.cost for plan in alone)), rounds),
        0,
        most_kw=50.0,
        step_hours=0.25,
        rows=classes.trading_rows,
        limits=None if limits is None else MemberLimits(limits, tuple(names), known(models, alone, standing)),
        stands=None if standing is None else Stands(standing_prices(standing, limits), settled),
    )
    one_price = is_one_price(classes.row_prices, charges, classes.requested)
    homes = {
        n: Member(
            n,
            m,
            p,
            charges,
            place=k,
            one_price=same_price_both_ways(classes.suppliers, charges),
            is_merged=bool(classes.is_merged[k]),
            under=u,
            standing=None if standing is None else standing.of_home(k),
            settled=settled,
        )
        for k, (n, m, p, u) in enumerate(zip(names, models, alone, under, strict=True))
    }
    row_of = {n: int(row) for n, row in zip(names, classes.row_of_home, strict=True)}
    rows = list(row_of.values())
    private = private and min(rows.count(row) for row in rows) >= FEWEST
    random = Random(seed)
    boxes = homes
    if private:
        steps = models[0].axis.steps
        boxes = {
            n: MaskedMember(home, random.randbytes, steps=steps, one_price=one_price)
            for n, home in homes.items()
        }
    bound = {n: u.contract for n, u in zip(names, under, strict=True) if u is not None}
    masks = random.randbytes if private else None
    options = {"contracts": bound, "calls": calls, "masks": masks}
    if branch is None:
        return Table(Aggregator("day", row_of, subject, **options), boxes, homes, subject)
    return Table(Branch(branch, "day", row_of, subject, **options), boxes, homes, subject)


def known(models, alone, standing):
    """What is known of loads: plans to which homes are bound, else those of use case 1."""
    loads = {}
    for k, (model, plan) in enumerate(zip(models, alone, strict=True)):
        bound = standing is not None and k not in standing.stays
        known_plan = plan_of(model, standing.decisions[k], "within_gap") if bound else plan
        loads[model.home] = KnownLoad(known_plan.net_kw, bound)
    return loads


def standing_prices(standing, limits):
    """The prices that stand; limits that are new begin at no price."""
    before = standing.limit_price_per_kwh
    rows = 0 if limits is None else limits.rows
    return Prices(standing.price_per_kwh[None], np.concatenate([before, np.zeros(rows - len(before))]))

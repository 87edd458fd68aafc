"""An aggregator and its members, who have agreed on nothing yet: boxes that answer in plain or under masks, and their homes."""

from dataclasses import dataclass
from random import Random

from mas2tering.community.aggregator import Aggregator, Subject
from mas2tering.community.secure_sum.classes import FEWEST
from mas2tering.community.turns import Budget, is_one_price
from mas2tering.coordination.classes import Classes
from mas2tering.coordination.masked_member import MaskedMember
from mas2tering.domain.local_market import same_price_both_ways
from mas2tering.home.respond.member import Member

GAP = 2e-3


@dataclass(frozen=True)
class Table:
    """``boxes`` and ``homes`` by name; a box without masks is its home."""

    aggregator: Aggregator
    boxes: dict
    homes: dict


def table(
    models, alone, charges, *, rounds=200, private=True, contracts=None, calls=None, seed=0, requested=None
) -> Table:
    """Under masks where classes are large enough, as in arrays; ``contracts`` are those of the homes, in their order."""
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
    aggregator = Aggregator("day", row_of, subject, contracts=bound, calls=calls, masks=masks)
    return Table(aggregator, boxes, homes)

"""Who negotiates: communities at one table, each with its members, its classes of suppliers, and limits as its members know
them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.community.answers import AnswerForm
from mas2tering.community.limits import Limits
from mas2tering.community.market import Market
from mas2tering.community.price_search import Prices
from mas2tering.community.secure_sum.classes import FEWEST
from mas2tering.community.turns import is_one_price
from mas2tering.coordination.agreement import MarketBudget, Party
from mas2tering.coordination.classes import Classes
from mas2tering.coordination.members import Members, Standing
from mas2tering.coordination.summing import MaskedSums, PlainSums, Summing
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.home.model import HomeModel


@dataclass(frozen=True)
class Seated:
    """Communities that negotiate together, in the order of the parties: their members, how these are classed and summed, and
    the ``rows`` of the common limits with the weights of their own members. ``start`` are the prices that stand (None: nothing
    stands); with ``settled`` what is whole in standing plans stays."""

    parties: Sequence[Party]
    classes: Sequence[Classes]
    members: Sequence[Members]
    summing: Sequence[Summing]
    rows: Sequence[LoadLimits | None]
    limits: Limits
    start: Prices | None
    settled: bool

    @property
    def markets(self) -> list[Market]:
        """The local markets, as the search for prices sees them."""
        return [
            Market(of.row_prices, party.charges, of.trading_rows)
            for of, party in zip(self.classes, self.parties, strict=True)
        ]


def seated(
    parties: Sequence[Party], budget: MarketBudget, limits: LoadLimits | None, *, anew: bool = False
) -> Seated:
    """All start from their standing agreements, or none does; ``anew`` as in :func:`agree_together`."""
    models = [party.contracted for party in parties]
    classes = [Classes.of(own, party.requested) for own, party in zip(models, parties, strict=True)]
    own_limits = _shared_out(limits, [len(own) for own in models])
    summing = [
        _summing(of, party, own, budget, limits)
        for of, party, own in zip(classes, parties, models, strict=True)
    ]
    standing = [party.standing for party in parties if party.standing is not None]
    again = len(standing) == len(parties)
    members = [
        Members(
            own,
            party.alone,
            of,
            party.charges,
            budget.seed,
            sums,
            market=k,
            limits=rows,
            standing=party.standing if again else None,
            settled=again and not anew,
        )
        for k, (own, party, of, sums, rows) in enumerate(
            zip(models, parties, classes, summing, own_limits, strict=True)
        )
    ]
    return Seated(
        parties,
        classes,
        members,
        summing,
        own_limits,
        _as_negotiated(limits, models[0][0].axis.step_hours),
        _standing_prices(standing, limits) if again else None,
        again and not anew,
    )


def _shared_out(limits: LoadLimits | None, sizes: Sequence[int]) -> list[LoadLimits | None]:
    """The limits as each community's members know them."""
    if limits is None:
        return [None] * len(sizes)
    ends = np.cumsum(sizes)
    return [limits.of_homes(np.arange(end - size, end)) for size, end in zip(sizes, ends, strict=True)]


def _as_negotiated(limits: LoadLimits | None, step_hours: float) -> Limits:
    if limits is None:
        return Limits.none()
    return Limits(step_hours * limits.most_kw, limits.dearest_per_kwh)


def _standing_prices(standing: Sequence[Standing], limits: LoadLimits | None) -> Prices:
    """The prices that stand; limits that are new begin at no price."""
    local = np.array([own.price_per_kwh for own in standing])
    rows = 0 if limits is None else limits.rows
    before = standing[0].limit_price_per_kwh[:rows]
    return Prices(local, np.concatenate([before, np.zeros(rows - len(before))]))


def _summing(
    classes: Classes,
    party: Party,
    models: Sequence[HomeModel],
    budget: MarketBudget,
    limits: LoadLimits | None,
) -> Summing:
    """Under masks, if that is wanted and there are enough members for a sum to hide them."""
    rows = len(classes.row_prices.import_price_per_kwh)
    # Whole kWh, so that the range tells little of the home that sets it.
    reach_kw = max(float(max(side.max(initial=0.0) for side in model.reach_kw)) for model in models)
    largest_kwh = float(np.ceil(1.0 + reach_kw * models[0].axis.step_hours))
    form = AnswerForm(
        models[0].axis.steps,
        largest_kwh,
        is_one_price(classes.row_prices, party.charges, classes.requested),
        0 if limits is None else limits.rows,
    )
    fewest = np.bincount(classes.row_of_home, minlength=rows).min()
    if not budget.private or fewest < FEWEST:
        return PlainSums(classes.row_of_home, rows, form)
    before = None if party.standing is None else party.standing.masks
    if before is not None and before.fits(classes.row_of_home, form):
        return before.again()
    # Keys of a study need not be secret, but its course must not depend on chance.
    random = np.random.default_rng([budget.seed, 5])
    return MaskedSums(classes.row_of_home, rows, form, random.bytes)

"""All members of one community as one crowd: what they answer, draw and mix, all homes in one process."""

from collections.abc import Sequence

from mas2tering.community.sums import RoundSums
from mas2tering.community.turns import Ask, is_one_price
from mas2tering.coordination.classes import Classes
from mas2tering.coordination.summing import Summing
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.local_market import FloatArray, TwoPrices, prices_at
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.model import Decision, HomeModel
from mas2tering.home.respond import (
    Crowd,
    Unfit,
    Wholes,
    as_planned,
    fitting,
    with_wholes,
    without_wholes,
)
from mas2tering.home.respond.reply import replies


class Members:
    """All members of a community, as one crowd. ``market`` is the number of their local market among those that
    negotiate together; ``limits`` are what the grid asks of the loads of its members.

    ``wholes`` are what is whole in standing plans, from which a day is planned again.
    """

    def __init__(
        self,
        models: Sequence[HomeModel],
        alone: Sequence[HomePlan],
        classes: Classes,
        charges: LocalCharges,
        seed: int,
        summing: Summing,
        *,
        market: int = 0,
        limits: LoadLimits | None = None,
        wholes: Sequence[Wholes] | None = None,
    ) -> None:
        self._market, self._limits = market, limits
        self._alone, self._classes, self._charges, self._seed = alone, classes, charges, seed
        self._models = [fitting(model, plan) for model, plan in zip(models, alone, strict=True)]
        # Homes that stay with their plan of use case 1, since nothing else fits.
        self._cannot_move = {k for k, model in enumerate(models) if self._models[k] is not model}
        self._stays = set(self._cannot_move)
        self._summing = summing
        self._hours = models[0].axis.step_hours
        self._one_price = is_one_price(classes.suppliers, charges)
        self._mixing = Crowd(self._models, classes.of_home, one_price=self._one_price)
        self._rest = self._mixing
        self._wholes: list[Wholes] = []
        self._at_the_fuse: frozenset[int] = frozenset()
        self._draw = 0
        self._closed: dict[int, tuple[list[Decision], set[int]]] = {}
        if wholes is not None:
            self._wholes = list(wholes)
            # Whoever stayed with its plan then has settled nothing, and stays with that of now.
            self._stays |= {
                k
                for k, (model, whole) in enumerate(zip(self._models, self._wholes, strict=True))
                if (len(model.chains), len(model.cogeneration))
                != (len(whole.starts), len(whole.cogeneration))
            }
            self._rest = self._crowd_of_rests()

    def answer(self, asked: Ask) -> RoundSums:
        """Sums of all answers to prices."""
        settling = asked.stage == "settling"
        crowd = self._rest if settling else self._mixing
        local_price = asked.prices.local_per_kwh[self._market]
        prices = prices_at(local_price, self._classes.suppliers, self._charges)
        added = (
            None
            if self._limits is None
            else self._limits.added_per_kwh(asked.prices.limit_per_kwh, len(local_price))
        )
        try:
            answers = crowd.answer(prices, asked.number, added)
        except Unfit as unfit:
            if not settling:
                raise
            # What was drawn leaves these homes no plan within their fuse.
            self._stays |= unfit.homes
            crowd = self._rest = self._crowd_of_rests()
            answers = crowd.answer(prices, asked.number, added)
        crowd.keep_only([*asked.kept, asked.number])
        own = TwoPrices(
            prices.buying_per_kwh[self._classes.of_home], prices.selling_per_kwh[self._classes.of_home]
        )
        said = replies(
            answers, self._hours, local_price, own, self._charges, self._classes.is_merged, self._limits
        )
        return self._summing.sums(said)

    def settle(self, draw: int, numbers: Sequence[int], weights: FloatArray) -> None:
        """Draw what is whole in each home, from answers with these numbers and weights; ``draw`` counts draws."""
        self._draw, self._stays = draw, set(self._cannot_move)
        self._wholes = self._mixing.draw(numbers, weights, self._seed + draw)
        self._rest = self._crowd_of_rests()

    def close(self, numbers: Sequence[int], weights: FloatArray) -> bool:
        """Mix each home's plan; whether a home refuses its own, which it has not done before."""
        decisions = [
            with_wholes(decision, whole)
            for decision, whole in zip(self._rest.mixed(numbers, weights), self._wholes, strict=True)
        ]
        broken = {
            k
            for k, (model, decision) in enumerate(zip(self._models, decisions, strict=True))
            if k in self._stays or breaches(model, decision)
        }
        self._closed[self._draw] = decisions, broken
        refused = bool(broken - self._at_the_fuse - self._stays)
        if refused:
            self._at_the_fuse |= broken - self._stays
            self._rest = self._crowd_of_rests()
        return refused

    def plans(self, draw: int) -> list[HomePlan]:
        """Each home's plan of a draw; where its mix breaks its limits, that of use case 1."""
        decisions, broken = self._closed[draw]
        return [
            fall_back if k in broken else plan_of(model, decision, "within_gap")
            for k, (model, decision, fall_back) in enumerate(
                zip(self._models, decisions, self._alone, strict=True)
            )
        ]

    def wholes(self, draw: int) -> tuple[Wholes, ...]:
        """What is whole in each home's plan of a draw."""
        return tuple(Wholes(d.starts, d.cogeneration) for d in self._closed[draw][0])

    def _crowd_of_rests(self) -> Crowd:
        rests = [
            as_planned(model, plan) if k in self._stays else without_wholes(model, whole)
            for k, (model, whole, plan) in enumerate(
                zip(self._models, self._wholes, self._alone, strict=True)
            )
        ]
        return Crowd(
            rests,
            self._classes.of_home,
            one_price=self._one_price,
            at_the_fuse=self._at_the_fuse,
            packed=self._mixing,
        )

"""All members of one community as one crowd: what they answer, draw and mix, all homes in one process."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mas2tering.community.price_search import Prices
from mas2tering.community.sums import RoundSums
from mas2tering.community.turns import Ask, Recall, Weigh
from mas2tering.coordination.classes import Classes
from mas2tering.coordination.summing import MaskedSums, Summing
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.local_market import FloatArray, TwoPrices, prices_at, same_price_both_ways
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.model import Decision, HomeModel
from mas2tering.home.respond import (
    NO_DECISION,
    Committed,
    Crowd,
    HomeStanding,
    Unfit,
    Wholes,
    as_committed,
    as_it_stands,
    as_planned,
    fitting,
    with_wholes,
    without_wholes,
)
from mas2tering.home.respond.crowd import CrowdAnswer
from mas2tering.home.respond.reply import replies, replies_of_plans


@dataclass(frozen=True)
class Standing:
    """What an agreement leaves for the next one on the same steps: the local price (steps,), what each home's plan commits
    it to (starts of programmes, schedules of machines) and its decision, the homes that stayed with their plan of use case 1
    instead, and the prices of limits (rows,), to which the next one may add rows at the end. ``masks`` are those under which
    members were summed, if they were: the same members need no new keys."""

    price_per_kwh: FloatArray
    committed: tuple[Committed, ...]
    decisions: tuple[Decision, ...]
    stays: frozenset[int]
    limit_price_per_kwh: FloatArray
    masks: MaskedSums | None = field(default=None, compare=False, repr=False)

    @staticmethod
    def of(
        price_per_kwh: FloatArray,
        homes: Sequence[HomeStanding],
        limit_price_per_kwh: FloatArray,
        masks: MaskedSums | None = None,
    ) -> "Standing":
        """What stands in each home, together."""
        return Standing(
            price_per_kwh,
            tuple(home.committed for home in homes),
            tuple(home.decision for home in homes),
            frozenset(k for k, home in enumerate(homes) if home.stays),
            limit_price_per_kwh,
            masks,
        )

    def of_home(self, home: int) -> HomeStanding:
        """What stands in a home."""
        return HomeStanding(self.committed[home], self.decisions[home], home in self.stays)


class Members:
    """All members of a community, as one crowd. ``market`` is the number of their local market among those that
    negotiate together; ``limits`` are what the grid asks of the loads of its members.

    A day is planned again from what is ``standing``; with ``settled`` what is whole in it stays.
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
        standing: Standing | None = None,
        settled: bool = False,
    ) -> None:
        self._market, self._limits = market, limits
        self._alone, self._classes, self._charges, self._seed = alone, classes, charges, seed
        self._models = [fitting(model, plan) for model, plan in zip(models, alone, strict=True)]
        # Homes that stay with their plan of use case 1, since nothing else fits.
        self._cannot_move = {k for k, model in enumerate(models) if self._models[k] is not model}
        self._stays = set(self._cannot_move)
        self._summing = summing
        self._hours = models[0].axis.step_hours
        self._one_price = same_price_both_ways(classes.suppliers, charges)
        self._mixing = Crowd(self._models, classes.of_home, one_price=self._one_price)
        self._rest = self._mixing
        self._wholes: list[Wholes] = []
        self._at_the_fuse: frozenset[int] = frozenset()
        self._draw = 0
        self._closed: dict[int, tuple[list[Decision], set[int]]] = {}
        self._plans: dict[int, tuple[HomePlan, ...]] = {}
        self._cannot_keep: tuple[int, ...] = ()
        self._standing = standing
        self._recalled: list[Decision] = []
        if standing is not None and settled:
            kept = [as_committed(m, to) for m, to in zip(self._models, standing.committed, strict=True)]
            self._cannot_keep = tuple(k for k, wholes in enumerate(kept) if wholes is None)
            self._stays |= standing.stays | set(self._cannot_keep)
            self._wholes = [wholes or Wholes((), ()) for wholes in kept]
            self._rest = self._crowd_of_rests()

    @property
    def can_recall(self) -> bool:
        """Whether what stands is a decision of each home that may move."""
        standing = self._standing
        return standing is not None and all(
            k in self._stays or standing.of_home(k).fits(model) for k, model in enumerate(self._models)
        )

    def recall(self, asked: Recall) -> RoundSums:
        """Sums of the standing plans; where what is whole was drawn since, with that."""
        if self._standing is None:
            raise AssertionError("nothing stands that could be recalled")
        settling = asked.stage == "settling"
        decisions, plans = [], []
        for k, (model, stands) in enumerate(zip(self._models, self._standing.decisions, strict=True)):
            if k in (self._stays if settling else self._cannot_move):
                decision, plan = NO_DECISION, self._alone[k]
            else:
                decision, plan = as_it_stands(model, stands, self._wholes[k] if settling else None)
            decisions.append(decision)
            plans.append(plan)
        (self._rest if settling else self._mixing).remember(decisions, 0)
        self._recalled = decisions
        beside = [plan.costs.cost - plan.costs.energy_bought + plan.costs.energy_sold for plan in plans]
        net_kw = np.array([plan.net_kw for plan in plans])
        return self._told(CrowdAnswer(net_kw, np.array(beside), np.zeros(len(plans))), asked.prices)

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
            if self._recalled:
                crowd.remember(
                    [NO_DECISION if k in self._stays else d for k, d in enumerate(self._recalled)], 0
                )
            answers = crowd.answer(prices, asked.number, added)
        crowd.keep_only([*asked.kept, asked.number])
        return self._told(answers, asked.prices)

    def _told(self, answers: CrowdAnswer, prices: Prices) -> RoundSums:
        """Sums of what members say of answers to prices."""
        local_price = prices.local_per_kwh[self._market]
        at = prices_at(local_price, self._classes.suppliers, self._charges)
        own = TwoPrices(at.buying_per_kwh[self._classes.of_home], at.selling_per_kwh[self._classes.of_home])
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

    def weigh(self, asked: Weigh) -> RoundSums:
        """Sums of the plans of a draw, or of use case 1."""
        plans = self._alone if asked.draw is None else self.plans(asked.draw)
        return self._summing.sums(replies_of_plans(plans, self._classes.is_merged))

    def plans(self, draw: int) -> tuple[HomePlan, ...]:
        """Each home's plan of a draw; where its mix breaks its limits, that of use case 1."""
        if draw not in self._plans:
            decisions, broken = self._closed[draw]
            self._plans[draw] = tuple(
                fall_back if k in broken else plan_of(model, decision, "within_gap")
                for k, (model, decision, fall_back) in enumerate(
                    zip(self._models, decisions, self._alone, strict=True)
                )
            )
        return self._plans[draw]

    def standing(self, draw: int, prices: Prices, plans: Sequence[HomePlan]) -> Standing:
        """What plans, of a draw or of use case 1, leave for the next agreement."""
        homes = [
            HomeStanding.of(*own)
            for own in zip(self._models, self._closed[draw][0], plans, self._alone, strict=True)
        ]
        masks = self._summing if isinstance(self._summing, MaskedSums) else None
        return Standing.of(prices.local_per_kwh[self._market], homes, prices.limit_per_kwh, masks)

    @property
    def notes(self) -> tuple[str, ...]:
        """What became of homes for which what stands is no longer possible."""
        return tuple(
            f"{self._models[k].home} cannot keep to the programmes and schedules of the standing agreement, and has its "
            "plan of use case 1"
            for k in self._cannot_keep
        )

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

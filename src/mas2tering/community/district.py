"""The distribution system operator's side of a negotiation with several aggregators, message by message: no clock, no sockets.

Limits bind all together, and each has one price, the operator's; each aggregator keeps its own market, with a local price of its
own. Whoever falls silent, a member or a whole aggregator, is taken at the load that is known of it, which counts in the limits;
the others begin anew from the prices that stand, within what that leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.community.course import Stands, take
from mas2tering.community.district_messages import AskMarket, Bound, Carried, MarketSays
from mas2tering.community.limits import MemberLimits
from mas2tering.community.market import Market
from mas2tering.community.price_search import Prices
from mas2tering.community.sums import RoundSums
from mas2tering.community.turns import (
    Ask,
    Budget,
    Close,
    Done,
    Recall,
    Request,
    Settle,
    Turns,
    Weigh,
)
from mas2tering.domain.negotiation import UNIT_KWH, FloatArray, IntArray

_REMINDERS = 2


@dataclass(frozen=True)
class MarketInDistrict:
    """An aggregator's market, and who is behind it."""

    market: Market
    members: tuple[str, ...]


class District:
    """Negotiates with aggregators, each by name; ``limits`` are of all members behind all of them. With what ``stands``,
    whose local prices have a row for each market in this order, the day is planned again.

    ``left_out`` says why, by aggregator; of members who were left out ``counted_as`` says which load of theirs counts.
    ``unheard`` are aggregators that did not say in the end to what their members are bound.
    """

    def __init__(
        self,
        conversation: str,
        markets: Mapping[str, MarketInDistrict],
        limits: MemberLimits,
        budget: Budget,
        step_hours: float,
        stands: Stands | None = None,
    ) -> None:
        self._conversation, self._limits, self._budget = conversation, limits, budget
        self._hours, self._stands = step_hours, stands
        self._markets = dict(markets)
        self._members = {name: set(own.members) for name, own in markets.items()}
        self.left_out: dict[str, str] = {}
        self.unheard: tuple[str, ...] = ()
        self.bound_units: dict[str, IntArray] = {}
        self._epoch, self._turn, self._reminders = 0, 0, 0
        self.turns = self._turns(None if stands is None else stands.prices)
        self._answers: dict[str, RoundSums | Carried | Bound] = {}

    @property
    def aggregators(self) -> tuple[str, ...]:
        """Who takes part, in the order of the markets."""
        return tuple(name for name in self._markets if name not in self.left_out)

    @property
    def is_agreed(self) -> bool:
        """Whether all is agreed."""
        return isinstance(self.turns.request, Done)

    @property
    def is_over(self) -> bool:
        """Whether all is agreed and heard of, or nobody is left."""
        return not self.aggregators or (self.is_agreed and not self._awaited)

    @property
    def counted_as(self) -> dict[str, str]:
        """As what loads of members that take no part count in the limits, in words."""
        there = set().union(*self._members.values())
        return {name: self._limits.known[name].words for name in self._limits.members if name not in there}

    @property
    def excess_kwh(self) -> FloatArray:
        """By how much what is known in the end exceeds each limit (rows,): the plans to which members are bound now, and of
        those of whom nothing was heard what was known of them before."""
        known = self._limits.known
        load_kwh = np.array(
            [
                self.bound_units[name] * UNIT_KWH
                if name in self.bound_units
                else known[name].load_kw * self._hours
                for name in self._limits.members
            ]
        )
        rows = self._limits.limits
        return np.asarray(np.maximum(rows.shares(load_kwh).sum(axis=0) - self._hours * rows.most_kw, 0.0))

    def start(self) -> dict[str, AskMarket]:
        """The first questions, or those that are not answered; by aggregator."""
        return self._ask() if self.aggregators else {}

    def receive(self, message: MarketSays) -> dict[str, AskMarket]:
        """Take an aggregator's answer; what is asked because of it."""
        name = message.aggregator
        if self.is_over or message.conversation != self._conversation or name not in self.aggregators:
            return {}
        gone = self._members[name] & message.left_out
        if gone and not self.is_agreed:
            self._members[name] -= gone
            if not self._members[name]:
                self.left_out[name] = "has no members left"
            return self._begin_anew()
        is_due = (message.epoch, message.turn) == (self._epoch, self._turn) and name in self._awaited
        if not is_due or not isinstance(message.said, self._answer_type):
            return {}
        self._answers[name] = message.said
        if isinstance(message.said, Bound):
            self.bound_units |= message.said.net_units
        return {} if self._awaited else self._go_on()

    def deadline(self) -> dict[str, AskMarket]:
        """Time is up: remind the silent, or do without them."""
        silent = self._awaited
        if self.is_over or not silent:
            return {}
        if self._reminders < _REMINDERS:
            self._reminders += 1
            return self._ask()
        if self.is_agreed:
            self.unheard = silent
            return {}
        for name in silent:
            self.left_out[name] = "fell silent"
            self._members[name] = set()
        return self._begin_anew()

    @property
    def _awaited(self) -> tuple[str, ...]:
        return tuple(n for n in self.aggregators if n not in self._answers and n not in self.unheard)

    @property
    def _answer_type(self) -> type[RoundSums] | type[Carried] | type[Bound]:
        request = self.turns.request
        if isinstance(request, Ask | Recall | Weigh):
            return RoundSums
        return Bound if isinstance(request, Done) else Carried

    def _go_on(self) -> dict[str, AskMarket]:
        """Everybody has answered."""
        said = [self._answers[name] for name in self.aggregators]
        request = self.turns.request
        if isinstance(request, Settle):
            self.turns.settled()
        elif isinstance(request, Close):
            self.turns.closed(refused=any(isinstance(one, Carried) and one.refused for one in said))
        elif isinstance(request, Done):
            return {}
        else:
            take(self.turns, [one for one in said if isinstance(one, RoundSums)])
        return self._next()

    def _next(self) -> dict[str, AskMarket]:
        self._turn += 1
        self._answers, self._reminders = {}, 0
        return self._ask()

    def _begin_anew(self) -> dict[str, AskMarket]:
        if not self.aggregators:
            return {}
        there = [name for name in self._in_turns if name in self.aggregators]
        rows = [self._in_turns.index(name) for name in there]
        prices = self.turns.standing_prices
        self._epoch += 1
        self.turns = self._turns(replace(prices, local_per_kwh=prices.local_per_kwh[rows]))
        return self._next()

    def _ask(self) -> dict[str, AskMarket]:
        return {
            name: AskMarket(
                self._conversation,
                self._epoch,
                self._turn,
                _about_one(self.turns.request, self._in_turns.index(name)),
            )
            for name in self._awaited
        }

    def _turns(self, start: Prices | None) -> Turns:
        self._in_turns = self.aggregators
        members = set().union(*self._members.values())
        stands = self._stands
        return Turns(
            [self._markets[name].market for name in self._in_turns],
            self._budget,
            self._limits.left_to(members, self._hours),
            start,
            settled=stands is not None and stands.settled,
            recalls=stands is not None,
        )


def _about_one(request: Request, market: int) -> Request:
    """A request as it concerns one market."""
    if isinstance(request, Settle | Close):
        return replace(request, weights=request.weights[market : market + 1])
    if isinstance(request, Weigh):
        return request
    prices = request.prices
    return replace(request, prices=replace(prices, local_per_kwh=prices.local_per_kwh[market : market + 1]))

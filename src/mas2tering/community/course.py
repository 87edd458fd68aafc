"""Who says what an aggregator asks next: its own negotiation, or whoever negotiates for several aggregators at once."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from mas2tering.community.limits import Limits, MemberLimits
from mas2tering.community.market import Market
from mas2tering.community.price_search import Prices
from mas2tering.community.sums import RoundSums
from mas2tering.community.turns import Ask, Budget, Recall, Request, Turns
from mas2tering.community.weighing import TradingRows
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.local_market import SupplierPrices
from mas2tering.domain.tariffs import LocalCharges


@dataclass(frozen=True)
class Stands:
    """What stands from an earlier agreement on the same steps: its prices, limits that came since at none. All members have
    plans of it; with ``settled`` what is whole in them stays."""

    prices: Prices
    settled: bool


@dataclass(frozen=True)
class Subject:
    """What a negotiation is about: prices of the rows in which answers are summed, local charges, when to stop; ``rows`` are
    those in which plans are weighed, which differ where classes of suppliers are merged, with what buyers outside request.
    ``limits`` are the grid's; a day with what ``stands`` is planned again from there."""

    suppliers: SupplierPrices
    charges: LocalCharges
    budget: Budget
    seed: int
    most_kw: float
    step_hours: float
    rows: TradingRows | None = None
    limits: MemberLimits | None = None
    stands: Stands | None = None

    @property
    def requested(self) -> Requested:
        """What buyers outside request."""
        if self.rows is not None:
            return self.rows.requested
        return Requested.nothing(self.suppliers.import_price_per_kwh.shape[1])

    @property
    def market(self) -> Market:
        """The members' local market."""
        rows = self.rows or TradingRows.of_classes(self.suppliers, self.requested)
        return Market(self.suppliers, self.charges, rows)


class Course(Protocol):
    """What is asked of all members now (``request``; None: nothing yet), and who takes what they answer. Requests are about
    one market."""

    @property
    def request(self) -> Request | None:
        """What is asked now."""
        ...

    def begin_anew(self, members: Collection[str]) -> None:
        """Begin anew with these members, since others are gone."""
        ...

    def summed(self, sums: RoundSums) -> None:
        """Take what all members' answers sum to."""
        ...

    def settled(self) -> None:
        """Everybody has drawn what is whole."""
        ...

    def closed(self, *, refused: bool) -> None:
        """Everybody has mixed its plan; somebody may have refused its own."""
        ...


class OwnCourse:
    """An aggregator's own negotiation with its members."""

    def __init__(self, subject: Subject, members: Collection[str]) -> None:
        self._subject = subject
        self.turns = self._turns(members, None if subject.stands is None else subject.stands.prices)

    @property
    def request(self) -> Request:
        """What is asked now."""
        return self.turns.request

    def begin_anew(self, members: Collection[str]) -> None:
        """From the price that stands; what limits leave to those members is what the others' known loads leave of them."""
        self.turns = self._turns(members, self.turns.standing_prices)

    def summed(self, sums: RoundSums) -> None:
        """Take what all members' answers sum to."""
        take(self.turns, [sums])

    def settled(self) -> None:
        """Everybody has drawn what is whole."""
        self.turns.settled()

    def closed(self, *, refused: bool) -> None:
        """Everybody has mixed its plan; somebody may have refused its own."""
        self.turns.closed(refused=refused)

    def _turns(self, members: Collection[str], start: Prices | None) -> Turns:
        subject = self._subject
        limits = (
            Limits.none() if subject.limits is None else subject.limits.left_to(members, subject.step_hours)
        )
        stands = subject.stands
        return Turns(
            [subject.market],
            subject.budget,
            limits,
            start,
            settled=stands is not None and stands.settled,
            recalls=stands is not None,
        )


def take(turns: Turns, sums: list[RoundSums]) -> None:
    """Hand sums of each market on to what asked for them."""
    if isinstance(turns.request, Ask):
        turns.heard(sums)
    elif isinstance(turns.request, Recall):
        turns.recalled(sums)
    else:
        turns.weighed(sums)

"""The aggregator's side of a negotiation, message by message: no clock, no sockets, no knowledge of the carriage.

Messages may come late, twice, out of order, or not at all. A member that stays silent through its reminders, or answers
nonsense, is left out: the others begin anew from the price that stands, and it keeps to its plan of use case 1. So does one
whose contract allows no further call today, or that leaves where its contract allows that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.community.calls import Calls
from mas2tering.community.sums import RoundSums
from mas2tering.community.turns import Ask, Budget, Close, Done, Settle, Turns, is_one_price
from mas2tering.domain.contract_breaches import Breach
from mas2tering.domain.contracts import AggregationContract
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.local_market import SupplierPrices
from mas2tering.domain.negotiation import (
    UNIT_KWH,
    UNIT_MONEY,
    AcceptProposal,
    CallForProposals,
    Confirm,
    DrawWholes,
    FloatArray,
    FromAggregator,
    FromMember,
    HoldToContract,
    InformAgreement,
    IntArray,
    Propose,
    Refuse,
)
from mas2tering.domain.tariffs import LocalCharges

_REMINDERS = 2


@dataclass(frozen=True)
class Outgoing:
    """A message and to whom it goes."""

    receivers: tuple[str, ...]
    message: FromAggregator


@dataclass(frozen=True)
class Subject:
    """What a negotiation is about: prices of the classes of suppliers, local charges, when to stop, and what buyers
    outside the community have ``requested``."""

    suppliers: SupplierPrices
    charges: LocalCharges
    budget: Budget
    seed: int
    most_kw: float
    step_hours: float
    requested: Requested | None = None


class Aggregator:
    """Negotiates with members, each in a class of suppliers.

    A member without one of the ``contracts`` may be called at will, and leave at will. ``calls`` are those made before
    on the day.
    """

    def __init__(
        self,
        conversation: str,
        class_of: Mapping[str, int],
        terms: Subject,
        *,
        contracts: Mapping[str, AggregationContract] | None = None,
        calls: Calls | None = None,
    ) -> None:
        self._conversation, self._terms = conversation, terms
        self._contracts = dict(contracts or {})
        self._calls = Calls.of(self._contracts) if calls is None else calls
        refused = {name: self._calls.refusal(name) for name in class_of}
        self.left_out = {name: str(breach) for name, breach in refused.items() if breach is not None}
        self._class_of = {name: k for name, k in class_of.items() if name not in self.left_out}
        self._epoch, self._turn = 0, 0
        self.turns = self._turns(None)
        self._answers: dict[str, Propose | Confirm] = {}
        self._reminders = 0
        self._draw = 0
        self._bound_units: list[dict[str, IntArray]] = []

    @property
    def members(self) -> tuple[str, ...]:
        """Who takes part, in order of names."""
        return tuple(sorted(self._class_of))

    @property
    def is_over(self) -> bool:
        """Whether all is agreed, or nobody is left."""
        return isinstance(self.turns.request, Done) or not self._class_of

    @property
    def calls(self) -> Calls:
        """The calls of the day, with this one once all is agreed."""
        return self._calls.after(self.members) if isinstance(self.turns.request, Done) else self._calls

    @property
    def bound_units(self) -> dict[str, IntArray]:
        """Net energy (steps,) of each member's plan, in units of ``UNIT_KWH``, once all is agreed."""
        request = self.turns.request
        return self._bound_units[request.draw] if isinstance(request, Done) else {}

    def start(self) -> list[Outgoing]:
        """The first call."""
        return self._call(self.members) if self._class_of else []

    def receive(self, message: FromMember) -> list[Outgoing]:
        """Take a message; what is to be sent because of it."""
        if self.is_over or message.conversation != self._conversation or message.member not in self._class_of:
            return []
        if isinstance(message, Refuse):
            return self._left(message)
        if (message.epoch, message.turn) != (self._epoch, self._turn) or message.member in self._answers:
            # Late, early or repeated: the first answer to a request counts, and only while it is asked.
            return []
        fault = self._fault(message)
        if fault:
            return self._leave_out({message.member: fault})
        self._answers[message.member] = message
        return self._go_on() if len(self._answers) == len(self._class_of) else []

    def deadline(self) -> list[Outgoing]:
        """Time is up for the request at hand: remind the silent, or leave them out."""
        silent = [name for name in self.members if name not in self._answers]
        if self.is_over or not silent:
            return []
        if self._reminders < _REMINDERS:
            self._reminders += 1
            return self._call(silent)
        return self._leave_out(dict.fromkeys(silent, "fell silent"))

    def _left(self, message: Refuse) -> list[Outgoing]:
        """Let a member go where its contract does, hold it to it where not."""
        contract = self._contracts.get(message.member)
        if contract is None or contract.override:
            return self._leave_out({message.member: f"left: {message.reason}"})
        found = f"{message.member} would leave the agreement ({message.reason})"
        clause = Breach(message.member, "override", found, "no leaving")
        return [Outgoing((message.member,), HoldToContract(self._conversation, str(clause)))]

    def _fault(self, message: Propose | Confirm) -> str:
        """What is wrong with an answer, in words; empty where nothing is."""
        asked = isinstance(self.turns.request, Ask)
        if asked != isinstance(message, Propose):
            return "answered something else than was asked"
        net = message.net_units
        if net is None:
            return ""
        steps = self._terms.suppliers.import_price_per_kwh.shape[1]
        if net.shape != (steps,) or net.dtype != np.int64:
            return f"sent a load that is not {steps} whole numbers"
        most = self._terms.most_kw * self._terms.step_hours / UNIT_KWH
        if np.abs(net).max(initial=0) > most:
            return f"sent a load beyond {self._terms.most_kw:g} kW"
        return ""

    def _go_on(self) -> list[Outgoing]:
        """Everybody has answered: hear it, and ask what comes next."""
        request = self.turns.request
        if isinstance(request, Ask):
            self.turns.heard(self._sums())
        elif isinstance(request, Settle):
            self._draw = request.draw
            self.turns.settled()
        elif isinstance(request, Close):
            confirmed = [answer for answer in self._answers.values() if isinstance(answer, Confirm)]
            bound = {a.member: a.net_units for a in confirmed if a.net_units is not None}
            self._bound_units[self._draw :] = [bound]
            self.turns.closed(refused=any(answer.refuses for answer in confirmed))
        return self._next()

    def _sums(self) -> RoundSums:
        """Sums by class, in whole units."""
        shape = self._terms.suppliers.import_price_per_kwh.shape
        drawn, fed_in = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        beside = bound = 0
        for name, answer in self._answers.items():
            if isinstance(answer, Propose):
                drawn[self._class_of[name]] += np.maximum(answer.net_units, 0)
                fed_in[self._class_of[name]] += np.maximum(-answer.net_units, 0)
                beside += answer.beside_units
                bound += answer.bound_units
        if is_one_price(self._terms.suppliers, self._terms.charges, self._terms.requested):
            net = drawn - fed_in
            drawn, fed_in = np.maximum(net, 0), np.maximum(-net, 0)
        return RoundSums(
            beside * UNIT_MONEY,
            np.asarray(drawn * UNIT_KWH, dtype=float),
            np.asarray(fed_in * UNIT_KWH, dtype=float),
            bound * UNIT_MONEY,
        )

    def _leave_out(self, reasons: Mapping[str, str]) -> list[Outgoing]:
        """Begin anew without some, from the price that stands: sums that they were in cannot be used."""
        self.left_out |= reasons
        for name in reasons:
            del self._class_of[name]
        if not self._class_of:
            return []
        self._epoch += 1
        self._bound_units, self._draw = [], 0
        self.turns = self._turns(self.turns.standing_price_per_kwh)
        return self._next()

    def _next(self) -> list[Outgoing]:
        self._turn += 1
        self._answers, self._reminders = {}, 0
        return self._call(self.members)

    def _call(self, receivers: Sequence[str]) -> list[Outgoing]:
        return [Outgoing(tuple(receivers), self._message())]

    def _message(self) -> FromAggregator:
        request, head = self.turns.request, (self._conversation, self._epoch, self._turn)
        if isinstance(request, Ask):
            return CallForProposals(*head, request.stage, request.number, request.price_per_kwh, request.kept)
        if isinstance(request, Settle):
            return DrawWholes(*head, request.draw, request.numbers, request.weights, self._terms.seed)
        if isinstance(request, Close):
            return AcceptProposal(*head, request.numbers, request.weights)
        return InformAgreement(*head, request.price_per_kwh, request.draw)

    def _turns(self, start_per_kwh: FloatArray | None) -> Turns:
        terms = self._terms
        return Turns(terms.suppliers, terms.charges, terms.budget, start_per_kwh, requested=terms.requested)

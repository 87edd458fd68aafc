"""The aggregator's side of a negotiation, message by message: no clock, no sockets, no knowledge of the carriage.

Messages may come late, twice, out of order, or not at all. A member that stays silent through its reminders, or answers
nonsense, is left out: the others begin anew from the price that stands, and it keeps to its plan of use case 1. So does one
whose contract allows no further call today, or that leaves where its contract allows that.

Under masks the aggregator sees sums of answers alone: members announce keys and are seated, then every question is a round of
``secure_sum``. A class of suppliers of which too few are left for a sum is left out as a whole, for nobody who was promised
masks answers without.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.community.answers import AnswerForm, RowSum, round_sums
from mas2tering.community.calling import call_of, seats
from mas2tering.community.calls import Calls
from mas2tering.community.course import Course, OwnCourse, Subject
from mas2tering.community.hearing import (
    answer_to,
    fault_of_load,
    learned_of,
    plain_sums,
    too_few,
)
from mas2tering.community.masked_rounds import MaskedRounds, mark_of
from mas2tering.community.secure_sum.keys import RandomBytes
from mas2tering.community.secure_sum.messages import RefusedError
from mas2tering.community.turns import Ask, Close, Done, Recall, Settle, Weigh, is_one_price
from mas2tering.domain.contract_breaches import Breach
from mas2tering.domain.contracts import AggregationContract
from mas2tering.domain.negotiation import (
    AnnounceKey,
    Answer,
    Call,
    CallForKey,
    CallForUnmasking,
    CallToPropose,
    Commit,
    Confirm,
    FromAggregator,
    FromMember,
    HoldToContract,
    InformLimits,
    IntArray,
    Propose,
    ProposeMasked,
    Refuse,
    Seat,
    Unmask,
)

_REMINDERS = 2


@dataclass(frozen=True)
class Outgoing:
    """A message and to whom it goes."""

    receivers: tuple[str, ...]
    message: FromAggregator


class Aggregator:
    """Negotiates with members, each in a class of suppliers.

    A member without one of the ``contracts`` may be called at will, and leave at will. ``calls`` are those made before
    on the day. With ``masks``, random bytes for the seating of members, all answers are summed under masks; it was said so to
    members when they joined. Without, their answers are seen.

    Where the subject has limits, each member is told its own weights first. Where a ``course`` is given, that says what is
    asked; without one the aggregator negotiates by itself.

    ``left_out`` says why, by member; ``failed`` why there is no agreement at all, ``unheard`` who did not say in the end to
    which plan it is bound.
    """

    def __init__(
        self,
        conversation: str,
        class_of: Mapping[str, int],
        terms: Subject,
        *,
        contracts: Mapping[str, AggregationContract] | None = None,
        calls: Calls | None = None,
        masks: RandomBytes | None = None,
        course: Course | None = None,
    ) -> None:
        self._conversation, self._terms, self._random = conversation, terms, masks
        self._contracts = dict(contracts or {})
        self._calls = Calls.of(self._contracts) if calls is None else calls
        self._form = AnswerForm(
            terms.suppliers.import_price_per_kwh.shape[1],
            terms.most_kw * terms.step_hours,
            is_one_price(terms.suppliers, terms.charges, terms.requested),
            0 if terms.limits is None else terms.limits.limits.rows,
        )
        refused = {name: self._calls.refusal(name) for name in class_of}
        self.left_out = {name: str(breach) for name, breach in refused.items() if breach is not None}
        self._class_of = {name: k for name, k in class_of.items() if name not in self.left_out}
        self.failed = ""
        self.unheard: tuple[str, ...] = ()
        self.bound_units: dict[str, IntArray] = {}
        self.rounds = 0
        self._epoch, self._turn, self._exchange, self._set_ups = 0, -1, 0, 0
        self._told_limits = terms.limits is None
        self._masked: MaskedRounds | None = None
        self._is_seated = False
        self._asked: dict[str, Call] = {}
        self._answers: dict[str, Answer] = {}
        self._awaited: set[str] = set()
        self._mute: set[str] = set()
        self._reminders = 0
        self._leave_out_classes_of_few()
        self.course = OwnCourse(terms, self.members) if course is None else course

    @property
    def members(self) -> tuple[str, ...]:
        """Who takes part, in order of names."""
        return tuple(sorted(self._class_of))

    @property
    def is_agreed(self) -> bool:
        """Whether all is agreed."""
        return isinstance(self.course.request, Done)

    @property
    def is_over(self) -> bool:
        """Whether all is agreed and everybody has said to what it is bound, or nothing will be agreed."""
        return bool(self.failed) or not self._class_of or (self.is_agreed and not self._awaited)

    @property
    def calls(self) -> Calls:
        """The calls of the day, with this one once all is agreed."""
        return self._calls.after(self.members) if self.is_agreed else self._calls

    @property
    def learned(self) -> str:
        """What the aggregator has learned of members, in words."""
        is_masked, again = self._random is not None, self._epoch > 0
        return learned_of(self.rounds, len(self.bound_units), is_masked=is_masked, began_anew=again)

    @property
    def counted_as(self) -> dict[str, str]:
        """As what the loads of those left out count in the limits, in words."""
        limits = self._terms.limits
        return {} if limits is None else {name: limits.known[name].words for name in self.left_out}

    def start(self) -> list[Outgoing]:
        """The first call; later on, what is asked of those who have not answered."""
        if self._turn >= 0:
            return self._call(sorted(self._awaited))
        return self._next() if self._class_of else []

    def proceed(self) -> list[Outgoing]:
        """Ask what a course of somebody else asks by now, unless something is still being asked."""
        return [] if self._awaited or not self._class_of else self._next()

    def begin_anew(self) -> list[Outgoing]:
        """All that was said is forgotten; the same members are asked what the course says."""
        self._epoch += 1
        if not self._is_seated:
            self._masked = None
        return self._next() if self._class_of else []

    def receive(self, message: FromMember) -> list[Outgoing]:
        """Take a message; what is to be sent because of it."""
        if self.is_over or message.conversation != self._conversation or message.member not in self._class_of:
            return []
        if isinstance(message, Refuse):
            # What is agreed binds.
            return [] if self.is_agreed else self._left(message)
        if not self._is_asked_for(message):
            return []
        fault = self._fault(message)
        if fault:
            return [] if self.is_agreed else self._leave_out({message.member: fault})
        self._answers[message.member] = message
        self._awaited.discard(message.member)
        return [] if self._awaited else self._go_on()

    def deadline(self) -> list[Outgoing]:
        """Time is up for the request at hand: remind the silent, or do without them."""
        silent = sorted(self._awaited)
        if self.is_over or not silent:
            return []
        if self._reminders < _REMINDERS:
            self._reminders += 1
            return self._call(silent)
        if self.is_agreed:
            self.unheard = tuple(silent)
            self._awaited.clear()
            return []
        if self._exchange:
            self._mute |= self._awaited
            return self._unmask()
        return self._leave_out(dict.fromkeys(silent, "fell silent"))

    def _left(self, message: Refuse) -> list[Outgoing]:
        """Let a member go where its contract does, hold it to it where not."""
        contract = self._contracts.get(message.member)
        if contract is None or contract.override:
            return self._leave_out({message.member: f"left: {message.reason}"})
        found = f"{message.member} would leave the agreement ({message.reason})"
        clause = Breach(message.member, "override", found, "no leaving")
        return [Outgoing((message.member,), HoldToContract(self._conversation, str(clause)))]

    def _is_asked_for(self, message: Answer) -> bool:
        """Whether this is the first answer to the request at hand; others are late, early or repeated."""
        if (message.epoch, message.turn) != (self._epoch, self._turn) or message.member not in self._awaited:
            return False
        if self._exchange:
            return isinstance(message, Unmask) and message.exchange == self._exchange
        return True

    def _fault(self, message: Answer) -> str:
        """What is wrong with an answer, in words; empty where nothing is."""
        if not isinstance(
            message, answer_to(self._asked[message.member], is_masked=self._random is not None)
        ):
            return "answered something else than was asked"
        if isinstance(message, Propose | Commit):
            limits = message.limit_units if isinstance(message, Propose) else None
            return fault_of_load(self._form, self._terms.most_kw, message.net_units, limits)
        try:
            self._take_under_masks(message)
        except RefusedError as refused:
            return str(refused)
        return ""

    def _take_under_masks(self, message: Answer) -> None:
        """Hand on what is about masks; raises RefusedError."""
        if self._masked is None:
            return
        if isinstance(message, AnnounceKey):
            self._masked.receive_key(message.member, message.announcement)
        elif isinstance(message, ProposeMasked):
            self._masked.receive(message.member, message.masked)
        elif isinstance(message, Unmask):
            self._masked.receive(message.member, message.given)

    def _go_on(self) -> list[Outgoing]:
        """Everybody has answered: hear it, and ask what comes next."""
        request = self.course.request
        if any(isinstance(call, InformLimits) for call in self._asked.values()):
            self._told_limits = True
            return self._next()
        if self._masked is not None and not self._is_seated:
            return self._go_on_to_seats(self._masked)
        if isinstance(request, Ask | Recall | Weigh):
            return (
                self._unmask()
                if self._masked is not None
                else self._hear(plain_sums(self._form, self._class_of, self._answers.values()))
            )
        if isinstance(request, Settle):
            self.course.settled()
        elif isinstance(request, Close):
            confirmed = [answer for answer in self._answers.values() if isinstance(answer, Confirm)]
            self.course.closed(refused=any(answer.refuses for answer in confirmed))
        else:
            told = [answer for answer in self._answers.values() if isinstance(answer, Commit)]
            self.bound_units = {answer.member: answer.net_units for answer in told}
            return []
        return self._next()

    def _go_on_to_seats(self, masked: MaskedRounds) -> list[Outgoing]:
        """From keys to seats, and from seats to the first question."""
        if any(isinstance(call, Seat) for call in self._asked.values()):
            self._is_seated = True
        elif self._random is not None:
            masked.seat(self._random)
        return self._next()

    def _unmask(self) -> list[Outgoing]:
        """Ask for what is still needed to take off masks, or hear the sum."""
        if self._masked is None:
            raise AssertionError("only masked rounds are unmasked")
        calls = self._masked.proceed()
        failure = self._masked.failure
        if failure:
            return self._leave_out(dict.fromkeys(sorted(self._mute), f"fell silent: {failure}"))
        if calls:
            self._exchange += 1
            head = (self._conversation, self._epoch, self._turn, self._exchange)
            return self._ask({name: CallForUnmasking(*head, asked) for name, asked in calls.items()})
        fault = self._masked.fault()
        if fault:
            # Under masks nobody can say whose fault it is.
            self.failed = f"the members' answers sum to {fault}; all keep to their plans of use case 1"
            return []
        return self._hear(self._masked.sums())

    def _hear(self, sums: Mapping[int, RowSum]) -> list[Outgoing]:
        """Take the sums of a round; rows of which nobody is left sum to nothing."""
        none = np.zeros(self._form.steps, np.int64)
        nothing = RowSum(none, none, 0, 0, np.zeros(self._form.limits, np.int64))
        rows = range(len(self._terms.suppliers.import_price_per_kwh))
        found = round_sums([sums.get(row, nothing) for row in rows])
        self.rounds += 1
        self.course.summed(found)
        return self._next()

    def _leave_out(self, reasons: Mapping[str, str]) -> list[Outgoing]:
        """Begin anew without some, from the price that stands: sums that they were in cannot be used."""
        self.left_out |= reasons
        for name in reasons:
            del self._class_of[name]
        self._leave_out_classes_of_few()
        if not self._class_of:
            return []
        self._epoch += 1
        self.course.begin_anew(self.members)
        if self._masked is not None and not (self._is_seated and self._masked.hold(self.members)):
            self._masked, self._is_seated = None, False
        return self._next()

    def _leave_out_classes_of_few(self) -> None:
        """Under masks nobody answers for whom there is no sum."""
        if self._random is None:
            return
        for name, why in too_few(self._class_of).items():
            self.left_out[name] = why
            del self._class_of[name]

    def _next(self) -> list[Outgoing]:
        self._turn += 1
        self._exchange, self._answers, self._mute = 0, {}, set()
        return self._ask(self._questions())

    def _ask(self, calls: Mapping[str, Call]) -> list[Outgoing]:
        self._asked, self._awaited, self._reminders = dict(calls), set(calls), 0
        return self._call(sorted(calls))

    def _call(self, receivers: Iterable[str]) -> list[Outgoing]:
        """What is asked of each; the same message goes to many at once."""
        alike: dict[int, list[str]] = {}
        for name in receivers:
            alike.setdefault(id(self._asked[name]), []).append(name)
        return [Outgoing(tuple(names), self._asked[names[0]]) for names in alike.values()]

    def _questions(self) -> dict[str, Call]:
        """What comes next, for each member."""
        head, members = (self._conversation, self._epoch, self._turn), self.members
        limits = self._terms.limits
        if limits is not None and not self._told_limits:
            step = limits.limits.step
            return {name: InformLimits(*head, step, limits.weights_of(name)) for name in members}
        if self._random is not None and self._masked is None:
            self._set_ups += 1
            self._masked = MaskedRounds(
                mark_of(self._conversation, self._set_ups), self._class_of, self._form
            )
            return dict.fromkeys(members, CallForKey(*head, self._masked.mark))
        if self._masked is not None and not self._is_seated:
            return seats(head, self._masked, members, self._form.largest_kwh)
        call = call_of(head, self.course, self._terms.seed)
        if call is None:
            return {}
        if self._masked is None or not isinstance(call, CallToPropose):
            return dict.fromkeys(members, call)
        masks = self._masked.begin(self._turn, members)
        return {name: replace(call, masks=own) for name, own in masks.items()}

"""A box whose answers leave it under masks only: the home's side of a negotiation, and the member's side of secure sums.

The home answers as it always does; what it proposes is masked on its way out. It never answers in plain, whatever it is asked.
"""

import numpy as np

from mas2tering.community.answers import AnswerForm
from mas2tering.community.secure_sum.fixed_point import OutOfRangeError
from mas2tering.community.secure_sum.keys import MemberKeys, RandomBytes, UnusableKeyError
from mas2tering.community.secure_sum.member import Member as MaskingMember
from mas2tering.community.secure_sum.messages import (
    Announcement,
    Neighbourhood,
    PairMasksCall,
    RefusedError,
    RoundCall,
    SharesCall,
    Terms,
)
from mas2tering.domain.negotiation import (
    AnnounceKey,
    CallForKey,
    CallForUnmasking,
    CallToPropose,
    Confirm,
    FromAggregator,
    FromMember,
    Propose,
    ProposeMasked,
    Refuse,
    Seat,
    Unmask,
)
from mas2tering.home.respond.member import Member


class MaskedMember:
    """``home`` under masks. ``steps`` and ``one_price`` are said when it joins; ``random`` gives the bytes of its keys."""

    def __init__(self, home: Member, random: RandomBytes, *, steps: int, one_price: bool) -> None:
        self.home, self._random = home, random
        self._steps, self._one_price = steps, one_price
        self._mark = b""
        self._keys: MemberKeys | None = None
        self._seat: tuple[AnswerForm, Terms, MaskingMember] | None = None
        self._turn = -1
        self._said: FromMember | None = None

    def receive(self, message: FromAggregator) -> FromMember | None:
        """Answer a message; the same message again gets the same answer, one of an older turn gets none.

        What would show more than a sum is refused, and the member leaves with the reason.
        """
        try:
            return self._answer(message)
        except (RefusedError, UnusableKeyError, OutOfRangeError) as error:
            return Refuse(message.conversation, self.home.name, str(error))

    def _answer(self, message: FromAggregator) -> FromMember | None:
        if isinstance(message, CallForKey):
            return self._announce(message)
        if isinstance(message, Seat):
            return self._sit_down(message)
        if isinstance(message, CallForUnmasking):
            return self._unmask(message)
        if isinstance(message, CallToPropose):
            return self._propose(message)
        return self.home.receive(message)

    def _announce(self, asked: CallForKey) -> AnnounceKey | None:
        if asked.turn < self._turn:
            return None
        if self._keys is None or asked.mark != self._mark:
            # Keys of their own for each set-up: no mask can come twice.
            self._mark, self._keys, self._seat = asked.mark, MemberKeys.create(self._random), None
        self._turn = asked.turn
        announced = Announcement(self._keys.public).encode(self._mark)
        return AnnounceKey(asked.conversation, asked.epoch, asked.turn, self.home.name, announced)

    def _sit_down(self, told: Seat) -> Confirm | None:
        if self._keys is None or told.mark != self._mark or told.turn < self._turn:
            return None
        if self._seat is None:
            form = AnswerForm(self._steps, told.largest_kwh, self._one_price, self.home.limits)
            terms = Terms(told.mark, told.members, form.layout(told.members))
            neighbourhood = Neighbourhood.decode(told.neighbourhood, terms)
            self._seat = form, terms, MaskingMember(terms, self._keys, neighbourhood)
        self._turn = told.turn
        return Confirm(told.conversation, told.epoch, told.turn, self.home.name)

    def _propose(self, asked: CallToPropose) -> FromMember | None:
        if asked.turn < self._turn:
            return None
        if asked.turn == self._turn:
            return self._said
        if self._seat is None or asked.masks is None:
            raise RefusedError("found a call to propose without masks; expected one with them, as was agreed")
        form, terms, masking = self._seat
        call = RoundCall.decode(asked.masks, terms)
        if call.round_number != asked.turn:
            raise RefusedError(f"found masks of round {call.round_number} in turn {asked.turn}")
        proposed = self.home.receive(asked)
        if not isinstance(proposed, Propose):
            return proposed
        self._turn = asked.turn
        beside, bound = (np.array(said, np.int64) for said in (proposed.beside_units, proposed.bound_units))
        vector = terms.layout.words(form.parts(proposed.net_units, beside, bound, proposed.limit_units))
        masked = masking.mask(call, vector).encode(terms)
        self._said = ProposeMasked(asked.conversation, asked.epoch, asked.turn, self.home.name, masked)
        return self._said

    def _unmask(self, asked: CallForUnmasking) -> Unmask | None:
        if self._seat is None or asked.turn != self._turn:
            return None
        _, terms, masking = self._seat
        given = self._given(asked.asked, terms, masking)
        return Unmask(asked.conversation, asked.epoch, asked.turn, asked.exchange, self.home.name, given)

    @staticmethod
    def _given(asked: bytes, terms: Terms, masking: MaskingMember) -> bytes:
        if asked[:1] == bytes([SharesCall.kind]):
            return masking.shares(SharesCall.decode(asked, terms)).encode(terms)
        return masking.pair_masks(PairMasksCall.decode(asked, terms)).encode(terms)

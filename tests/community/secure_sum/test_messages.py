"""Messages: there and back, refused with a reason when tampered, replayed or out of turn, and as short as promised."""

import numpy as np
import pytest
from exchange import MARK, Exchange, set_up, vectors
from hypothesis import given
from hypothesis import strategies as st

from mas2tering.community.secure_sum.fixed_point import Field, FixedPoint, Layout
from mas2tering.community.secure_sum.keys import MemberKeys, UnusableKeyError
from mas2tering.community.secure_sum.member import Member
from mas2tering.community.secure_sum.messages import (
    HEADER_BYTES,
    Announcement,
    MaskedVector,
    Neighbourhood,
    PairMasks,
    PairMasksCall,
    RefusedError,
    RoundCall,
    Shares,
    SharesCall,
    Terms,
)
from mas2tering.community.secure_sum.setup import Setup
from mas2tering.community.secure_sum.summation import Summation

EXCHANGE = set_up(12)
TERMS = EXCHANGE.group.terms
DEGREE = TERMS.ring.degree
SOME = tuple(k % 3 == 0 for k in range(DEGREE))
MESSAGES = [
    Neighbourhood(0, 3, tuple(bytes([k]) * 32 for k in range(DEGREE))),
    RoundCall(2, 3, SOME),
    MaskedVector(2, 3, bytes(range(TERMS.corrections_bytes)), b"\x07" * TERMS.layout.bytes),
    PairMasksCall(2, 3, SOME),
    PairMasks(2, 3, SOME, b"\x08" * TERMS.layout.bytes),
    SharesCall(2, 3, (True,) * DEGREE, SOME),
    Shares(2, 3, SOME, b"\x09" * 16 * sum(SOME)),
]
KINDS = [type(message) for message in MESSAGES]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.what)
def test_a_message_comes_back_as_it_was_and_every_other_length_or_kind_is_refused(message):
    data = message.encode(TERMS)
    assert type(message).decode(data, TERMS) == message
    for wrong in (data[:-1], data + b"\0", data[: HEADER_BYTES - 1], b""):
        with pytest.raises(RefusedError, match=r"expected (at least )?\d+"):
            type(message).decode(wrong, TERMS)
    for kind in KINDS:
        if kind is not type(message):
            with pytest.raises(RefusedError, match=f"expected {kind.what}"):
                kind.decode(data, TERMS)
    with pytest.raises(RefusedError, match="another negotiation"):
        type(message).decode(data, Terms(b"day2", TERMS.members, TERMS.layout))
    with pytest.raises(RefusedError, match="expected one of 12"):
        type(message).decode(data[:9] + (12).to_bytes(4, "little") + data[13:], TERMS)


@given(kind=st.sampled_from(KINDS), data=st.binary(max_size=400))
def test_anything_else_is_refused_and_nothing_else_happens(kind, data):
    try:
        message = kind.decode(data, TERMS)
    except RefusedError:
        return
    assert message.encode(TERMS) == data


def test_a_flag_for_a_neighbour_that_there_is_not_is_refused():
    exchange = set_up(7)
    terms = exchange.group.terms
    assert terms.ring.degree == 6
    data = bytearray(RoundCall(1, 0, (True,) * 6).encode(terms))
    data[-1] |= 0x40
    with pytest.raises(RefusedError, match="a neighbour that there is not"):
        RoundCall.decode(bytes(data), terms)


def opened_round(exchange: Exchange, number: int = 1) -> tuple[Summation, dict[str, bytes]]:
    """A round whose vectors are on their way."""
    values = vectors(exchange.group.terms.members, 1)
    summation = Summation(exchange.group, number, exchange.group.names)
    sent = {name: exchange.answer(name, call, values) for name, call in summation.start().items()}
    return summation, sent


@pytest.mark.parametrize("at", range(HEADER_BYTES))
@pytest.mark.parametrize("bit", [0, 7])
def test_no_bit_of_a_message_s_beginning_can_be_changed(at, bit):
    summation, sent = opened_round(set_up(6))
    data = bytearray(sent["home 0"])
    data[at] ^= 1 << bit
    with pytest.raises(RefusedError):
        summation.receive("home 0", bytes(data))
    summation.receive("home 0", sent["home 0"])


def test_the_aggregator_refuses_what_is_repeated_replayed_out_of_turn_or_of_strangers():
    exchange = set_up(6)
    old, first = opened_round(exchange, 1)
    summation, sent = opened_round(exchange, 2)
    summation.receive("home 0", sent["home 0"])
    with pytest.raises(RefusedError, match="home 0 has answered already"):
        summation.receive("home 0", sent["home 0"])
    with pytest.raises(RefusedError, match="found round 1; expected 2"):
        summation.receive("home 1", first["home 1"])
    with pytest.raises(RefusedError, match="in a message of home 1, who has"):
        summation.receive("home 1", sent["home 2"])
    with pytest.raises(RefusedError, match="no member of this group"):
        summation.receive("a stranger", sent["home 2"])
    for name in ("home 1", "home 2", "home 3", "home 4", "home 5"):
        summation.receive(name, sent[name])
    calls = summation.proceed()
    with pytest.raises(RefusedError, match="expected shares"):
        summation.receive("home 1", sent["home 1"])
    values = vectors(6, 1)
    shares = {name: exchange.answer(name, call, values) for name, call in calls.items()}
    message = Shares.decode(shares["home 1"], exchange.group.terms)
    assert any(message.wanted)
    fewer = Shares(2, message.slot, (False,) * len(message.wanted), b"")
    with pytest.raises(RefusedError, match="for other neighbours than were asked for"):
        summation.receive("home 1", fewer.encode(exchange.group.terms))
    for name, data in shares.items():
        summation.receive(name, data)
    assert summation.proceed() == {}
    with pytest.raises(RefusedError, match="round 2 is over"):
        summation.receive("home 1", shares["home 1"])
    assert old.result() != summation.result()


def test_a_member_that_is_not_called_is_not_heard():
    exchange = set_up(7)
    summation = Summation(exchange.group, 1, [n for n in exchange.group.names if n != "home 3"])
    flags = summation.start()["home 1"]
    slot = exchange.group.slots["home 3"]
    data = exchange.answer("home 3", RoundCall(1, slot, (True,) * 6), vectors(7, 1))
    assert not all(flags.taking_part)
    with pytest.raises(RefusedError, match="was not asked"):
        summation.receive("home 3", data)


def test_keys_are_announced_once_each_and_are_no_other_member_s():
    random = np.random.default_rng(1).bytes
    setup = Setup(MARK, TERMS.layout)
    mine, other = MemberKeys.create(random), MemberKeys.create(random)
    data = Announcement(mine.public).encode(MARK)
    setup.receive("home 0", data)
    with pytest.raises(RefusedError, match="has announced a key already"):
        setup.receive("home 0", Announcement(other.public).encode(MARK))
    with pytest.raises(RefusedError, match="another member's key"):
        setup.receive("home 1", data)
    for wrong in (data[:-1], b"\x02" + data[1:], Announcement(other.public).encode(b"day2")):
        with pytest.raises(RefusedError, match="announcement"):
            setup.receive("home 1", wrong)
    with pytest.raises(ValueError, match="group of 1 members"):
        setup.group(random)


def test_a_neighbour_s_key_that_is_one_s_own_twice_there_or_worthless_is_refused():
    keys = MemberKeys.create(np.random.default_rng(1).bytes)
    others = tuple(MemberKeys.create(np.random.default_rng(k).bytes).public for k in range(2, 2 + DEGREE))
    Member(TERMS, keys, Neighbourhood(0, 0, others))
    for wrong in ((keys.public, *others[1:]), (others[1], *others[1:])):
        with pytest.raises(RefusedError, match="one public key twice"):
            Member(TERMS, keys, Neighbourhood(0, 0, wrong))
    with pytest.raises(UnusableKeyError, match="no secret can be agreed"):
        Member(TERMS, keys, Neighbourhood(0, 0, (bytes(32), *others[1:])))


@pytest.mark.parametrize(("members", "resolution", "at_most"), [(184, 0.001, 1024), (10_000, 0.002, 1400)])
def test_a_round_takes_about_a_kilobyte_and_less_than_twice_the_plain_exchange(members, resolution, at_most):
    power = Field("power_kw", 2 * 96, FixedPoint(members, 20.0, resolution))
    terms = Terms(MARK, members, Layout((power, Field("cost", 4, FixedPoint(members, 1e4, 1e-6)))))
    ring = terms.ring
    flags = (True,) * ring.degree
    wanted = tuple(k < ring.threshold for k in range(ring.degree))
    plain = HEADER_BYTES + terms.layout.bytes
    vector = MaskedVector(1, 0, bytes(terms.corrections_bytes), bytes(terms.layout.bytes))
    up = len(vector.encode(terms)) + len(Shares(1, 0, wanted, bytes(16 * ring.threshold)).encode(terms))
    down = len(RoundCall(1, 0, flags).encode(terms)) + len(SharesCall(1, 0, flags, wanted).encode(terms))
    assert up <= min(at_most, 2 * plain)
    assert down <= 64

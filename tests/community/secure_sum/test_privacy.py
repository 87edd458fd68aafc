"""What the aggregator sees tells it nothing but the sum: not with everybody there, not of those who fall silent, not by asking twice."""

import numpy as np
import pytest
from exchange import Exchange, set_up, vectors

from mas2tering.community.secure_sum.fixed_point import Words
from mas2tering.community.secure_sum.keys import SHARES_BYTES, own_mask
from mas2tering.community.secure_sum.member import Member
from mas2tering.community.secure_sum.messages import (
    MaskedVector,
    PairMasks,
    PairMasksCall,
    RefusedError,
    RoundCall,
    Shares,
    SharesCall,
)
from mas2tering.community.secure_sum.shares import interpolated
from mas2tering.community.secure_sum.summation import Stage, Sum


def masked(exchange: Exchange, name: str, round_number: int, values) -> np.ndarray:
    """The payload of one member's masked vector, everybody taking part."""
    flags = (True,) * exchange.group.terms.ring.degree
    call = RoundCall(round_number, exchange.group.slots[name], flags)
    data = exchange.answer(name, call, values)
    return np.frombuffer(MaskedVector.decode(data, exchange.group.terms).payload, np.uint8)


def looks_random(data: np.ndarray) -> bool:
    """Whether all values of a byte are as frequent: chi squared of 255 degrees of freedom within six deviations."""
    counts = np.bincount(data, minlength=256)
    expected = len(data) / 256
    chi_squared = ((counts - expected) ** 2 / expected).sum()
    return abs(chi_squared - 255) < 6 * np.sqrt(2 * 255)


def test_a_masked_vector_looks_random_whatever_is_in_it_and_differs_round_by_round():
    exchange = set_up(12, power_values=20_000)
    nothing = {"cost": np.zeros((12, 2)), "power_kw": np.zeros((12, 20_000))}
    plain = exchange.group.terms.layout.packed(exchange.vector("home 0", nothing))
    assert not looks_random(plain)
    first, second = (masked(exchange, "home 0", number, nothing) for number in (1, 2))
    for data in (first, second, first - second):
        assert looks_random(data)
    # Two members' masks have nothing in common that a difference would show.
    assert looks_random(first - masked(exchange, "home 1", 1, nothing))


class _Shifted:
    """A pair's stream with another mask in one round: as likely as the true one, to whoever does not have the key."""

    def __init__(self, stream, layout, shift: Words) -> None:
        self._stream, self._layout, self._shift = stream, layout, shift

    def seek(self, round_number: int) -> None:
        self._stream.seek(round_number)

    def write_on(self, zeros: bytes, out: memoryview) -> None:
        self._stream.write_on(zeros, out)
        self._layout.cut(np.frombuffer(out, np.uint8)[SHARES_BYTES:]).add(self._shift)


@pytest.mark.parametrize("silent", [frozenset(), frozenset({"home 7", "home 8"})])
def test_with_other_masks_the_same_view_belongs_to_other_vectors_of_the_same_sum(silent):
    """Perfect hiding given random masks: to every other pair of vectors with the sum there are masks with the same bytes."""
    views = []
    for move in (False, True):
        exchange = set_up(12)
        group, values = exchange.group, vectors(12, 1)
        first, second = group.slots["home 1"], group.slots["home 2"]
        assert second in group.terms.ring.neighbours(first)
        if move:
            shift = {"cost": np.full(2, 123.0), "power_kw": np.full(6, 1.5)}
            values = {name: np.clip(rows, -5.0, 5.0) for name, rows in values.items()}
            sign = 1 if first < second else -1
            for name in values:
                values[name][first] -= sign * shift[name]
                values[name][second] += sign * shift[name]
            words = exchange.words(shift)
            for here, there in ((first, second), (second, first)):
                member = exchange.members[group.names[here]]
                index = group.terms.ring.neighbours(here).index(there)
                streams = list(member._streams)
                streams[index] = _Shifted(streams[index], group.terms.layout, words)
                member._streams = tuple(streams)
        else:
            values = {name: np.clip(rows, -5.0, 5.0) for name, rows in values.items()}
        result = exchange.run(1, values, {Stage.VECTORS: silent})
        assert isinstance(result, Sum)
        views.append(exchange.transcript)
    assert views[0] == views[1]


def test_another_vector_changes_nothing_in_the_view_but_that_member_s_payload():
    views = []
    for extra in (0.0, 1.0):
        exchange = set_up(12)
        values = vectors(12, 1)
        values["power_kw"][:] = 0.0
        values["power_kw"][exchange.group.slots["home 4"]] = extra
        exchange.run(1, values, {Stage.VECTORS: {"home 9"}})
        views.append(exchange.transcript)
    changed = [name for (name, data), (_, other) in zip(views[0], views[1], strict=True) if data != other]
    assert changed == ["home 4"]
    assert [(name, len(data)) for name, data in views[0]] == [(name, len(data)) for name, data in views[1]]


def given_masks(exchange: Exchange, target: str) -> Words:
    """The sum of all masks that neighbours of a member have given away for it, from the aggregator's transcript."""
    group = exchange.group
    layout = group.terms.layout
    total = layout.zeros()
    for _, data in exchange.transcript:
        if data[0] == PairMasks.kind:
            message = PairMasks.decode(data, group.terms)
            names = [group.names[k] for k in group.terms.ring.neighbours(message.slot)]
            silent = [name for name, flag in zip(names, message.silent, strict=True) if flag]
            assert silent == [target]
            total.add(layout.unpacked(np.frombuffer(message.payload, np.uint8)))
    return total


def test_the_late_vector_of_a_member_that_was_left_out_stays_unreadable():
    exchange = set_up(12)
    layout = exchange.group.terms.layout
    values = vectors(12, 1)
    result = exchange.run(1, values, {Stage.VECTORS: {"home 5"}})
    assert isinstance(result, Sum)
    assert result.left_out == ("home 5",)
    # The member did send it, late: anew, from a member that has the same keys.
    again = set_up(12)
    late = MaskedVector.decode(
        again.answer("home 5", RoundCall(1, exchange.group.slots["home 5"], (True,) * 8), values),
        exchange.group.terms,
    )
    bare = layout.unpacked(np.frombuffer(late.payload, np.uint8))
    # What neighbours added the late one subtracted, and the other way round.
    bare.add(given_masks(exchange, "home 5"))
    truth = exchange.vector("home 5", values)
    assert not np.any(layout.packed(bare).reshape(-1, 1)[:4] == layout.packed(truth)[:4])
    # Only its own mask is left on it, which only shares that nobody gives would open.
    member = again.members["home 5"]
    ring = exchange.group.terms.ring
    mine = member._shares(member._drawn(1), of_own_secret=True)[: ring.threshold]
    secret = interpolated(mine, tuple(range(1, ring.threshold + 1)), (0,))[0]
    own = own_mask(secret.tobytes(), layout.stream_bytes)
    bare.subtract(layout.cut(np.frombuffer(own, np.uint8)))
    assert np.array_equal(layout.packed(bare), layout.packed(truth))
    slot = exchange.group.slots["home 5"]
    for _, data in exchange.transcript:
        if data[0] == Shares.kind:
            shares = Shares.decode(data, exchange.group.terms)
            near = ring.neighbours(shares.slot)
            assert not any(flag for other, flag in zip(near, shares.wanted, strict=True) if other == slot)


def started() -> tuple[Exchange, Member, int]:
    """A member that has masked its vector of round 3."""
    exchange = set_up(20)
    name = exchange.group.names[0]
    masked(exchange, name, 3, vectors(20, 1))
    return exchange, exchange.members[name], exchange.group.terms.ring.degree


def flags(degree: int, *chosen: int):
    return tuple(k in chosen for k in range(degree))


def test_of_one_neighbour_a_member_gives_the_common_mask_or_the_share_never_both():
    _, member, degree = started()
    everybody = (True,) * degree
    member.pair_masks(PairMasksCall(3, 0, flags(degree, 2)))
    with pytest.raises(RefusedError, match="to be in the sum or to have been reported silent"):
        member.shares(SharesCall(3, 0, everybody, flags(degree, 2)))
    rest = tuple(k != 2 for k in range(degree))
    with pytest.raises(RefusedError, match="not in the sum"):
        member.shares(SharesCall(3, 0, rest, flags(degree, 2)))
    member.shares(SharesCall(3, 0, rest, flags(degree, 1)))
    with pytest.raises(RefusedError, match="settled already"):
        member.pair_masks(PairMasksCall(3, 0, flags(degree, 1, 2)))
    # The same members in the sum may be asked about again, others not.
    member.shares(SharesCall(3, 0, rest, flags(degree, 4)))
    fewer = tuple(k not in (2, 3) for k in range(degree))
    with pytest.raises(RefusedError, match="other members in the sum"):
        member.shares(SharesCall(3, 0, fewer, flags(degree, 4)))


def test_a_neighbour_that_was_silent_cannot_come_back_and_is_not_told_twice():
    _, member, degree = started()
    member.pair_masks(PairMasksCall(3, 0, flags(degree, 2)))
    with pytest.raises(RefusedError, match="cannot come back"):
        member.pair_masks(PairMasksCall(3, 0, flags(degree, 3)))
    with pytest.raises(RefusedError, match="no neighbour that was not reported"):
        member.pair_masks(PairMasksCall(3, 0, flags(degree, 2)))


def test_a_member_does_not_help_to_open_a_sum_in_which_it_is_nearly_alone():
    exchange, member, degree = started()
    fewest = exchange.group.terms.ring.fewest_neighbours
    with pytest.raises(RefusedError, match="would not hide this member"):
        member.pair_masks(PairMasksCall(3, 0, flags(degree, *range(degree - fewest + 1))))
    few = flags(degree, *range(fewest - 1))
    with pytest.raises(RefusedError, match="would not hide this member"):
        member.mask(RoundCall(4, 0, few), exchange.vector(exchange.group.names[0], vectors(20, 1)))
    member.pair_masks(PairMasksCall(3, 0, flags(degree, *range(degree - fewest))))


def test_no_mask_is_used_twice():
    exchange, member, degree = started()
    vector = exchange.vector(exchange.group.names[0], vectors(20, 2))
    for number in (3, 2):
        with pytest.raises(RefusedError, match="used twice hides nothing"):
            member.mask(RoundCall(number, 0, (True,) * degree), vector)
    member.mask(RoundCall(5, 0, (True,) * degree), vector)


def test_calls_for_another_round_or_member_or_of_strangers_are_refused():
    _, member, degree = started()
    nobody = flags(degree)
    with pytest.raises(RefusedError, match="found round 2; this member is in round 3"):
        member.shares(SharesCall(2, 0, (True,) * degree, nobody))
    with pytest.raises(RefusedError, match="found slot 1; this member has 0"):
        member.pair_masks(PairMasksCall(3, 1, flags(degree, 1)))
    absent = tuple(k != 1 for k in range(degree))
    exchange = set_up(20)
    member = exchange.members[exchange.group.names[0]]
    with pytest.raises(RefusedError, match="this member is in no round"):
        member.shares(SharesCall(1, 0, (True,) * degree, nobody))
    member.mask(RoundCall(1, 0, absent), exchange.vector(exchange.group.names[0], vectors(20, 1)))
    with pytest.raises(RefusedError, match="took no part"):
        member.pair_masks(PairMasksCall(1, 0, flags(degree, 1)))


def test_two_stories_about_who_is_in_the_sum_founder_on_those_at_the_edge_between_them():
    """An aggregator that lies: each half of the ring is told that the other half fell silent."""
    exchange = set_up(40)
    group, values = exchange.group, vectors(40, 1)
    ring = group.terms.ring
    refused = set()
    for slot, name in enumerate(group.names):
        masked(exchange, name, 1, values)
        other_half = tuple((other < 20) != (slot < 20) for other in ring.neighbours(slot))
        if any(other_half):
            try:
                exchange.members[name].pair_masks(PairMasksCall(1, slot, other_half))
            except RefusedError:
                refused.add(slot)
    # Whoever stands last on either side of the two edges has only half of its neighbours in its story.
    assert refused == {0, 19, 20, 39}

"""The parts: fixed point, shares, the ring, merged classes."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas2tering.community.secure_sum.classes import TooFewError, merge_small_classes
from mas2tering.community.secure_sum.fixed_point import Field, FixedPoint, Layout, OutOfRangeError
from mas2tering.community.secure_sum.graph import Ring, odds
from mas2tering.community.secure_sum.messages import Terms
from mas2tering.community.secure_sum.shares import interpolated

# ---- fixed point ---------------------------------------------------------------------------------------


@given(
    members=st.integers(1, 100_000),
    units=st.integers(1, 10**9),
    resolution=st.sampled_from([0.001, 0.01, 1.0, 1e-6]),
)
def test_the_largest_sum_of_either_sign_fits_and_a_byte_less_would_not_hold_it(members, units, resolution):
    fixed = FixedPoint(members, units * resolution, resolution)
    extreme = members * fixed.units
    assert -(2 ** (8 * fixed.bytes - 1)) <= -extreme
    assert extreme < 2 ** (8 * fixed.bytes - 1)
    assert fixed.bytes == 1 or extreme >= 2 ** (8 * (fixed.bytes - 1) - 1)


def test_values_without_a_sign_take_the_bit_that_a_sign_would_and_none_is_below_zero():
    field = Field("x", 2, FixedPoint(255, 1.0, 1.0, signed=False))
    assert field.fixed_point.bytes == 1
    assert FixedPoint(255, 1.0, 1.0).bytes == 2
    layout = Layout((field,))
    rows = layout.words({"x": np.ones((255, 2), np.int64)})
    assert layout.units(layout.unpacked(layout.packed(rows)).total())["x"].tolist() == [255, 255]
    with pytest.raises(OutOfRangeError, match=r"x\[1\]: found -1; expected at most 1 and nothing below zero"):
        layout.words({"x": np.array([1, -1])})


def test_sums_at_the_edge_do_not_wrap():
    for members, resolution in ((127, 20.0), (184, 0.001), (10_000, 0.002), (10_000, 1e-9)):
        layout = Layout((Field("x", 3, FixedPoint(members, 20.0, resolution)),))
        for sign in (1, -1):
            rows = layout.words(layout.whole({"x": np.full((members, 3), sign * 20.0)}))
            total = layout.values(layout.units(layout.unpacked(layout.packed(rows)).total()))["x"]
            assert np.allclose(total, sign * members * 20.0, rtol=1e-12)


@pytest.mark.parametrize("value", [20.001, -20.001, np.nan, np.inf, 1e300])
def test_a_value_beyond_what_was_agreed_is_refused_and_says_where(value):
    layout = Layout((Field("power_kw", 3, FixedPoint(184, 20.0, 0.001)),))
    with pytest.raises(OutOfRangeError, match=r"power_kw\[1\]: found .*; expected at most 20 in magnitude"):
        layout.words(layout.whole({"power_kw": np.array([1.0, value, 2.0])}))


@pytest.mark.parametrize("units", [20_001, -20_001, 2**62, -(2**63)])
def test_whole_units_beyond_what_was_agreed_are_refused(units):
    layout = Layout((Field("power_kw", 2, FixedPoint(184, 20.0, 0.001)),))
    with pytest.raises(OutOfRangeError, match=r"power_kw\[1\]"):
        layout.words({"power_kw": np.array([20_000, units])})


def test_a_range_that_does_not_fit_or_makes_no_sense_is_refused():
    with pytest.raises(OutOfRangeError, match="choose a coarser resolution"):
        FixedPoint(10_000, 1e9, 1e-9)
    for members, largest, resolution in ((0, 1.0, 0.1), (5, 1.0, 0.0), (5, 0.1, 1.0), (5, np.inf, 1.0)):
        with pytest.raises(OutOfRangeError, match="expected at least one member"):
            FixedPoint(members, largest, resolution)
    with pytest.raises(ValueError, match="sums over 10 members; the group has 11"):
        Terms(b"day1", 11, Layout((Field("x", 1, FixedPoint(10, 1.0, 0.1)),)))


@given(data=st.data(), widths=st.lists(st.sampled_from([1, 2, 3, 4, 5, 7, 8]), min_size=1, max_size=5))
def test_vectors_of_any_widths_come_back_to_within_half_a_unit(data, widths):
    fields = []
    for k, width in enumerate(widths):
        largest = min(2 ** (8 * width - 1) - 1, 2**53)
        fields.append(Field(f"f{k}", data.draw(st.integers(1, 4)), FixedPoint(1, largest / 8, 1 / 8)))
    layout = Layout(tuple(fields))
    values = {
        f.name: np.array(
            data.draw(
                st.lists(
                    st.floats(-f.fixed_point.largest, f.fixed_point.largest),
                    min_size=f.count,
                    max_size=f.count,
                )
            )
        )
        for f in fields
    }
    packed = layout.packed(layout.words(layout.whole(values)))
    assert packed.shape == (layout.bytes,)
    found = layout.values(layout.units(layout.unpacked(packed)))
    for f in fields:
        assert np.all(np.abs(found[f.name] - values[f.name]) <= 1 / 16)


def test_a_vector_with_a_field_too_few_or_too_long_is_refused():
    layout = Layout((Field("x", 3, FixedPoint(5, 1.0, 0.1)),))
    with pytest.raises(ValueError, match="found values of"):
        layout.words({"y": np.zeros(3, np.int64)})
    with pytest.raises(ValueError, match="expected 3 values"):
        layout.words({"x": np.zeros(4, np.int64)})


# ---- shares --------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 10**6), threshold=st.integers(2, 8), more=st.integers(0, 6))
def test_any_so_many_shares_give_the_secret_and_one_fewer_fit_every_secret(seed, threshold, more):
    rng, pick = np.random.default_rng(seed), random.Random(seed)
    count = threshold + more
    values = rng.integers(0, 256, (3, threshold, 16), np.uint8)
    # The secret and the first points fix the polynomial.
    known = tuple(range(threshold))
    everything = interpolated(values, known, tuple(range(count + 1)))
    assert np.array_equal(everything[:, :threshold], values)
    points = tuple(sorted(pick.sample(range(1, count + 1), threshold)))
    assert np.array_equal(interpolated(everything[:, points], points, (0,))[:, 0], values[:, 0])
    # One share fewer: with any other secret in the place of the true one there is a polynomial through them.
    fewer = points[:-1]
    other = rng.integers(0, 256, (3, 1, 16), np.uint8)
    through = np.concatenate((other, everything[:, fewer]), axis=1)
    found = interpolated(through, (0, *fewer), (*fewer, points[-1]))
    assert np.array_equal(found[:, :-1], everything[:, fewer])
    differs = (other[:, 0] != values[:, 0]) == (found[:, -1] != everything[:, points[-1]])
    assert differs.all()


def test_many_secrets_at_once_are_interpolated_as_each_alone():
    values = np.random.default_rng(1).integers(0, 256, (200, 5, 16), np.uint8)
    known, wanted = (1, 2, 3, 4, 5), (0, 6, 7, 250)
    together = interpolated(values, known, wanted)
    assert np.array_equal(together, [interpolated(one, known, wanted) for one in values])


def test_the_field_multiplies_as_polynomials_do():
    def product(a: int, b: int) -> int:
        found = 0
        for bit in range(8):
            if b >> bit & 1:
                found ^= a << bit
        for bit in range(14, 7, -1):
            if found >> bit & 1:
                found ^= 0x11B << (bit - 8)
        return found

    # A line through (1, a) and (2, b), at 3 = 1 + 2 and at 0: a + (x - 1) (b - a) / (2 - 1), and 2 - 1 is 3.
    third = next(k for k in range(256) if product(3, k) == 1)
    for a, b in itertools.product((0, 1, 7, 0x53, 0xFF), (0, 2, 0x80, 0xCA)):
        line = np.array([[[a] * 8, [b] * 8]], np.uint8)
        slope = product(a ^ b, third)
        assert interpolated(line, (1, 2), (3, 0))[0, :, 0].tolist() == [a ^ product(2, slope), a ^ slope]


# ---- the ring ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("members", [5, 6, 8, 9, 10, 11, 12, 17, 184, 1000])
def test_neighbours_are_mutual_distinct_and_as_many_as_the_degree(members):
    ring = Ring(members)
    for slot in range(members):
        near = ring.neighbours(slot)
        assert len(set(near)) == len(near) == ring.degree
        assert slot not in near
        for index, other in enumerate(near):
            assert ring.neighbours(other)[ring.index_back(index)] == slot


def test_the_degree_grows_with_the_logarithm_and_the_threshold_is_more_than_half():
    assert [Ring(n).degree for n in (5, 10, 184, 1000, 10_000, 100_000)] == [4, 8, 16, 20, 28, 34]
    for members in (5, 10, 184, 10_000):
        assert 2 * Ring(members).threshold > Ring(members).degree
    # With so many neighbours in a sum it covers five members at least.
    assert [Ring(n).fewest_neighbours for n in (5, 7, 10, 184, 10_000)] == [4, 4, 5, 9, 15]
    with pytest.raises(ValueError, match="expected at least 5"):
        Ring(4)


def test_the_ring_holds_together_unless_two_runs_of_half_the_degree_are_lost():
    ring = Ring(40)
    half = ring.degree // 2

    def connected(lost: set[int]) -> bool:
        left = set(range(40)) - lost
        reached, frontier = set(), {min(left)}
        while frontier:
            reached |= frontier
            frontier = {n for slot in frontier for n in ring.neighbours(slot)} & left - reached
        return reached == left

    run, opposite = set(range(half)), set(range(20, 20 + half))
    assert connected(run)
    assert connected(run | set(range(20, 20 + half - 1)))
    assert not connected(run | opposite)


def test_the_odds_bound_what_happens():
    members, colluding, silent, trials = 40, 14, 14, 4000
    ring = Ring(members)
    bound = odds(members, colluding, silent)
    pick = random.Random(1)
    opened = stuck = 0
    for _ in range(trials):
        bad = set(pick.sample(range(members), colluding))
        opened += any(
            slot not in bad and len(bad & set(ring.neighbours(slot))) >= ring.threshold
            for slot in range(members)
        )
        stuck += any(
            slot not in bad and len(set(ring.neighbours(slot)) - bad) < ring.threshold
            for slot in range(members)
        )
    assert 0.1 * bound.opened < opened / trials <= bound.opened
    assert 0.1 * bound.stuck < stuck / trials <= bound.stuck
    assert odds(members, 0, 0).opened == odds(members, 0, 0).cut_off == odds(members, 0, 0).stuck == 0


# ---- classes -------------------------------------------------------------------------------------------


@given(
    sizes=st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 12), min_size=1),
    shuffle=st.randoms(use_true_random=False),
)
def test_every_class_is_in_one_group_and_none_is_too_small(sizes, shuffle):
    if sum(sizes.values()) < 5:
        with pytest.raises(TooFewError, match="expected at least 5"):
            merge_small_classes(sizes)
        return
    merged = merge_small_classes(sizes)
    found = sorted(name for group in merged.groups.values() for name in group)
    assert found == sorted(name for name, count in sizes.items() if count)
    assert all(sum(sizes[name] for name in group) >= 5 for group in merged.groups.values())
    # Whoever is large enough alone joins others only to take in a small one; each merger is told.
    assert len(merged.words) == len(found) - len(merged.groups)
    order = list(sizes)
    shuffle.shuffle(order)
    assert merge_small_classes({name: sizes[name] for name in order}) == merged


def test_mergers_are_told_in_words():
    merged = merge_small_classes({"Luminus day/night": 40, "Eneco dynamic": 1, "Mega flat": 3, "Engie": 9})
    assert merged.groups == {
        "Eneco dynamic + Engie + Mega flat": ("Eneco dynamic", "Engie", "Mega flat"),
        "Luminus day/night": ("Luminus day/night",),
    }
    assert merged.words == (
        "Eneco dynamic has 1 member, fewer than the 5 that a sum must cover; it is summed together with Mega flat (3 members)",
        "Eneco dynamic + Mega flat has 4 members, fewer than the 5 that a sum must cover; it is summed together with Engie "
        "(9 members)",
    )
    assert not merge_small_classes({"Engie": 9, "Mega": 5}).words

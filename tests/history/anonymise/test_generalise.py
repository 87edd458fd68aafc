from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.history.anonymise import (
    ANY,
    HIERARCHIES,
    UNKNOWN,
    HouseholdAttributes,
    TooFewHomesError,
    class_sizes,
    generalise,
)
from mas2tering.history.anonymise.generalise import hidden_homes
from mas2tering.study.population import sample_dwellings, sample_households

BY_NAME = {hierarchy.name: hierarchy for hierarchy in HIERARCHIES}
VALUES = {
    "postcode": st.sampled_from(["CF24 3AA", "CF24 4BB", "CF10 1AA", "1050", "1000", "B-9000"]),
    "dwelling_m2": st.integers(20, 400).map(str),
    "occupants": st.integers(1, 8).map(str),
    "heating": st.sampled_from(["gas", "heat pump", "electric", "oil", UNKNOWN]),
    "tariff_band": st.sampled_from(["flat", "two_rate"]),
}


@st.composite
def families(draw, least=1, most=40):
    homes = draw(st.integers(least, most))
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True))
    columns = {name: tuple(draw(st.lists(VALUES[name], min_size=homes, max_size=homes))) for name in names}
    sensitive = np.array(draw(st.lists(st.integers(0, 3), min_size=homes, max_size=homes)))
    return HouseholdAttributes(columns), sensitive


@given(families(), st.integers(1, 8), st.integers(1, 3))
@settings(max_examples=60)
def test_every_class_of_what_is_told_holds_k_and_l(case, k, diversity):
    attributes, sensitive = case
    if len(sensitive) < k or len(set(sensitive.tolist())) < diversity:
        with pytest.raises(TooFewHomesError):
            generalise(attributes, sensitive, k, diversity)
        return
    told = generalise(attributes, sensitive, k, diversity)
    rows = list(zip(*told.values.values(), strict=True)) or [()] * len(sensitive)
    classes = Counter(rows)
    kinds = {row: {s for r, s in zip(rows, sensitive.tolist(), strict=True) if r == row} for row in classes}
    assert min(classes.values()) == told.k >= k
    assert min(map(len, kinds.values())) == told.diversity >= diversity
    assert 0.0 <= told.loss <= 1.0


@given(families(least=5), st.integers(1, 5))
@settings(max_examples=40)
def test_what_is_told_is_true_at_the_level_that_is_named(case, k):
    attributes, sensitive = case
    told = generalise(attributes, sensitive, k, 1)
    for name, column in told.values.items():
        for value, said in zip(attributes.values[name], column, strict=True):
            assert said in (ANY, BY_NAME[name].at(value, told.levels[name]))


@given(families(least=8))
@settings(max_examples=30)
def test_more_privacy_never_loses_less_and_nothing_is_lost_without_it(case):
    attributes, sensitive = case
    losses = [generalise(attributes, sensitive, k, 1).loss for k in (1, 2, 4, 8)]
    assert losses[0] == 0.0
    assert losses == sorted(losses)


@pytest.mark.parametrize("hierarchy", HIERARCHIES, ids=lambda hierarchy: hierarchy.name)
def test_a_coarser_level_never_sets_apart_what_a_finer_one_does_not(hierarchy):
    values = {
        "postcode": ["CF24 3AA", "CF24 4BB", "CF10 1AA", "1050", "1051", "9000"],
        "dwelling_m2": [str(area) for area in range(10, 400, 7)],
        "occupants": [str(people) for people in range(1, 10)],
    }.get(hierarchy.name, ["gas", "heat pump", "Electric boiler", "wood"])
    assert all(map(hierarchy.reads, values))
    for level in range(1, hierarchy.levels):
        coarse = {}
        for value in values:
            assert coarse.setdefault(
                hierarchy.at(value, level - 1), hierarchy.at(value, level)
            ) == hierarchy.at(value, level)
    assert {hierarchy.at(value, hierarchy.levels - 1) for value in values} == {ANY}


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=40),
    st.integers(1, 6),
    st.integers(1, 3),
)
def test_hidden_homes_are_themselves_many_enough_or_all(homes, k, diversity):
    classes = np.unique([number for number, _ in homes], return_inverse=True)[1]
    sensitive = np.array([value for _, value in homes])
    hide = hidden_homes(classes, sensitive, k, diversity)
    left = Counter(classes[~hide].tolist())
    assert all(count >= k for count in left.values())
    if hide.any() and not hide.all():
        assert hide.sum() >= k
        assert len(set(sensitive[hide].tolist())) >= diversity


def test_two_hundred_generated_families_keep_most_of_what_they_say():
    homes = 200
    dwellings = sample_dwellings(homes, 7, -3.0)
    used = sample_households("uk", homes, 7).yearly_kwh
    random = np.random.default_rng(7)
    attributes = HouseholdAttributes(
        {
            "postcode": tuple(
                random.choice(["CF24 3AA", "CF24 4BB", "CF10 1AA", "CF10 2CC", "CF5 1DD"], homes).tolist()
            ),
            "occupants": tuple(str(max(1, round(float(people)))) for people in dwellings.people),
            "heating": tuple(random.choice(["gas", "heat pump", "oil"], homes, p=[0.8, 0.15, 0.05]).tolist()),
            "tariff_band": tuple(random.choice(["flat", "two_rate"], homes).tolist()),
        }
    )
    bands = np.searchsorted(np.quantile(used, [0.25, 0.5, 0.75]), used)
    assert class_sizes(attributes, homes).min() < 5
    told = generalise(attributes, bands, 5, 2)
    assert told.k >= 5
    assert told.diversity >= 2
    assert told.loss < 0.5
    assert class_sizes(told, homes).min() >= 5

"""Negotiations run again: kept whole or not at all, moved by lies and by nothing else, and a confirmation that agrees with the screen
where prices do not answer."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from mas2tering.domain.errors import InputError
from mas2tering.home.optimise import best_plan
from mas2tering.settlement.season import SeasonRule
from mas2tering.study.built_in import built_in_community
from mas2tering.study.connected import connected
from mas2tering.study.gaming import confirmed as confirming
from mas2tering.study.gaming.bench import Screen, screen
from mas2tering.study.gaming.homes import digest_of, models_of, models_on
from mas2tering.study.gaming.kept import cache_folder, kept_arrays
from mas2tering.study.gaming.lies import with_more_base, without_devices
from mas2tering.study.gaming.negotiated import Declares, NegotiatingDay
from mas2tering.study.gaming.play import Lie, Situation, day_play
from mas2tering.study.gaming.recorded import GENERATED, TOLD_PER_KWH, is_congested, recorded_days
from mas2tering.study.gaming.stage import CLASSES, Asked, kinds_of, on_days, staged

DAY = date(2013, 1, 16)
_CHP_HOME = 67


@pytest.fixture(scope="module")
def two_homes() -> NegotiatingDay:
    """Two homes with a car each at the end of a rural line, which both together overload."""
    made = built_in_community("minimal", "S5", 1, DAY, 1)
    models = tuple(models_on(made.community, DAY))
    community = made.community.community
    assert made.network is not None
    here = connected(community, made.network, models[0].axis.steps)
    alone = tuple(best_plan(model) for model in models)
    return NegotiatingDay(GENERATED, DAY, models, alone, community.local_charges, here)


def test_a_negotiation_is_the_same_again_and_with_who_declares_the_truth(two_homes):
    first = two_homes.negotiated()
    assert first["added"].max() > 0
    for declares in (None, Declares(1, two_homes.models[1])):
        again = two_homes.negotiated(declares)
        assert first.keys() == again.keys()
        assert all(np.array_equal(first[name], again[name]) for name in first)


def test_prices_answer_a_liar(two_homes):
    honest = two_homes.negotiated()["added"]
    pushed = np.where(honest[0] > 0, 2.0, 0.0)
    liar = two_homes.negotiated(Declares(0, with_more_base(two_homes.models[0], pushed)))["added"]
    assert not np.array_equal(honest, liar)
    bound = two_homes.negotiated(Declares(0, two_homes.models[0], -3.0 * TOLD_PER_KWH * honest[0]))
    assert bound["added"].shape == honest.shape


def test_days_on_which_limits_cost_nothing_are_not_congested():
    cheap = np.full((3, 48), 99, dtype=np.int32)
    assert is_congested({"added": cheap + 1})
    assert not is_congested({"added": cheap})
    assert not is_congested({"added": np.full((3, 46), 500, dtype=np.int32)})


def test_what_is_kept_is_made_once_and_again_where_it_is_damaged(tmp_path):
    made = []

    def make() -> dict[str, np.ndarray]:
        made.append(1)
        return {"added": np.arange(6, dtype=np.int32)}

    file = tmp_path / "deeper" / "day.npz"
    for _ in range(2):
        assert np.array_equal(kept_arrays(file, make)["added"], np.arange(6))
    assert len(made) == 1
    whole = file.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"no archive"):
        file.write_bytes(damaged)
        assert np.array_equal(kept_arrays(file, make)["added"], np.arange(6))
    assert len(made) == 4
    assert [path.name for path in file.parent.iterdir()] == ["day.npz"]


def test_the_cache_is_where_the_user_has_it(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder().is_relative_to(tmp_path)
    # A relative path is to be ignored, says the specification.
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    assert cache_folder().is_relative_to(Path.home())


def test_models_with_the_same_numbers_have_the_same_digest_and_no_others():
    day = recorded_days(1)[0]
    (first,), (again,) = models_of(day, [3]), models_of(day, [3])
    assert first is not again
    assert digest_of(first) == digest_of(again)
    assert digest_of(with_more_base(first, np.zeros(48))) != digest_of(first)
    little = np.zeros(48)
    little[7] = 1e-12
    assert digest_of(with_more_base(first, little)) != digest_of(with_more_base(first, np.zeros(48)))
    assert Declares(3, first).digest == Declares(3, again).digest
    assert Declares(4, first).digest != Declares(3, first).digest != Declares(3, first, little).digest


def test_a_home_with_cogeneration_attacks_too():
    assert "micro_chp" in CLASSES
    day = recorded_days(3)[1]
    (model,) = models_of(day, [_CHP_HOME])
    assert kinds_of(model) >= {"micro_chp"}
    own = Situation.of(model, day.added_per_kwh[_CHP_HOME], 0)
    hidden = frozenset(machine.device for machine in model.cogeneration)
    play = day_play(own, Lie(without_devices(model, hidden), hidden=hidden))
    assert play.called.hidden_kw.min() < 0.0
    assert not play.lie.declared.cogeneration


@pytest.fixture(scope="module")
def played() -> Screen:
    stage = staged(Asked(days=12, seasons=2, homes=14, attackers=1, recorded=2, seed=3))
    return screen("loss", stage, SeasonRule())


class _Again:
    """A day on which prices come out as they were recorded, times ``factor``; counts how often it was negotiated."""

    count = 0

    def __init__(self, recorded, factor):
        self.recorded, self.factor = recorded, factor

    def negotiated(self, _):
        _Again.count += 1
        told = np.rint(self.factor * self.recorded.added_per_kwh / TOLD_PER_KWH).astype(np.int32)
        return {"added": told, "broken": np.zeros(1, dtype=np.int32)}


@pytest.mark.parametrize("factor", [1.0, 3.0])
def test_prices_that_do_not_answer_confirm_the_screen_and_others_do_not(
    played, factor, monkeypatch, tmp_path
):
    days = {own.day: own for own in played.stage.recorded}
    monkeypatch.setattr(confirming.NegotiatingDay, "of", lambda _, day: _Again(days[day], factor))
    found = confirming.confirmed(played, 2, 1, tmp_path)
    entering = [own for own in found if own.picked.enters]
    assert {own.picked.kind for own in found} == {own.kind for own in played.stage.attackers}
    assert entering
    assert all(own.negotiations > 0 for own in entering)
    for own in found:
        if factor == 1.0 or not own.picked.enters:
            assert own.mean == own.screened
            assert own.screened == pytest.approx(own.screened_all_days)
            assert own.moved_per_kwh == 0.0
    if factor != 1.0:
        assert any(own.mean != own.screened for own in entering)
        assert all(own.moved_per_kwh > 0.0 for own in entering)
    # Once more from the folder: nothing is negotiated.
    before = _Again.count
    assert confirming.confirmed(played, 2, 1, tmp_path) == found
    assert _Again.count == before


def test_the_best_of_each_class_are_picked_first_and_then_those_that_enter(played):
    picked = confirming.picked_of(played)
    for kind in {own.kind for own in played.stage.attackers}:
        rows = [k for k, own in enumerate(played.stage.attackers) if own.kind == kind]
        own = [found for found in picked if found.kind == kind]
        gain = [played.tables[f.strategy][f.variant].gains[rows].mean() for f in own]
        assert gain[:3] == sorted(gain, reverse=True)[:3]
        best = max(
            table.gains[rows].mean()
            for name, variants in played.tables.items()
            for table in variants.values()
            if name != "split_home"
        )
        assert gain[0] == best
        assert sum(found.enters for found in own) >= 3


def test_days_to_negotiate_again_are_spread_over_how_dear_limits_were(played):
    stage = replace(played.stage, recorded=recorded_days(23))
    price = [float(day.added_per_kwh.mean()) for day in stage.recorded]
    (middle,) = confirming.days_of(stage, 1)
    assert price[middle] == pytest.approx(np.median(price))
    cheap, dear = sorted(confirming.days_of(stage, 2), key=lambda k: price[k])
    assert price[cheap] < price[middle] < price[dear]
    assert confirming.days_of(stage, 99) == list(range(len(price)))


def test_a_stage_on_some_days_is_the_stage_of_those_days(played):
    few = on_days(played.stage, [1])
    assert few.recorded == played.stage.recorded[1:]
    for own, all_days in zip(few.attackers, played.stage.attackers, strict=True):
        assert own.honest == all_days.honest[1:]
        for name, variants in few.attacks.items():
            assert len(variants) == len(few.attackers), name


def test_lines_of_what_was_confirmed_say_what_was_promised(played, monkeypatch, tmp_path):
    days = {own.day: own for own in played.stage.recorded}
    monkeypatch.setattr(confirming.NegotiatingDay, "of", lambda _, day: _Again(days[day], 1.0))
    found = confirming.confirmed(played, 1, 9, tmp_path)
    for line in confirming.lines_of_confirmed(found, played, 1, "GBP"):
        assert line.keys() >= {"rule", "strategy", "days", "mean_gain", "screened_gain", "device_class"}
        assert json.loads(json.dumps(line)) == line


def test_the_command_says_what_it_cannot_confirm(tmp_path):
    from mas2tering.cli.bench_gaming import Confirm, bench_gaming_command

    with pytest.raises(InputError) as wrong:
        bench_gaming_command(2, "vcg", 1, 12, 1, 1, 1, Confirm("nowhere", tmp_path / "x", 2))
    assert {problem.path for problem in wrong.value.problems} == {"--community", "--confirm"}

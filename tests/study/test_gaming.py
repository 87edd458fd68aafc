"""Attacks on the settlement: the same bits every time, honest homes as their own measure, and what must not pay."""

import json

import numpy as np
import pytest

from mas2tering.cli.bench_gaming import Confirm, bench_gaming_command
from mas2tering.domain.errors import InputError
from mas2tering.settlement.season import SeasonRule
from mas2tering.study.gaming.bench import gains_under, lines_of
from mas2tering.study.gaming.recorded import recorded_days
from mas2tering.study.gaming.rules import RULES
from mas2tering.study.gaming.season import calendar
from mas2tering.study.gaming.stage import Asked, Stage, staged
from mas2tering.study.gaming.strategies import HONEST, STRATEGIES, plays_of

KEYS = {
    "rule",
    "strategy",
    "days",
    "mean_gain",
    "mean_gain_upper95",
    "max_gain",
    "share_of_seasons_with_gain",
    "extra_cost_to_dso",
    "honest_loss",
    "honest_flagged",
}


@pytest.fixture(scope="module")
def stage() -> Stage:
    return staged(Asked(days=24, seasons=2, homes=14, attackers=1, recorded=2, seed=3))


def table(rule: str, stage: Stage) -> dict[str, dict[str, float | int | str]]:
    gains, honest = gains_under(rule, stage, SeasonRule())
    return {str(line["strategy"]): line for line in lines_of(rule, gains, honest, stage, "GBP")}


def test_the_recorded_days_are_congested_and_of_all_homes():
    days = recorded_days(100)
    assert len(days) >= 20
    assert len({own.day for own in days}) == len(days)
    for own in days:
        assert own.added_per_kwh.shape == (184, 48)
        assert own.added_per_kwh.max() >= 0.01
    assert len(recorded_days(3)) == 3


def test_every_rule_says_all_that_was_promised_of_every_attack(stage):
    for rule in RULES:
        for line in table(rule, stage).values():
            assert line.keys() >= KEYS
            assert all(np.isfinite(value) for value in line.values() if isinstance(value, float))


def test_the_same_study_gives_the_same_bits_again(stage):
    again = staged(stage.asked)
    assert table("loss", again) == table("loss", stage)


def test_honest_homes_gain_nothing_by_being_honest_and_hardly_lose(stage):
    for own in stage.attackers:
        (plays,) = plays_of(HONEST, list(own.scenes))[""]
        for play, honest in zip(plays, own.honest, strict=True):
            assert play.known.loss == honest.known.loss
    (line, *_) = table("loss", stage).values()
    assert abs(float(line["honest_loss"])) < 0.002
    assert table("loss_trusting", stage)["wash_trade"]["honest_loss"] == pytest.approx(0.0, abs=1e-5)


def test_what_the_season_s_rule_stops_and_naive_rules_pay(stage):
    ours = table("loss", stage)
    for rule, strategy in (
        ("claimed_loss", "phantom_ev"),
        ("claimed_loss", "colluding_aggregator"),
        ("claimed_loss", "non_delivery"),
        ("plain_baseline", "load_into_congestion"),
        ("plain_baseline", "phantom_load"),
        ("capacity_product", "phantom_ev"),
        ("vcg", "load_into_congestion"),
        ("local_price", "wash_trade"),
        ("loss_trusting", "tampered_records"),
        ("loss_no_hold_out", "oracle_liar"),
    ):
        naive = float(table(rule, stage)[strategy]["mean_gain"])
        assert naive > 0.003, (rule, strategy)
        assert float(ours[strategy]["mean_gain"]) < naive, (rule, strategy)
    for strategy in ("phantom_ev", "non_delivery", "load_into_congestion", "load_between_meters"):
        assert float(ours[strategy]["mean_gain"]) <= 0.0
    assert ours["wash_trade"]["max_gain"] == ours["colluding_aggregator"]["max_gain"] == 0.0


def test_a_season_holds_out_by_lot_and_by_nothing_else():
    homes = [f"h{k}" for k in range(50)]
    first, other = (calendar(100, 5, homes, 1, season, SeasonRule()) for season in (0, 1))
    held_out = sum(map(len, first.held_out.values()))
    assert 350 < held_out < 650
    assert first.held_out != other.held_out
    assert first == calendar(100, 5, homes, 1, 0, SeasonRule())
    assert not any(turn.held_out for turn in first.turns_of("h0", holds_out=False))


def test_every_attack_has_a_name_of_its_own_and_words():
    assert len({own.name for own in STRATEGIES}) == len(STRATEGIES) >= 20
    assert all(own.words for own in STRATEGIES)


def test_the_command_prints_lines_and_says_every_mistake_at_once(capsys):
    bench_gaming_command(2, "vcg", 1, 12, 1, 1, 1, Confirm("cardiff"))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == len(STRATEGIES) + 1
    assert all(line.keys() >= KEYS for line in lines)
    with pytest.raises(InputError) as wrong:
        bench_gaming_command(0, None, 1, 5, 1, 1, -1)
    assert len(wrong.value.problems) == 3
    with pytest.raises(InputError, match="--rule"):
        bench_gaming_command(1, "nothing", 1, 12, 1, 1, 1)

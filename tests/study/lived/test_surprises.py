"""Days that turn out otherwise, from the example's file to the page: what is told, when, and that the plan adapts."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from mas2tering.files import read_community
from mas2tering.home.optimise import Budget
from mas2tering.study.lived.days import live_days
from mas2tering.study.lived.found import LivedRun
from mas2tering.study.lived.outlooks import outlooks_of
from mas2tering.study.lived.words import lived_sentences
from mas2tering.study.report.turns import turns_of

EXAMPLE = Path(__file__).parents[3] / "examples" / "surprises.toml"


@pytest.fixture(scope="module")
def run() -> LivedRun:
    loaded = read_community(EXAMPLE)
    community, reader = loaded.community, loaded.profiles
    first, days = community.first_day, 2
    outlooks = outlooks_of("naive", community, reader, reader, first, days, 30)
    return live_days(community, reader, outlooks, first, days, 30, Budget())


def told(run, home):
    own = next(h for h in run.homes if h.home == home)
    found = []
    for plan, day in zip(own.plans["steered"], own.foreseen, strict=True):
        for surprise in day.surprises:
            local = plan.axis.local_starts[surprise.step]
            found.append((local.strftime("%a %H:%M"), surprise.words))
    return found


@pytest.mark.parametrize(
    ("home", "expected"),
    [
        (
            "the_car_comes_late",
            [("Mon 18:00", "car is not there yet"), ("Tue 02:30", "car comes, with 12 kWh")],
        ),
        ("the_car_leaves_early", [("Tue 13:00", "car leaves early")]),
        ("the_car_stays_away", [("Mon 18:00", "car is not there yet"), ("Tue 07:00", "car has not come")]),
        (
            "the_car_comes_early_and_stays",
            [
                ("Tue 08:00", "car comes early, with 30 kWh"),
                ("Tue 16:00", "car has not left"),
                ("Tue 19:00", "car leaves"),
            ],
        ),
    ],
)
def test_what_a_car_does_is_told_when_it_is_known(run, home, expected):
    assert [t for t in told(run, home) if t[1].startswith("car")] == expected


def test_the_cloud_front_is_told_once_it_is_there_and_the_empty_house_every_day(run):
    front = [t for t in told(run, "under_the_front") if "Sun and wind give less" in t[1]]
    assert len(front) == 1
    assert "Mon 12:00" < front[0][0] < "Mon 14:30"
    assert sum("household draws less" in words for _, words in told(run, "away_for_the_week")) == 2


def test_a_car_that_comes_late_is_charged_and_one_that_leaves_early_is_said_to_be_short(run):
    homes = {home.home: home for home in run.homes}
    late = homes["the_car_comes_late"]
    assert late.short_kwh["steered"] == pytest.approx(0.0, abs=1e-6)
    # The plan of the evening before charges while the car is away, and the night is too short for the rest.
    assert late.cost["steered"] < late.cost["plan"]
    early = homes["the_car_leaves_early"].short_kwh
    assert early["steered"] > 1.0
    assert early["oracle"] == pytest.approx(0.0, abs=1e-6)
    assert f"left without {early['steered']:,.1f} kWh" in " ".join(lived_sentences(run, "EUR"))


def test_the_picture_shows_homes_that_were_surprised_with_plan_and_life_on_all_days(run):
    turns = {home.home: home for home in turns_of(run.homes)}
    assert set(turns) == {home.home for home in run.homes}
    own = turns["the_car_comes_late"]
    assert {store.name for store in own.stores} == {"battery", "car"}
    assert [step for step, _ in own.surprises] == sorted(step for step, _ in own.surprises)
    foreseen = next(h for h in run.homes if h.home == "under_the_front").foreseen[0]
    assert np.all(foreseen.low_kw <= foreseen.high_kw)
    assert foreseen.planned is not None
    assert foreseen.planned.axis.start + timedelta(days=1) == foreseen.planned.axis.end

"""Models in a file: the next day goes on from them, and what does not fit is refused in words."""

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from mas2tering.domain.time_axis import TimeAxis
from mas2tering.study.generator import SCENARIOS, GeneratedCommunity, generate_community
from mas2tering.study.lived.outlooks import HISTORY_DAYS, Outlooks, outlooks_of
from mas2tering.study.lived.stored_models import ModelsError, StoredModels, read_models, write_models
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions
from mas2tering.study.summary import summary_of

DAY = date(2013, 3, 4)


@pytest.fixture(scope="module")
def street() -> GeneratedCommunity:
    return generate_community(
        "cardiff", 3, SCENARIOS["S1"], 2, DAY - timedelta(days=HISTORY_DAYS), HISTORY_DAYS + 9
    )


def axis_of(made: GeneratedCommunity, day: date) -> TimeAxis:
    return TimeAxis.of_days(day, made.community.time_zone, 60, day_starts_at=made.community.day_starts_at)


def outlooks(made: GeneratedCommunity, day: date, days: int, models=None) -> Outlooks:
    return outlooks_of("model", made.community, made.profiles, made.profiles, day, days, 60, models=models)


@pytest.fixture(scope="module")
def first(street) -> Outlooks:
    found = outlooks(street, DAY, 2)
    for k in range(3):
        found.of_home(k, axis_of(street, DAY))
    return found


@pytest.fixture
def stored(street, first, tmp_path) -> Path:
    path = tmp_path / "models.json"
    write_models(path, StoredModels(street.community.name, 60, first.models))
    return path


def test_the_next_day_goes_on_from_what_is_stored_and_need_not_learn_again(street, first, stored):
    read = read_models(stored, street.community.name, 60, DAY + timedelta(days=1))
    resumed = outlooks(street, DAY, 2, read.records)
    axis = axis_of(street, DAY + timedelta(days=1))
    for k in range(3):
        np.testing.assert_array_equal(
            resumed.of_home(k, axis).load.quantiles_kw, first.of_home(k, axis).load.quantiles_kw
        )
    assert resumed.records()["load"].learned == {}
    assert first.records()["load"].learned == {"first": 3}


def test_models_learn_again_on_schedule_and_when_a_home_changes(street):
    found = outlooks(street, DAY, 8)
    for number in range(8):
        found.of_home(0, axis_of(street, DAY + timedelta(days=number)))
    learned = found.records()["load"].learned
    assert learned["first"] == 1
    assert learned.get("schedule", 0) + learned.get("drift", 0) >= 1


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda body: body | {"format": "mas2tering-models/0"}, "no file of models that this version reads"),
        (lambda body: body | {"step_minutes": 15}, "changed or damaged"),
        (lambda body: {**body, "homes": {}}, "changed or damaged"),
    ],
)
def test_a_file_that_is_old_or_damaged_is_refused(street, stored, spoil, words):
    stored.write_text(json.dumps(spoil(json.loads(stored.read_text()))))
    with pytest.raises(ModelsError, match=words):
        read_models(stored, street.community.name, 60, DAY + timedelta(days=1))


def _first_home(**changed):
    return lambda homes: {k: plain | (changed if k == min(homes) else {}) for k, plain in homes.items()}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda homes: [], "no record of a model"),
        (dict.fromkeys, "no record of a model"),
        (_first_home(hits={"a": 1}), "no number"),
        (_first_home(hits=["a"] * 10), "no number"),
        (_first_home(products=[[1e308] * 10] * 10), "no days teach"),
        (_first_home(products=[[-1.0] * 10] * 10), "no days teach"),
        (_first_home(level_kw=-3.0), "no days teach"),
        (_first_home(days=-9.0), "no days teach"),
        (_first_home(last_day=10**12), "not a number as it should be"),
        (_first_home(last_day=10**400), "not a number as it should be"),
        (_first_home(last_day=10**8), "says that it learned from day"),
        (_first_home(first_day=10**5), "says that it learned from day"),
    ],
)
def test_numbers_that_no_days_taught_are_refused_though_the_hash_is_theirs(street, stored, spoil, words):
    body = json.loads(stored.read_text())
    body["homes"] = spoil(body["homes"])
    del body["sha256"]
    body["sha256"] = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    stored.write_text(json.dumps(body))
    with pytest.raises(ModelsError, match=words):
        read_models(stored, street.community.name, 60, DAY + timedelta(days=1))


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00\x01", "[" * 100_000])
def test_what_is_no_file_of_models_is_refused(street, tmp_path, content):
    path = tmp_path / "models.json"
    path.write_text(content)
    with pytest.raises(ModelsError, match="no file of models"):
        read_models(path, street.community.name, 60, DAY)


def test_models_of_other_code_are_refused(street, first, tmp_path, monkeypatch):
    monkeypatch.setattr("mas2tering.forecast.pool.record.VERSION", "expert pool 2")
    path = tmp_path / "models.json"
    write_models(path, StoredModels(street.community.name, 60, first.models))
    with pytest.raises(ModelsError, match="expert pool 1"):
        read_models(path, street.community.name, 60, DAY + timedelta(days=1))


def test_models_that_have_seen_the_day_are_refused(street, stored):
    with pytest.raises(ModelsError, match="has learned from days until"):
        read_models(stored, street.community.name, 60, DAY - timedelta(days=3))


def test_models_of_others_are_refused(street, stored):
    for name, step in (("another street", 60), (street.community.name, 15)):
        with pytest.raises(ModelsError, match="not of"):
            read_models(stored, name, step, DAY + timedelta(days=1))


def test_a_run_with_models_that_cannot_be_used_goes_on_and_says_so(street, tmp_path):
    path = tmp_path / "models.json"
    path.write_text("{}")
    options = RunOptions(DAY, step_minutes=60, use_cases=("none", "1"), forecast="model", models=path)
    run = run_community(street.community, street.profiles, options)
    assert any("stored models are not used" in note for note in run.lived.notes)
    assert summary_of(run)["lived"]["forecasts"]["load"]["spoke"] == {"personal model": 3}
    assert summary_of(run)["lived"]["forecasts"]["load"]["learned"] == {"first": 3}

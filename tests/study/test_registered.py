"""Readings on their way to the forecasts: scanned, stored under pseudonyms, read by receipt."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.anonymise import HouseholdAttributes
from mas2tering.history.store import History, open_history
from mas2tering.study.registered import Registered, register

START = datetime(2013, 3, 20, tzinfo=UTC)
DAYS, STEP = 20, 60
BEGIN = START + timedelta(days=18)
HOMES = tuple(f"home {name}" for name in "abcdef")


def _loads(seed: int = 1) -> list[MeasuredSeries]:
    random = np.random.default_rng(seed)
    day_kw = 0.3 + 0.5 * np.sin(np.arange(24) / 24 * np.pi) ** 2
    return [
        MeasuredSeries.known_at_once(
            START, STEP, "Europe/London", np.tile(day_kw, DAYS) * random.uniform(0.7, 1.3, 24 * DAYS)
        )
        for _ in HOMES
    ]


def _with(load: MeasuredSeries, step: int, value_kw: float) -> MeasuredSeries:
    mean_kw = load.mean_kw.copy()
    mean_kw[step] = value_kw
    return MeasuredSeries(load.start, load.step_minutes, load.zone, mean_kw, load.available_at)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return open_history(f"sqlite:{tmp_path / 'history'}")


def _registered(loads: list[MeasuredSeries], history: History) -> Registered:
    attributes = HouseholdAttributes({"tariff_band": ["two_rate"] * len(HOMES)})
    found = register(HOMES, [(load, None) for load in loads], attributes, history, BEGIN, seed=1)
    history.close()
    return found


def test_what_is_believed_arrives_as_it_was_measured(history: History) -> None:
    loads = _loads()

    found = _registered(loads, history)

    for load, (known, generation) in zip(loads, found.measured, strict=True):
        np.testing.assert_array_equal(known.mean_kw, load.mean_kw)
        assert generation is None
    assert found.record.flagged == {}
    assert found.record.epochs == ("2013-03", "2013-04")
    assert found.record.k >= 5


def test_a_spike_does_not_arrive_and_is_counted(history: History) -> None:
    loads = _loads()
    loads[2] = _with(loads[2], 100, 40.0)

    found = _registered(loads, history)

    known_kw = found.measured[2][0].mean_kw
    assert known_kw[100] < 2.0
    np.testing.assert_array_equal(np.delete(known_kw, 100), np.delete(loads[2].mean_kw, 100))
    assert sum(found.record.flagged.values()) == 1


def test_a_gap_stays_a_gap_or_is_repaired_and_the_rest_arrives(history: History) -> None:
    loads = _loads()
    loads[0] = _with(loads[0], 50, np.nan)

    found = _registered(loads, history)

    np.testing.assert_array_equal(
        np.delete(found.measured[0][0].mean_kw, 50), np.delete(loads[0].mean_kw, 50)
    )


def test_what_comes_later_changes_nothing_that_was_told_before(tmp_path: Path) -> None:
    found = []
    for name, value_kw in (("one", 0.5), ("other", 60.0)):
        loads = _loads()
        loads[1] = _with(loads[1], 24 * DAYS - 3, value_kw)
        found.append(_registered(loads, open_history(f"sqlite:{tmp_path / name}")))

    one, other = (made.measured[1][0].mean_kw for made in found)
    np.testing.assert_array_equal(one[: 24 * (DAYS - 1)], other[: 24 * (DAYS - 1)])


def test_the_database_names_no_home(history: History, tmp_path: Path) -> None:
    _registered(_loads(), history)

    stored = b"".join(path.read_bytes() for path in sorted((tmp_path / "history").iterdir()))

    assert stored
    assert not any(home.encode() in stored for home in HOMES)


def test_a_seed_gives_the_same_pseudonyms(tmp_path: Path) -> None:
    names = []
    for folder in ("one", "other"):
        history = open_history(f"sqlite:{tmp_path / folder}")
        attributes = HouseholdAttributes({"tariff_band": ["two_rate"] * len(HOMES)})
        register(HOMES, [(load, None) for load in _loads()], attributes, history, BEGIN, seed=3)
        names.append(history.series.names())
        history.close()

    assert names[0] == names[1]
    assert len(names[0]) == 2 * len(HOMES)

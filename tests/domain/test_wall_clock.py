from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.domain.wall_clock import utc_minutes, wall_minutes

ZONES = (
    "UTC",
    "Europe/Brussels",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Africa/Casablanca",
)


@settings(max_examples=60)
@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2000, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 (hypothesis wants them without)
    step=st.sampled_from([5, 15, 30, 60]),
)
def test_the_wall_shows_what_the_zone_says_at_each_instant(zone: str, start: datetime, step: int) -> None:
    begin = start.replace(second=0, microsecond=0, tzinfo=UTC)
    instants = utc_minutes(begin) + step * np.arange(0, 3 * 1440 // step, dtype=np.int64)
    shown = wall_minutes(instants, zone)
    for k in range(0, len(instants), 7):
        moment = (begin + k * timedelta(minutes=step)).astimezone(ZoneInfo(zone))
        assert shown[k] == utc_minutes(moment.replace(tzinfo=UTC))


@pytest.mark.parametrize(("day", "hours"), [((2024, 3, 31), 23), ((2024, 10, 27), 25), ((2024, 6, 1), 24)])
def test_a_day_of_the_wall_has_as_many_hours_as_its_clock(day: tuple[int, int, int], hours: int) -> None:
    clock = ZoneInfo("Europe/Brussels")
    first = utc_minutes(datetime(*day, tzinfo=clock).astimezone(UTC)) - 1440
    shown = wall_minutes(first + np.arange(3 * 1440, dtype=np.int64), "Europe/Brussels")
    midnight = utc_minutes(datetime(*day, tzinfo=UTC))
    assert ((shown >= midnight) & (shown < midnight + 1440)).sum() == hours * 60


def test_of_no_instants_nothing_is_shown() -> None:
    assert len(wall_minutes(np.empty(0, dtype=np.int64), "Europe/Brussels")) == 0

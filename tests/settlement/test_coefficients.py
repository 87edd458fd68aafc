"""The table of coefficients: rows that sum to one or less, nobody beyond its draw, clocks that jump."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from random_communities import AXIS, STEPS, communities

from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES, TimeAxis
from mas2tering.files import write_rows
from mas2tering.settlement.coefficients import coefficients, in_quarter_hours
from mas2tering.settlement.comparison import allocations
from mas2tering.settlement.settle import settle


@given(case=communities())
def test_every_row_sums_to_one_or_less_and_gives_nobody_more_than_it_draws(case):
    found = settle(case.members, case.price, case.charges, "EUR", case.alone)
    ids = [member.id for member in case.members]
    surplus = found.meters.fed_in_kwh.sum(axis=0)
    for rule, allocation in allocations(found).items():
        table = coefficients(AXIS, ids, found.meters.fed_in_kwh, allocation.bought_kwh)
        assert len(table.rows) == STEPS
        for t, row in enumerate(table.rows):
            parts = [Decimal(cell) for cell in row[2:]]
            assert len(parts) == len(ids)
            assert all(0 <= part <= 1 for part in parts)
            assert sum(parts) <= 1, rule
            for k, part in enumerate(parts):
                assert float(part) * surplus[t] <= found.meters.drawn_kwh[k, t] + 1e-9
                assert float(part) * surplus[t] >= allocation.bought_kwh[k, t] - 1.1e-6 * surplus[t]


def test_a_table_by_hand():
    """0.3 of 0.4 is 0.750000 although 0.3 / 0.4 is less in binary numbers; a third is cut, not rounded."""
    axis = TimeAxis(AXIS.start, 15, 2, "Europe/London")
    fed_in = np.array([[0.0, 0.0], [0.4, 0.0], [0.0, 3.0]])
    bought = np.array([[0.3, 2.0], [0.0, 1.0], [0.1, 0.0]])
    assert bought[0, 0] / fed_in[1, 0] < 0.75
    table = coefficients(axis, ["a", "b", "c"], fed_in, bought)
    assert table.columns == ("quarter_hour_start_utc", "quarter_hour_start_local", "a", "b", "c")
    assert table.rows == (
        ("2013-04-16T23:00Z", "2013-04-17T00:00+01:00", "0.750000", "0.000000", "0.250000"),
        ("2013-04-16T23:15Z", "2013-04-17T00:15+01:00", "0.666666", "0.333333", "0.000000"),
    )


@pytest.mark.parametrize("step", STEP_LENGTHS_MINUTES)
@pytest.mark.parametrize(("day", "hours"), [(date(2013, 3, 31), 23), (date(2013, 10, 27), 25)])
def test_days_of_any_step_length_have_their_quarter_hours(step, day, hours):
    axis = TimeAxis.of_days(day, "Europe/Brussels", step)
    energy = np.full((1, axis.steps), step / 60)
    assert in_quarter_hours(energy, axis) == pytest.approx(np.full((1, hours * 4), 0.25))
    rows = coefficients(axis, ["a"], energy * 2, energy).rows
    assert len({row[0] for row in rows}) == len({row[1] for row in rows}) == hours * 4
    assert {row[2] for row in rows} == {"0.500000"}


def test_an_axis_of_broken_quarter_hours_is_refused():
    axis = TimeAxis(AXIS.start, 5, 4, "Europe/London")
    with pytest.raises(ValueError, match="20 min from 23:00 UTC are not whole quarter-hours"):
        in_quarter_hours(np.zeros((1, 4)), axis)


def test_the_table_is_written_as_csv(tmp_path):
    write_rows(tmp_path / "keys.csv", ("time", "home, 1"), [("t0", "0.5"), ("t1", "1.0")])
    assert (tmp_path / "keys.csv").read_bytes() == b'time,"home, 1"\nt0,0.5\nt1,1.0\n'
    with pytest.raises(ValueError, match="row 1 has 1 cells; expected 2"):
        write_rows(tmp_path / "bad.csv", ("a", "b"), [("x",)])

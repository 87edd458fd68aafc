from datetime import UTC, date, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.time_axis import TimeAxis

AXIS = TimeAxis.of_days(date(2013, 4, 17), "Europe/London", 60)
ISSUED = datetime(2013, 4, 16, 16, tzinfo=UTC)


def _forecast(quantiles_kw: NDArray[np.float64], mean_kw: NDArray[np.float64] | None = None) -> Forecast:
    mean_kw = np.ones(24) if mean_kw is None else mean_kw
    return Forecast(AXIS, ISSUED, mean_kw, np.array([0.1, 0.9]), quantiles_kw, "a test")


def test_quantiles_that_cross_are_refused() -> None:
    with pytest.raises(ValueError, match="cross"):
        _forecast(np.array([np.ones(24), np.zeros(24)]))


def test_values_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        _forecast(np.ones((2, 24)), np.full(24, np.nan))


def test_a_level_without_its_row_is_refused() -> None:
    with pytest.raises(ValueError, match="2 levels"):
        _forecast(np.ones((3, 24)))

"""Back-tests of forecasts on measured homes: the data, the figures, the page."""

from mas2tering.study.forecasting.run import BackTestRequest, run_back_test

__all__ = ["BackTestRequest", "run_back_test"]

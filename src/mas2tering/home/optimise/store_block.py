"""A store's block of the problem: its content from step to step, what fills it, what empties it, comfort."""

import numpy as np

from mas2tering.home.model import IntArray, LinearStore
from mas2tering.home.optimise.columns import NONE, StoreColumns
from mas2tering.home.optimise.matrix import INFINITY, Matrix
from mas2tering.home.optimise.meter import Meter
from mas2tering.home.optimise.variants import Slack


def add_store(
    matrix: Matrix,
    meter: Meter,
    store: LinearStore,
    hours: float,
    one_direction: IntArray,
    slack: Slack | None,
) -> StoreColumns:
    """A store's columns and rows; at the steps ``one_direction`` an integer chooses charge or discharge."""
    n = store.steps
    at = np.arange(store.first_step, store.first_step + n)
    wear = store.wear_cost_per_kwh * hours
    charge = matrix.add_columns(n, cost=wear, upper=store.power_in_kw)
    meter.draw(store.phase, at, charge, 1.0)
    if is_one_row(store, slack):
        return _one_row(matrix, store, charge)
    content = matrix.add_columns(n, lower=store.lower_kwh, upper=store.upper_kwh)
    if slack is not None:
        _due_slack(matrix, store, content, slack)
    rows = matrix.add_rows(-store.drain_kwh, -store.drain_kwh)
    matrix.add_entries(rows, content, 1.0)
    matrix.add_entries(rows[1:], content[:-1], -store.retention)
    matrix.add_entries(rows, charge, -store.gain_in)
    matrix.shift_row(rows[0], store.retention * store.initial_kwh)
    matrix.add_cost(content[-1:], -store.end_value_per_kwh)
    discharge = unserved = NONE
    if store.discharges:
        discharge = matrix.add_columns(n, cost=wear, upper=store.power_out_kw)
        meter.draw(store.phase, at, discharge, -1.0)
        matrix.add_entries(rows, discharge, store.gain_out)
        _one_direction(matrix, store, charge, discharge, one_direction)
    if np.any(store.relief_kwh):
        unserved = matrix.add_columns(n, cost=store.relief_cost_per_kwh, upper=store.relief_kwh)
        matrix.add_entries(rows, unserved, -1.0)
    _comfort(matrix, store, content)
    return StoreColumns(charge, discharge, unserved, content)


def is_one_row(store: LinearStore, slack: Slack | None) -> bool:
    """Whether a store is held as one row for its energy; what it begins with is then no part of the
    objective."""
    return store.is_plain_energy and slack is None


def _one_row(matrix: Matrix, store: LinearStore, charge: IntArray) -> StoreColumns:
    """A car that only has to be filled: one row for its energy instead of a content for each step."""
    start = store.initial_kwh
    row = matrix.add_rows(store.lower_kwh[-1] - start, store.upper_kwh[-1] - start, count=1)
    matrix.add_entries(row, charge, store.gain_in)
    matrix.add_cost(charge, -store.end_value_per_kwh * store.gain_in)
    return StoreColumns(charge, NONE, NONE, NONE)


def _due_slack(matrix: Matrix, store: LinearStore, content: IntArray, slack: Slack) -> None:
    """Let an elastic problem fall short of what is due, the less important the cheaper."""
    at = np.flatnonzero(store.lower_kwh > 0)
    if not len(at):
        return
    matrix.set_lower(content[at], 0.0)
    short = matrix.add_columns(len(at), cost=slack.due_per_kwh * store.priority)
    rows = matrix.add_rows(store.lower_kwh[at], np.full(len(at), INFINITY))
    matrix.add_entries(rows, content[at], 1.0)
    matrix.add_entries(rows, short, 1.0)


def _one_direction(
    matrix: Matrix, store: LinearStore, charge: IntArray, discharge: IntArray, at: IntArray
) -> None:
    if not len(at):
        return
    fills = matrix.add_columns(len(at), upper=1.0, integer=True)
    rows = matrix.add_rows(np.full(len(at), -INFINITY), np.zeros(len(at)))
    matrix.add_entries(rows, charge[at], 1.0)
    matrix.add_entries(rows, fills, -store.power_in_kw[at])
    rows = matrix.add_rows(np.full(len(at), -INFINITY), store.power_out_kw[at])
    matrix.add_entries(rows, discharge[at], 1.0)
    matrix.add_entries(rows, fills, store.power_out_kw[at])


def _comfort(matrix: Matrix, store: LinearStore, content: IntArray) -> None:
    for sign, bound, price in (
        (1.0, store.soft_lower_kwh, store.soft_lower_price),
        (-1.0, store.soft_upper_kwh, store.soft_upper_price),
    ):
        at = np.flatnonzero(price > 0)
        if not len(at):
            continue
        outside = matrix.add_columns(len(at), cost=price[at])
        rows = matrix.add_rows(sign * bound[at], np.full(len(at), INFINITY))
        matrix.add_entries(rows, content[at], sign)
        matrix.add_entries(rows, outside, 1.0)

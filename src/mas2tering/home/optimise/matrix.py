"""Gathering columns and rows of a linear programme in blocks of arrays, and handing them to HiGHS."""

from dataclasses import dataclass, field

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
INFINITY = highspy.kHighsInf


@dataclass
class Matrix:
    """min cost x, row_lower <= A x <= row_upper, lower <= x <= upper, some x integer; built block by
    block."""

    columns: int = 0
    rows: int = 0
    _cost: list[FloatArray] = field(default_factory=list)
    _lower: list[FloatArray] = field(default_factory=list)
    _upper: list[FloatArray] = field(default_factory=list)
    _integer: list[IntArray] = field(default_factory=list)
    _row_lower: list[FloatArray] = field(default_factory=list)
    _row_upper: list[FloatArray] = field(default_factory=list)
    _extra_cost: list[tuple[IntArray, FloatArray]] = field(default_factory=list)
    _new_lower: list[tuple[IntArray, float]] = field(default_factory=list)
    _row_shift: list[tuple[int, float]] = field(default_factory=list)
    _entry_row: list[IntArray] = field(default_factory=list)
    _entry_column: list[IntArray] = field(default_factory=list)
    _entry_value: list[FloatArray] = field(default_factory=list)

    def add_columns(
        self,
        count: int,
        cost: ArrayLike = 0.0,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = INFINITY,
        *,
        integer: bool = False,
    ) -> IntArray:
        """``count`` new columns; returns their indices, shape (count,). Scalars hold for all of them."""
        index = np.arange(self.columns, self.columns + count)
        for store, value in ((self._cost, cost), (self._lower, lower), (self._upper, upper)):
            store.append(np.broadcast_to(np.asarray(value, dtype=float), (count,)))
        if integer:
            self._integer.append(index)
        self.columns += count
        return index

    def add_rows(self, lower: ArrayLike, upper: ArrayLike, count: int | None = None) -> IntArray:
        """New rows with the given limits; returns their indices, shape (count,)."""
        count = len(np.atleast_1d(np.asarray(lower))) if count is None else count
        index = np.arange(self.rows, self.rows + count)
        self._row_lower.append(np.broadcast_to(np.asarray(lower, dtype=float), (count,)))
        self._row_upper.append(np.broadcast_to(np.asarray(upper, dtype=float), (count,)))
        self.rows += count
        return index

    def add_entries(self, rows: ArrayLike, columns: ArrayLike, values: ArrayLike) -> None:
        """Coefficients; the three broadcast against each other."""
        row, column, value = np.broadcast_arrays(rows, columns, np.asarray(values, dtype=float))
        self._entry_row.append(row.ravel())
        self._entry_column.append(column.ravel())
        self._entry_value.append(value.ravel())

    def add_cost(self, columns: IntArray, cost: ArrayLike) -> None:
        """More cost on columns that exist."""
        self._extra_cost.append((columns, np.broadcast_to(np.asarray(cost, dtype=float), columns.shape)))

    def set_lower(self, columns: IntArray, lower: float) -> None:
        """Another lower limit for columns that exist."""
        self._new_lower.append((columns, lower))

    def shift_row(self, row: int, amount: float) -> None:
        """Move both limits of a row, for a constant that belongs to its left side."""
        self._row_shift.append((row, amount))

    @property
    def cost(self) -> FloatArray:
        """Cost of each column, shape (columns,)."""
        cost = np.concatenate(self._cost)
        for columns, extra in self._extra_cost:
            cost[columns] += extra
        return cost

    @property
    def upper(self) -> FloatArray:
        """Upper limit of each column, shape (columns,)."""
        return np.concatenate(self._upper)

    @property
    def integers(self) -> IntArray:
        """Indices of the integer columns."""
        return np.concatenate(self._integer) if self._integer else np.empty(0, dtype=np.int64)

    def to_highs(self) -> highspy.HighsLp:
        """The programme as HiGHS takes it, columns in compressed order."""
        row, column, value = (
            np.concatenate(part) for part in (self._entry_row, self._entry_column, self._entry_value)
        )
        order = np.argsort(column, kind="stable")
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.columns, self.rows
        lp.col_cost_ = self.cost
        lp.col_lower_, lp.col_upper_ = self._column_lower(), self.upper
        lp.row_lower_, lp.row_upper_ = self._row_limits()
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.searchsorted(column[order], np.arange(self.columns + 1)).astype(np.int32)
        lp.a_matrix_.index_ = row[order].astype(np.int32)
        lp.a_matrix_.value_ = value[order]  # type: ignore[assignment]
        if self._integer:
            kinds = [highspy.HighsVarType.kContinuous] * self.columns
            for integer in self.integers:
                kinds[integer] = highspy.HighsVarType.kInteger
            lp.integrality_ = kinds
        return lp

    def _column_lower(self) -> FloatArray:
        lower = np.concatenate(self._lower)
        for columns, limit in self._new_lower:
            lower[columns] = limit
        return lower

    def _row_limits(self) -> tuple[FloatArray, FloatArray]:
        lower, upper = np.concatenate(self._row_lower), np.concatenate(self._row_upper)
        for row, amount in self._row_shift:
            lower[row] += amount
            upper[row] += amount
        return lower, upper

"""A home's stores and its meter as kernels take them: side by side on the axis, on or off at each step."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mas2tering.domain.load_bands import LoadBand
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.home.model import BoolArray, FloatArray, IntArray, LinearStore

_GRID_POINTS = 61
_SHORT_PER_KWH = 100.0
"""What it counts as to be short of what is due: far above any price of energy."""
_BEYOND_THE_BAND = 0.5
"""How far the grid of a house reaches beyond its comfort band, as a share of the band."""


class Meter(NamedTuple):
    """What a load at the meter costs: a price per kWh that rises where the load passes an edge.

    ``edges_kw``, shape (edges, steps), rise from row to row; ``price_per_kwh``, shape (edges + 1, steps), are the prices below the
    first, between two, and above the last. Edges are where import takes the place of export (zero, or what is bound
    by a trade), a peak that costs, the ends of a band that the network operator sets. ``fuse_kw`` is the most that the home
    may draw, ``hours`` the length of a step.
    """

    edges_kw: FloatArray
    price_per_kwh: FloatArray
    fuse_kw: float
    hours: float

    def cost(self, load_kw: FloatArray, at: slice) -> FloatArray:
        """What loads over the steps ``at``, the last axis, cost beside a load at the first edge of each step."""
        edges, price = self.edges_kw[:, at], self.price_per_kwh[:, at]
        total = price[0] * (load_kw - edges[0])
        for row in range(len(edges)):
            total = total + (price[row + 1] - price[row]) * np.maximum(0.0, load_kw - edges[row])
        return np.asarray(self.hours * total)


class Kink(NamedTuple):
    """A load in kW at the meter from which on a kWh costs so much more, both of shape (steps,)."""

    at_kw: FloatArray
    more_per_kwh: FloatArray


class Stores(NamedTuple):
    """Stores side by side; see :class:`~mas2tering.home.model.LinearStore` for what the numbers mean.

    Arrays have shape (stores, steps) where a number changes with the step, else (stores,). ``there`` is whether
    a store is there at a step, ``first`` and ``end`` the steps between which it is. ``lower_kwh`` is what must be in it
    after a step if all that is due later shall still be reached; ``short_per_kwh`` is what
    each kWh below ``lower_kwh`` costs. ``grid_kwh``, shape (stores, points), are the contents at which costs to
    go are kept.
    """

    first: IntArray
    end: IntArray
    grid_kwh: FloatArray
    retention: FloatArray
    gain_in: FloatArray
    gain_out: FloatArray
    power_in_kw: FloatArray
    power_out_kw: FloatArray
    drain_kwh: FloatArray
    lower_kwh: FloatArray
    upper_kwh: FloatArray
    soft_lower_kwh: FloatArray
    soft_lower_price: FloatArray
    soft_upper_kwh: FloatArray
    soft_upper_price: FloatArray
    wear_per_kw: FloatArray
    short_per_kwh: FloatArray
    end_value_per_kwh: FloatArray

    def there(self, step: int) -> BoolArray:
        """Which stores are there at a step, shape (stores,)."""
        return np.asarray((self.first <= step) & (step < self.end))


def meter_of(
    tariff: TariffOnAxis,
    fuse_kw: float,
    *,
    turns_kw: FloatArray | None = None,
    peak: Kink | None = None,
    band: LoadBand | None = None,
) -> Meter:
    """A tariff as kernels take it; where feeding in is dearer than drawing, both count as the cheaper.

    Args:
        tariff: the home's prices.
        fuse_kw: the most that the home may draw.
        turns_kw: the load at which the price of export turns into that of import, shape (steps,): zero unless told otherwise.
        peak: the load above which import costs more.
        band: what the load is to stay within.
    """
    buying, steps = tariff.import_price_per_kwh, len(tariff.import_price_per_kwh)
    selling = np.minimum(tariff.export_price_per_kwh, buying).astype(float)
    kinks = [Kink(np.zeros(steps) if turns_kw is None else turns_kw, buying - selling)]
    if peak is not None:
        kinks.append(peak)
    lowest = selling
    if band is not None:
        lower, upper = _kink(band.lower_kw, band.beyond_per_kwh), _kink(band.upper_kw, band.beyond_per_kwh)
        kinks += [lower, upper]
        lowest = selling - lower.more_per_kwh
    edges = np.minimum([kink.at_kw for kink in kinks], fuse_kw).astype(float)
    more = np.array([kink.more_per_kwh for kink in kinks], dtype=float)
    order = np.argsort(edges, axis=0, kind="stable")
    prices = lowest + np.cumsum(np.take_along_axis(more, order, axis=0), axis=0)
    return Meter(
        np.ascontiguousarray(np.take_along_axis(edges, order, axis=0)),
        np.ascontiguousarray(np.concatenate([lowest[np.newaxis], prices])),
        fuse_kw,
        tariff.axis.step_hours,
    )


def _kink(end_kw: FloatArray, more_per_kwh: float) -> Kink:
    """An end of a band; an infinite one costs nothing, wherever it stands."""
    binds = np.isfinite(end_kw)
    return Kink(np.where(binds, end_kw, 0.0), np.where(binds, more_per_kwh, 0.0))


def stacked(stores: Sequence[LinearStore], steps: int, step_hours: float) -> Stores:
    """Stores of a home's model side by side."""

    def on_axis(name: str) -> FloatArray:
        rows = np.zeros((len(stores), steps))
        for row, store in zip(rows, stores, strict=True):
            row[store.window] = getattr(store, name)
        return rows

    def each(name: str) -> FloatArray:
        return np.array([getattr(store, name) for store in stores], dtype=float)

    return Stores(
        first=np.array([s.first_step for s in stores], dtype=np.int64),
        end=np.array([s.first_step + s.steps for s in stores], dtype=np.int64),
        grid_kwh=np.array([_grid(store) for store in stores]).reshape(len(stores), _GRID_POINTS),
        retention=each("retention"),
        gain_in=on_axis("gain_in"),
        gain_out=each("gain_out"),
        power_in_kw=on_axis("power_in_kw"),
        power_out_kw=on_axis("power_out_kw"),
        drain_kwh=on_axis("drain_kwh"),
        lower_kwh=_least_contents(stores, steps),
        upper_kwh=on_axis("upper_kwh"),
        soft_lower_kwh=on_axis("soft_lower_kwh"),
        soft_lower_price=on_axis("soft_lower_price"),
        soft_upper_kwh=on_axis("soft_upper_kwh"),
        soft_upper_price=on_axis("soft_upper_price"),
        wear_per_kw=each("wear_cost_per_kwh") * step_hours,
        short_per_kwh=np.array(
            [s.relief_cost_per_kwh if np.any(s.relief_kwh > 0) else _SHORT_PER_KWH for s in stores],
            dtype=float,
        ),
        end_value_per_kwh=each("end_value_per_kwh"),
    )


def _least_contents(stores: Sequence[LinearStore], steps: int) -> FloatArray:
    """What must be in each store after a step so that what is due later can still be reached at full power."""
    rows = np.zeros((len(stores), steps))
    for row, store in zip(rows, stores, strict=True):
        least = store.lower_kwh.copy()
        for k in range(store.steps - 2, -1, -1):
            to_come = float(store.gain_in[k + 1] * store.power_in_kw[k + 1] - store.drain_kwh[k + 1])
            if not np.any(store.relief_kwh > 0) and store.retention > 0:
                least[k] = max(least[k], (least[k + 1] - to_come) / store.retention)
        row[store.window] = np.minimum(least, store.upper_kwh)
    return rows


def _grid(store: LinearStore) -> FloatArray:
    """The contents between which a store is looked at."""
    low, high = float(store.lower_kwh.min()), float(store.upper_kwh.max())
    if np.any(store.soft_upper_price > 0):
        # A house has no hard limits worth a grid: its band, and half of it on either side.
        below, above = float(store.soft_lower_kwh.min()), float(store.soft_upper_kwh.max())
        reach = _BEYOND_THE_BAND * max(above - below, 1.0)
        low, high = max(low, below - reach), min(high, above + reach)
    low, high = min(low, store.initial_kwh), max(high, store.initial_kwh)
    return np.linspace(low, max(high, low + 1e-3), _GRID_POINTS)

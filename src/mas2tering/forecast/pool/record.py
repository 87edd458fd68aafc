"""What is learned of experts: how their mixtures scored in a home, and how often quantiles were kept.

The CRPS of a mixture is quadratic in its weights (it integrates a square of the mixed distribution), so the best
weights over any days follow from sums over those days: a matrix and a vector for each home. Sums of homes add up to
those of their community, which is the prior of a home of which little is known.
"""

from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.time_axis import FIRST_YEAR, LAST_YEAR
from mas2tering.forecast.pool.experts import EXPERTS, PRIOR, Narrow
from mas2tering.forecast.quantiles import LEVELS

FloatArray = NDArray[np.float64]

VERSION = "expert pool 1"
COMMUNITY_DAYS = 20.0
"""The community's record counts as so many days of a home's own."""
_LOYALTY = 0.02
"""How strongly weights are held to the prior, as a share of the mean square of a distribution, a day."""
_FORGETTING = 0.85
_ITERATIONS = 150
_MOST = 1e12
"""Sums beyond this are no sums of days."""
_FIRST_DAY, _LAST_DAY = ((date(year, 1, 1) - date(1970, 1, 1)).days for year in (FIRST_YEAR, LAST_YEAR + 1))


@dataclass(frozen=True)
class PoolRecord:
    """The record of one home: what a model learned, on which days, and by which version of the code.

    Attributes:
        version: the code that learned it; sums of other versions are not read.
        first_day: date of the first day behind it, in days since 1970.
        last_day: date of the last day that was scored.
        level_kw: mean power when it was made; when the home moves far from it, it learns anew.
        days: how many days stand behind the sums, older ones counting less.
        products: of the experts' distributions, normalised by the load, shape (experts, experts).
        hits: of the distributions and what happened, shape (experts,).
        kept: for each level, the share of steps at or below the quantile, times ``days``, shape (levels,).
    """

    version: str
    first_day: int
    last_day: int
    level_kw: float
    days: float
    products: FloatArray
    hits: FloatArray
    kept: FloatArray

    @classmethod
    def empty(cls, day: int, level_kw: float) -> "PoolRecord":
        """The record of a home in which nothing was scored before ``day``."""
        size = len(EXPERTS)
        return cls(
            VERSION,
            day,
            day - 1,
            level_kw,
            0.0,
            np.zeros((size, size)),
            np.zeros(size),
            np.zeros(len(LEVELS)),
        )

    def with_day(
        self,
        day: int,
        mixed: Narrow,
        weights: FloatArray,
        edges_kw: FloatArray,
        actual_kw: FloatArray,
        level_kw: float,
    ) -> "PoolRecord":
        """The record after another day.

        Args:
            day: its date, in days since 1970.
            mixed: the experts' distributions, shape (experts, slots, bins).
            weights: with which they would have been mixed, shape (experts,).
            edges_kw: shape (bins,).
            actual_kw: what was measured, shape (slots,), not a number where it was not.
            level_kw: mean power of the home now.
        """
        known = np.isfinite(actual_kw)
        if not known.any() or level_kw <= 0 or len(edges_kw) < 2:
            return self
        at_or_below = (actual_kw[known, None] <= edges_kw).astype(np.float64)
        read = mixed[:, known].astype(np.float64)
        width = np.gradient(edges_kw) / (level_kw * known.sum())
        flat = read.reshape(len(read), -1)
        wide = flat * np.tile(width, int(known.sum()))
        return PoolRecord(
            self.version,
            self.first_day,
            max(self.last_day, day),
            level_kw,
            self.days + 1,
            self.products + wide @ flat.T,
            self.hits + wide @ at_or_below.ravel(),
            self.kept + _kept(np.tensordot(weights, read, 1), edges_kw, actual_kw[known]),
        )

    def faded(self) -> "PoolRecord":
        """The same record counting for less, so that what comes counts for more."""
        f = _FORGETTING
        return PoolRecord(
            self.version,
            self.first_day,
            self.last_day,
            self.level_kw,
            self.days * f,
            self.products * f,
            self.hits * f,
            self.kept * f,
        )

    def to_plain(self) -> dict[str, object]:
        """The record in plain values, as for JSON."""
        plain = asdict(self)
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in plain.items()
        }

    @classmethod
    def from_plain(cls, plain: dict[str, object]) -> "PoolRecord":
        """The record that :meth:`to_plain` gave.

        Raises:
            ValueError: another version of the code made it, or its sums are of another shape.
        """
        if plain.get("version") != VERSION:
            raise ValueError(f"a model of {plain.get('version')!r} was stored; this code reads {VERSION!r}")
        empty = cls.empty(0, 0.0)
        values: dict[str, object] = {}
        for name, kind in asdict(empty).items():
            if name not in plain:
                raise ValueError(f"{name} is missing in a stored model")
            value = plain[name]
            if isinstance(kind, int | float) and not _is_like(value, kind):
                raise ValueError(f"{name} of a stored model is {value!r:.40}, not a number as it should be")
            if isinstance(kind, np.ndarray):
                try:
                    value = np.array(value, dtype=float)
                except (TypeError, ValueError, OverflowError):
                    raise ValueError(f"{name} of a stored model holds what is no number") from None
                if not np.isfinite(value).all():
                    raise ValueError(f"{name} of a stored model holds a value that is not finite")
                if value.shape != kind.shape:
                    raise ValueError(f"{name} of a stored model has shape {value.shape}, not {kind.shape}")
            values[name] = value
        record = cls(**values)  # type: ignore[arg-type]
        record._hold_possible()
        return record

    def _hold_possible(self) -> None:
        """Hold that days could have taught this: sums of shares and of squares are below zero nowhere.

        Raises:
            ValueError: they could not.
        """
        for name in ("level_kw", "days", "products", "hits", "kept"):
            value = np.asarray(getattr(self, name))
            if (value < 0).any() or (value > _MOST).any():
                raise ValueError(
                    f"{name} of a stored model holds {value.flat[np.argmax(np.abs(value))]:g}, which no days teach"
                )
        # A record in which nothing was scored ends on the day before it begins.
        if not _FIRST_DAY <= self.first_day <= self.last_day + 1 <= _LAST_DAY:
            raise ValueError(
                f"a stored model says that it learned from day {self.first_day} to day {self.last_day} after 1970"
            )


def _is_like(value: object, kind: int | float) -> bool:
    """Whether a value is a finite number, and a whole one where that is meant."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MOST:
        return False
    return isinstance(value, int) or not isinstance(kind, int)


def _kept(shares: FloatArray, edges_kw: FloatArray, actual_kw: FloatArray) -> FloatArray:
    """For each level, the share of steps on which the measured value lay at or below the quantile.

    A value inside a bin counts in parts, as the bin's probability spreads over it (the non-randomised PIT of Czado,
    Gneiting and Held, doi:10.1111/j.1541-0420.2009.01191.x).
    """
    rows = np.arange(len(actual_kw))
    bounded = np.concatenate([np.zeros((len(rows), 1)), shares, np.ones((len(rows), 1))], axis=1)
    place = np.searchsorted(edges_kw, actual_kw)
    low, high = bounded[rows, place], bounded[rows, place + 1]
    return np.asarray(np.clip((LEVELS[:, None] - low) / np.maximum(high - low, 1e-9), 0.0, 1.0).mean(axis=1))


def best_weights(records: list[PoolRecord]) -> FloatArray:
    """Weights of the experts in each home, shape (homes, experts): none negative, adding up to 1.

    They have the least CRPS over the home's own scored days and the community's, which counts as
    :data:`COMMUNITY_DAYS` days.
    """
    days = sum(record.days for record in records)
    if not days:
        return np.tile(PRIOR, (len(records), 1))
    products = sum(record.products for record in records) / days
    hits = sum(record.hits for record in records) / days
    own_products = np.stack([record.products + COMMUNITY_DAYS * products for record in records])
    own_hits = np.stack([record.hits + COMMUNITY_DAYS * hits for record in records])
    loyalty = _LOYALTY * COMMUNITY_DAYS * float(np.trace(np.asarray(products))) / len(PRIOR)
    own_products += loyalty * np.eye(len(PRIOR))
    return _least_on_simplex(own_products, own_hits + loyalty * PRIOR)


def corrected_levels(records: list[PoolRecord]) -> FloatArray:
    """At which levels to read the mixtures so that quantiles are kept as often as they say, shape (homes, levels)."""
    days = sum(record.days for record in records)
    if not days:
        return np.tile(LEVELS, (len(records), 1))
    community = sum(record.kept for record in records) / days
    levels = np.empty((len(records), len(LEVELS)))
    for k, record in enumerate(records):
        kept = (record.kept + COMMUNITY_DAYS * (community + LEVELS)) / (record.days + 2 * COMMUNITY_DAYS)
        kept = np.maximum.accumulate(np.concatenate([[0.0], kept, [1.0]]))
        levels[k] = np.interp(LEVELS, kept, np.concatenate([[0.0], LEVELS, [1.0]]))
    return np.clip(levels, 0.002, 0.998)


def _least_on_simplex(products: FloatArray, hits: FloatArray) -> FloatArray:
    """Minimise w·P·w − 2 h·w over weights that are not negative and add up to 1, by accelerated projected gradients."""
    weights = np.tile(PRIOR, (len(hits), 1))
    step = 1.0 / np.maximum(np.linalg.eigvalsh(products)[:, -1:], 1e-12)
    ahead, momentum = weights, 1.0
    for _ in range(_ITERATIONS):
        slope = np.einsum("hij,hj->hi", products, ahead) - hits
        new = _on_simplex(ahead - step * slope)
        following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = new + (momentum - 1) / following * (new - weights)
        weights, momentum = new, following
    return weights


def _on_simplex(points: FloatArray) -> FloatArray:
    """The nearest points of the simplex, row by row (Duchi et al., doi:10.1145/1390156.1390191)."""
    ordered = np.sort(points, axis=1)[:, ::-1]
    excess = (np.cumsum(ordered, axis=1) - 1) / np.arange(1, points.shape[1] + 1)
    last = (ordered > excess).sum(axis=1) - 1
    return np.asarray(np.maximum(points - excess[np.arange(len(points)), last][:, None], 0.0))

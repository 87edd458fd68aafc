"""What a box knows of its car at each moment of a day on which the car does not keep to what was expected.

A car that is due and not there is expected any moment; one that is there is taken to leave when it was expected to,
and one that has not left by then, any moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.home.model import STORE_PROFILES, FloatArray, LinearStore

News = tuple[str, int]
"""What is known of a stay (``as expected``, ``late``, ``there``, ``overdue``, ``over``), and the step for which that holds, where
each step that goes by is news by itself."""


@dataclass(frozen=True)
class _Pair:
    """A stay as it was expected and as it came; None where it was not expected on this axis, or did not come."""

    expected: LinearStore | None
    came: LinearStore | None

    @property
    def as_expected(self) -> bool:
        return self.expected is not None and self.came is not None and same_stay(self.expected, self.came)

    def news(self, now: int) -> News:
        if self.as_expected:
            return "as expected", 0
        expected, came = self.expected, self.came
        if came is not None and came.first_step <= now:
            if _end(came) <= now:
                return "over", 0
            return ("there", 0) if expected is not None and now < _end(expected) else ("overdue", now)
        if expected is not None and expected.first_step <= now < _end(expected):
            return "late", now
        return "as expected", 0

    def believed(self, now: int) -> LinearStore:
        """The stay as it is believed to be when step ``now`` begins."""
        word = self.news(now)[0]
        expected, came = self.expected, self.came
        if came is not None and (word == "over" or (word == "as expected" and self.as_expected)):
            return came
        if came is not None and word in ("there", "overdue"):
            return there(expected, came, now)
        if expected is not None:
            if word != "late":
                return expected
            return from_step(expected, now + 1) if now + 1 < _end(expected) else _gone(expected)
        if came is None:
            raise AssertionError("a stay that was not expected and did not come")
        return _gone(came)


class Stays:
    """The stores of a home, a car's stays as they are believed to be: first those that came, in the order of the home's model,
    then those that were expected and did not come."""

    def __init__(self, came: Sequence[LinearStore], expected: Sequence[LinearStore]) -> None:
        awaited = {(store.device, store.visit): store for store in expected if store.visit}
        pairs = [
            _Pair(awaited.pop((store.device, store.visit), None), store)
            if store.visit
            else _Pair(store, store)
            for store in came
        ]
        self._pairs = (*pairs, *(_Pair(store, None) for store in awaited.values()))

    def news(self, now: int) -> tuple[News, ...]:
        """What is known of each store when step ``now`` begins; other news are reason to think again."""
        return tuple(pair.news(now) for pair in self._pairs)

    def believed(self, now: int) -> tuple[LinearStore, ...]:
        """All stores as they are believed to be when step ``now`` begins."""
        return tuple(pair.believed(now) for pair in self._pairs)


def same_stay(expected: LinearStore, came: LinearStore) -> bool:
    """Whether a car came, will leave, and brought what was expected."""
    return (
        (expected.first_step, expected.initial_kwh) == (came.first_step, came.initial_kwh)
        and np.array_equal(expected.lower_kwh, came.lower_kwh)
        and np.array_equal(expected.power_in_kw, came.power_in_kw)
    )


def there(expected: LinearStore | None, came: LinearStore, now: int) -> LinearStore:
    """A car that is there since ``came`` begins, taken to leave when it was expected to, or else after step ``now``."""
    known = came if expected is None else expected
    due = float(known.lower_kwh[-1])
    leaves_as_expected = expected is not None and _end(expected) > now
    end = _end(known) if leaves_as_expected else now + 1
    n = end - came.first_step
    full_in, full_out = (
        max(float(getattr(store, name).max()) for store in (came, known))
        for name in ("power_in_kw", "power_out_kw")
    )
    power_in, power_out = np.full(n, full_in), np.full(n, full_out)
    if leaves_as_expected:
        power_in[-1], power_out[-1] = known.power_in_kw[-1], known.power_out_kw[-1]
    power_in[0], power_out[0] = came.power_in_kw[0], came.power_out_kw[0]
    floor = min(float(came.lower_kwh.min()), float(known.lower_kwh.min()), came.initial_kwh)
    return replace(
        came,
        gain_in=np.full(n, came.gain_in[0]),
        power_in_kw=power_in,
        power_out_kw=power_out,
        lower_kwh=_with_last(np.full(n, floor), due),
        upper_kwh=np.full(n, max(float(came.upper_kwh.max()), float(known.upper_kwh.max()))),
        soft_lower_kwh=_with_last(np.zeros(n), float(known.soft_lower_kwh[-1])),
        soft_lower_price=_with_last(np.zeros(n), float(known.soft_lower_price[-1])),
        soft_upper_kwh=np.zeros(n),
        soft_upper_price=np.zeros(n),
        drain_kwh=np.zeros(n),
        relief_kwh=np.zeros(n),
        setpoint_kwh=np.full(n, known.setpoint_kwh[-1]),
        end_value_per_kwh=known.end_value_per_kwh,
    )


def _end(store: LinearStore) -> int:
    return store.first_step + store.steps


def _with_last(values: FloatArray, last: float) -> FloatArray:
    values[-1] = max(float(values[-1]), last)
    return values


def from_step(store: LinearStore, first: int) -> LinearStore:
    """The part of a store's window from a step on."""
    later = {name: getattr(store, name)[first - store.first_step :] for name in STORE_PROFILES}
    return replace(store, first_step=first, **later)


def _gone(store: LinearStore) -> LinearStore:
    """A store that nothing goes into or comes out of."""
    one, nothing = from_step(store, _end(store) - 1), np.zeros(1)
    return replace(
        one,
        first_step=0,
        power_in_kw=nothing,
        power_out_kw=nothing,
        drain_kwh=nothing,
        relief_kwh=nothing,
        lower_kwh=nothing,
        upper_kwh=np.full(1, store.initial_kwh),
        soft_lower_price=nothing,
        soft_upper_price=nothing,
        end_value_per_kwh=0.0,
    )

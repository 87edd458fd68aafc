"""What was delivered of an order, step by step, as in USEF: never more than was ordered, and only in its direction."""

from dataclasses import dataclass

import numpy as np

from mas2tering.domain.plans import FloatArray
from mas2tering.settlement.flexibility.order import SAME_LOAD_KW, FlexOrder


@dataclass(frozen=True)
class Tolerance:
    """How far a step may fall short of what was ordered and still count as delivered: ``kw`` and ``share`` of the ordered
    power together. What nobody can steer (base load, sun) moves a meter by that much."""

    kw: float = 0.5
    share: float = 0.1


USUAL = Tolerance()


@dataclass(frozen=True)
class Delivery:
    """All of shape (steps,), in kW and zero or more, in the direction of the order.

    ``ordered_kw`` is the size of the ordered flex power, ``delivered_kw`` what the meter shows of it, ``counted_kw`` that
    with tolerance. ``metered_kw`` is the net load by the meter, None where plans are settled: then all is delivered.
    """

    ordered_kw: FloatArray
    delivered_kw: FloatArray
    counted_kw: FloatArray
    metered_kw: FloatArray | None

    @property
    def share(self) -> float:
        """The delivered share of the order, from 0 to 1: counted energy over ordered energy."""
        return float(self.counted_kw.sum() / self.ordered_kw.sum())

    @property
    def tolerated_share(self) -> float:
        """The part of the order that counts as delivered by tolerance alone, from 0 to 1."""
        return float((self.counted_kw - self.delivered_kw).sum() / self.ordered_kw.sum())

    @property
    def deficient_kw(self) -> FloatArray:
        """What was ordered and does not count as delivered, shape (steps,): USEF's power deficiency."""
        return np.asarray(self.ordered_kw - self.counted_kw)


def delivery_of(
    order: FlexOrder, metered_kw: FloatArray | None = None, tolerance: Tolerance = USUAL
) -> Delivery:
    """Delivered against ordered, from the metered net load of shape (steps,), or all where plans are settled.

    Delivered is how far the meter is from the bound plan in the order's direction, at most the ordered power. A step that
    falls short by more than the tolerance counts with what it delivered, without the tolerance.

    Raises:
        ValueError: the metered profile has another shape, or a gap.
    """
    moves = order.ordered_flex_kw
    ordered_kw = np.where(np.abs(moves) > SAME_LOAD_KW, np.abs(moves), 0.0)
    if metered_kw is None:
        return Delivery(ordered_kw, ordered_kw, ordered_kw, None)
    if metered_kw.shape != moves.shape or not np.isfinite(metered_kw).all():
        raise ValueError(f"home {order.home!r}: expected a metered net load of {len(moves)} numbers")
    moved_kw = np.sign(moves) * (metered_kw - order.bound_kw)
    delivered_kw = np.clip(moved_kw, 0.0, ordered_kw)
    short_kw = ordered_kw - delivered_kw
    within = short_kw <= tolerance.kw + tolerance.share * ordered_kw
    return Delivery(ordered_kw, delivered_kw, np.where(within, ordered_kw, delivered_kw), metered_kw)

"""Hosting capacity: how much more of something every customer can have before the first limit breaks."""

from dataclasses import dataclass

import numpy as np

from mas2tering.domain.network import Congestion, VoltageLimits
from mas2tering.grid.congestion import congestions, violations
from mas2tering.grid.errors import PowerFlowError
from mas2tering.grid.loads import FloatArray
from mas2tering.grid.power_flow import PowerFlow

_SCANNED = 8


@dataclass(frozen=True)
class HostingCapacity:
    """The most that fits: so many times the load that was added, without a violation.

    ``first_broken`` are the limits that break just beyond, none where all that was asked for fits; ``collapses``
    says that the network cannot carry the load at all there. ``broken_before`` says that a limit is broken with
    nothing added; ``scale`` is 0 then.
    """

    scale: float
    first_broken: tuple[Congestion, ...]
    collapses: bool = False
    broken_before: bool = False

    @property
    def all_fits(self) -> bool:
        """Whether all that was asked for fits: the capacity is that or more."""
        return not (self.first_broken or self.collapses)


@dataclass(frozen=True)
class _Look:
    """What one scale breaks."""

    broken: tuple[Congestion, ...] = ()
    collapses: bool = False

    @property
    def fits(self) -> bool:
        return not (self.broken or self.collapses)


def hosting_capacity(
    flow: PowerFlow,
    load_kw: FloatArray,
    added_kw: FloatArray,
    most: float,
    tolerance: float = 0.01,
    limits: VoltageLimits | None = None,
) -> HostingCapacity:
    """The largest ``scale`` up to ``most`` at which ``load_kw + scale * added_kw`` breaks no limit.

    Both loads have shape (customers, steps); ``added_kw`` is what one unit adds at each customer (the profile of
    1 kW of solar panels, of one more car). Scales are looked at upwards in eight steps, so that what breaks first
    counts even where more of it would mend it, and the step in which it breaks is halved down to ``tolerance``.

    Raises:
        ValueError: loads of another shape, or ``most`` or ``tolerance`` not above zero.
    """
    if not (most > 0 and tolerance > 0):
        raise ValueError(f"most {most:g} and tolerance {tolerance:g}; expected numbers above zero")
    limits = limits or flow.network.voltage_limits

    def look(scale: float) -> _Look:
        try:
            day = flow.day(load_kw + scale * added_kw)
        except PowerFlowError:
            return _Look(collapses=True)
        return _Look(congestions(day, limits) if violations(day, limits).count else ())

    now = look(0.0)
    if not now.fits:
        return HostingCapacity(0.0, now.broken, now.collapses, broken_before=True)
    fits, last = 0.0, now
    for scale in np.linspace(0.0, most, _SCANNED + 1)[1:].tolist():
        last = look(scale)
        if not last.fits:
            break
        fits = scale
    if last.fits:
        return HostingCapacity(most, ())
    breaks, found = fits + most / _SCANNED, last
    while breaks - fits > tolerance:
        middle = (fits + breaks) / 2.0
        last = look(middle)
        if last.fits:
            fits = middle
        else:
            breaks, found = middle, last
    return HostingCapacity(fits, found.broken, found.collapses)

"""What a network has to keep to: statutory voltages, and beyond which a limit counts as violated."""

from dataclasses import dataclass


@dataclass(frozen=True)
class VoltageLimits:
    """Voltages that a customer has to get, in pu of 230 V, as means over ten minutes.

    ``share_of_time`` is the share of these means that have to lie within; ``unbalance`` is the highest ratio of
    negative to positive sequence for the same share of time.
    """

    name: str
    low_pu: float
    high_pu: float
    share_of_time: float = 1.0
    unbalance: float = 0.02


UK_STATUTORY = VoltageLimits("UK: 230 V +10 %/-6 %", 0.94, 1.10)
"""Electricity Safety, Quality and Continuity Regulations 2002 (SI 2002/2665), regulation 27, which says nothing of
unbalance: that is EN 50160's."""
EN_50160 = VoltageLimits("EN 50160: 230 V ±10 %", 0.90, 1.10, share_of_time=0.95)
"""EN 50160:2010, 4.2.2.2 and 4.2.4: 95 % of the ten-minute means of a week, unbalance up to 2 %."""

VOLTAGE_TOLERANCE_PU = 0.0005
"""A voltage beyond its limit by no more than this is no violation."""
UNBALANCE_TOLERANCE = 0.0005
"""An unbalance beyond its limit by no more than this is no violation."""
LOADING_TOLERANCE = 0.001
"""A loading beyond 1 by no more than this is no violation."""

"""Who has agreed to what: the home with its supplier, the home with the aggregator."""

from typing import Annotated

from pydantic import Field

from mas2tering.domain.units import Money
from mas2tering.domain.windows import ClockWindow, Words


class SupplyContract(Words):
    """The home buys from, and sells to, the supplier of a tariff."""

    tariff: str = Field(min_length=1)


class AggregationContract(Words):
    """What the home lets the aggregator ask for.

    ``assets`` are ids of devices (none named: all that the platform may control); requests fall into
    ``hours`` (none: any), at most ``calls_per_day``; the home may override an order where ``override`` is
    true; ``fee_per_day`` is what the aggregator takes.
    """

    aggregator: str = Field(min_length=1)
    assets: tuple[str, ...] = ()
    hours: tuple[ClockWindow, ...] = ()
    calls_per_day: Annotated[int, Field(strict=True, ge=0)] = 1
    override: bool = True
    fee_per_day: Money = 0.0

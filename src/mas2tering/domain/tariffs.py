"""What a supplier charges and pays, and what the regulator adds to energy traded locally."""

from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from mas2tering.domain.profiles import ProfileReader, ProfileSource, profile_on
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.units import CostPerKwh, CostPerKwMonth, Money, PowerOrNoneKw, PricePerKwh
from mas2tering.domain.windows import ClockWindow, Words, covered, covered_minutes

DAYS_PER_MONTH = 365.25 / 12


class FlatPrice(Words):
    """One price at all times."""

    kind: Literal["flat"] = "flat"
    price_per_kwh: PricePerKwh


class TwoRatePrice(Words):
    """A day price, and a night price in the windows of the night meter."""

    kind: Literal["two_rate"] = "two_rate"
    day_price_per_kwh: PricePerKwh
    night_price_per_kwh: PricePerKwh
    night: Annotated[tuple[ClockWindow, ...], Field(min_length=1)]


class PriceBand(Words):
    """A price in some windows."""

    price_per_kwh: PricePerKwh
    windows: Annotated[tuple[ClockWindow, ...], Field(min_length=1)]


class TimeOfUsePrice(Words):
    """A base price, and other prices in bands; where bands overlap, the later one holds."""

    kind: Literal["time_of_use"] = "time_of_use"
    base_price_per_kwh: PricePerKwh
    bands: Annotated[tuple[PriceBand, ...], Field(min_length=1)]


class DynamicPrice(Words):
    """A market's price of each hour or quarter-hour, times ``multiplier``, plus adders, at most
    ``cap_per_kwh``, plus ``vat``.

    ``price = (1 + vat) min(cap, multiplier market + adder + adders of the bands in force)``; the cap, where
    there is one, holds before VAT. The profile has the unit ``per_kWh`` or ``per_MWh``.
    """

    kind: Literal["dynamic"] = "dynamic"
    market: ProfileSource
    multiplier: Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-1000, le=1000)] = 1.0
    adder_per_kwh: PricePerKwh = 0.0
    bands: tuple[PriceBand, ...] = ()
    cap_per_kwh: PricePerKwh | None = None
    vat: Annotated[float, Field(strict=True, ge=0, le=1)] = 0.0

    @model_validator(mode="after")
    def _market_prices_are_prices(self) -> Self:
        if self.market.unit not in ("per_kWh", "per_MWh"):
            raise ValueError(
                f"market.unit {self.market.unit} is not a unit of prices; expected per_kWh or per_MWh"
            )
        return self


class NetMetering(Words):
    """What is fed in is worth what is drawn in the same step (over the year, up to what is drawn)."""

    kind: Literal["net_metering"] = "net_metering"


ImportPrice = Annotated[FlatPrice | TwoRatePrice | TimeOfUsePrice | DynamicPrice, Field(discriminator="kind")]
ExportPrice = Annotated[
    FlatPrice | TwoRatePrice | TimeOfUsePrice | DynamicPrice | NetMetering, Field(discriminator="kind")
]


class CapacityCharge(Words):
    """A charge on the month's highest mean import over ``billing_minutes``.

    ``reached_kw`` is the peak of the month so far (or the minimum that is billed anyway): only what goes
    beyond costs more.
    """

    price_per_kw_month: CostPerKwMonth
    billing_minutes: Literal[15, 30, 60] = 15
    reached_kw: PowerOrNoneKw = 0.0


class Tariff(Words):
    """All that a supplier bills: import, export, capacity, standing charge; all with taxes."""

    id: str = Field(min_length=1)
    supplier: str = Field(min_length=1)
    import_price: ImportPrice
    export_price: ExportPrice
    capacity_charge: CapacityCharge | None = None
    standing_charge_per_day: Money = 0.0
    source: str = ""


class LocalCharges(Words):
    """What the regulator puts on each kWh that is traded inside the community: network fee, levies, taxes."""

    buyer_per_kwh: CostPerKwh = 0.0
    seller_per_kwh: CostPerKwh = 0.0


@dataclass(frozen=True)
class TariffOnAxis:
    """A tariff as arrays for an axis.

    ``import_price_per_kwh`` and ``export_price_per_kwh`` have shape (steps,). ``filled`` repeats which gaps
    of a market price were filled by which rule.
    """

    id: str
    axis: TimeAxis
    import_price_per_kwh: NDArray[np.float64]
    export_price_per_kwh: NDArray[np.float64]
    capacity_charge: CapacityCharge | None
    standing_charge_per_day: float
    filled: tuple[str, ...] = ()

    @property
    def days(self) -> float:
        """Length of the axis in days of 24 h, to which standing and capacity charges are taken pro rata."""
        return self.axis.steps * self.axis.step_hours / 24


def capacity_price(tariff: TariffOnAxis) -> float:
    """The capacity charge per kW of peak for the length of the axis: the month's charge pro rata."""
    if tariff.capacity_charge is None:
        return 0.0
    return tariff.capacity_charge.price_per_kw_month * tariff.days / DAYS_PER_MONTH


def billing_steps(tariff: TariffOnAxis) -> int:
    """Steps over which import is averaged for the capacity charge: one where the step is longer than the
    charge's own period."""
    if tariff.capacity_charge is None:
        return 1
    return max(1, tariff.capacity_charge.billing_minutes // tariff.axis.step_minutes)


def peak_beyond_reached(tariff: TariffOnAxis, net_kw: NDArray[np.float64]) -> float:
    """How far the billed peak goes beyond what the month has reached already, in kW."""
    if tariff.capacity_charge is None:
        return 0.0
    width = billing_steps(tariff)
    imported = np.maximum(net_kw, 0.0)
    whole = len(imported) // width * width
    means = imported[:whole].reshape(-1, width).mean(axis=1)
    return max(0.0, float(means.max(initial=0.0)) - tariff.capacity_charge.reached_kw)


def capacity_charged(tariff: TariffOnAxis, net_kw: NDArray[np.float64]) -> float:
    """What the capacity charge comes to for a net load, shape (steps,), import positive."""
    return capacity_price(tariff) * peak_beyond_reached(tariff, net_kw)


def tariff_on(axis: TimeAxis, tariff: Tariff, reader: ProfileReader) -> TariffOnAxis:
    """The tariff's prices for each step of an axis.

    A price that changes inside a step enters with the share of the step for which it holds.

    Raises:
        ProfileError: a market price is missing.
    """
    filled: list[str] = []
    bought = _price_on(axis, tariff.import_price, reader, filled)
    if isinstance(tariff.export_price, NetMetering):
        sold = bought
    else:
        sold = _price_on(axis, tariff.export_price, reader, filled)
    return TariffOnAxis(
        tariff.id,
        axis,
        bought,
        sold,
        tariff.capacity_charge,
        tariff.standing_charge_per_day,
        tuple(dict.fromkeys(filled)),
    )


def _price_on(
    axis: TimeAxis, price: ImportPrice, reader: ProfileReader, filled: list[str]
) -> NDArray[np.float64]:
    if isinstance(price, FlatPrice):
        return np.full(axis.steps, price.price_per_kwh)
    if isinstance(price, TwoRatePrice):
        night = covered(price.night, axis)
        return price.day_price_per_kwh + (price.night_price_per_kwh - price.day_price_per_kwh) * night
    if isinstance(price, TimeOfUsePrice):
        by_minute = np.full(axis.steps * axis.step_minutes, price.base_price_per_kwh)
        for band in price.bands:
            by_minute[covered_minutes(band.windows, axis)] = band.price_per_kwh
        return np.asarray(by_minute.reshape(axis.steps, -1).mean(axis=1))
    market = profile_on(axis, price.market, reader)
    if market.filled:
        filled.append(market.filled)
    values = price.multiplier * market.values + price.adder_per_kwh
    for band in price.bands:
        values = values + band.price_per_kwh * covered(band.windows, axis)
    if price.cap_per_kwh is not None:
        values = np.minimum(values, price.cap_per_kwh)
    return (1 + price.vat) * values

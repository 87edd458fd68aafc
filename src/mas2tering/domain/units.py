"""Quantities with their unit, as types of fields that a user fills in.

Each type carries its range and, for the published schema, its unit. Numbers are strict: a quoted number or a
``true`` is refused rather than converted, since a silent conversion hides a mistake in the file.

Every range has two ends. Beyond 100 MW or below a watt nothing stands in a home, and a number there is a slip of
the keyboard, which would come out of a plan as an infinite cost or as none.
"""

from typing import Annotated

from pydantic import Field


def _quantity(
    unit: str,
    *,
    gt: float | None = None,
    ge: float | None = None,
    lt: float | None = None,
    le: float | None = None,
) -> object:
    return Field(
        strict=True, allow_inf_nan=False, gt=gt, ge=ge, lt=lt, le=le, json_schema_extra={"unit": unit}
    )


PowerKw = Annotated[float, _quantity("kW", ge=0.001, le=100_000)]
"""A rating: a power of a watt or more, in kW."""
PowerOrNoneKw = Annotated[float, _quantity("kW", ge=0, le=100_000)]
"""A power that may be zero, in kW."""
EnergyKwh = Annotated[float, _quantity("kWh", ge=0, le=100_000)]
"""An energy of zero or more, in kWh."""
CapacityKwh = Annotated[float, _quantity("kWh", ge=0.001, le=100_000)]
"""The size of a store: a watt-hour or more, in kWh."""
Efficiency = Annotated[float, _quantity("fraction", ge=0.01, le=1)]
"""A fraction from 0.01 to 1."""
Share = Annotated[float, _quantity("fraction", ge=0, le=1)]
"""A fraction from 0 to 1."""
LossPerHour = Annotated[float, _quantity("fraction per hour", ge=0, lt=1)]
"""The fraction of a store's content that is lost in an hour."""
CoefficientOfPerformance = Annotated[float, _quantity("kWh heat or cold per kWh electricity", ge=0.1, le=20)]
"""Heat or cold delivered per unit of electricity."""
TemperatureC = Annotated[float, _quantity("degree Celsius", ge=-60, le=100)]
"""A temperature in degrees Celsius."""
LatitudeDeg = Annotated[float, _quantity("degrees north", ge=-90, le=90)]
"""A latitude."""
LongitudeDeg = Annotated[float, _quantity("degrees east", ge=-180, le=180)]
"""A longitude."""
HeatCapacityKwhPerK = Annotated[float, _quantity("kWh/K", ge=0.001, le=100_000)]
"""Heat that warms a house by one kelvin."""
HeatLossKwPerK = Annotated[float, _quantity("kW/K", ge=0.0001, le=1000)]
"""Heat that a house loses per kelvin of difference to the outside."""
PricePerKwh = Annotated[float, _quantity("currency/kWh", ge=-1_000_000, le=1_000_000)]
"""A price of energy; negative prices are prices."""
CostPerKwh = Annotated[float, _quantity("currency/kWh", ge=0, le=1_000_000)]
"""A cost of zero or more per kWh."""
CostPerHour = Annotated[float, _quantity("currency/h", ge=0, le=1_000_000)]
"""A cost of zero or more per hour."""
CostPerKelvinHour = Annotated[float, _quantity("currency/(K h)", ge=0, le=1_000_000)]
"""The price of one kelvin outside the comfort band for one hour."""
CostPerKwMonth = Annotated[float, _quantity("currency/(kW month)", ge=0, le=1_000_000)]
"""A capacity charge."""
Money = Annotated[float, _quantity("currency", ge=0, le=1_000_000)]
"""An amount of zero or more in the community's currency."""
Minutes = Annotated[int, _quantity("min", ge=0, le=10_080)]
"""A duration in minutes, up to a week."""
Priority = Annotated[int, Field(strict=True, ge=1, le=5)]
"""1 gives way first, 5 last, when wishes clash."""

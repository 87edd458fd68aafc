"""Heat and cold: heat pump, air conditioning, hot water, micro-CHP, and the tank or house that stores for
them."""

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from mas2tering.domain.devices.base import DeviceBase
from mas2tering.domain.profiles import ProfileSource
from mas2tering.domain.time_axis import ClockTime
from mas2tering.domain.units import (
    CapacityKwh,
    CoefficientOfPerformance,
    CostPerKelvinHour,
    CostPerKwh,
    Efficiency,
    EnergyKwh,
    HeatCapacityKwhPerK,
    HeatLossKwPerK,
    LossPerHour,
    Minutes,
    Money,
    PowerKw,
    PowerOrNoneKw,
    PricePerKwh,
    TemperatureC,
)
from mas2tering.domain.windows import Words, check_order


class Tank(Words):
    """Water that holds heat; content in kWh above the temperature at which it is of no use.

    Demand that the tank cannot serve is valued at ``unserved_heat_cost_per_kwh``: high, but not infinite, so
    that there is always a plan.
    """

    type: Literal["tank"] = "tank"
    capacity_kwh: CapacityKwh
    initial_kwh: EnergyKwh
    minimum_kwh: EnergyKwh = 0.0
    loss_per_hour: LossPerHour = 0.0
    demand: ProfileSource
    unserved_heat_cost_per_kwh: CostPerKwh = 2.0
    end_value_per_kwh: PricePerKwh | None = None

    @model_validator(mode="after")
    def _contents_fit(self) -> Self:
        for name in ("initial_kwh", "minimum_kwh"):
            if getattr(self, name) > self.capacity_kwh:
                raise ValueError(
                    f"{name} {getattr(self, name):g} is above capacity_kwh {self.capacity_kwh:g}; "
                    "expected no more than the capacity"
                )
        return self


class ComfortBand(Words):
    """The temperatures that people want between two times of the local clock."""

    begin: ClockTime
    end: ClockTime
    lowest_c: TemperatureC
    highest_c: TemperatureC

    @model_validator(mode="after")
    def _is_a_band(self) -> Self:
        check_order("begin", self.begin, "end", self.end)
        if self.lowest_c >= self.highest_c:
            raise ValueError(
                f"lowest_c {self.lowest_c:g} is not below highest_c {self.highest_c:g}; expected a band"
            )
        return self


class House(Words):
    """The house itself as a store: one heat capacity, one loss to the outside.

    Outside the ``comfort`` bands in force a kelvin costs ``discomfort_cost_per_kelvin_hour``; at times
    without a band the one around the clock, ``lowest_c`` to ``highest_c``, holds.
    """

    type: Literal["house"] = "house"
    heat_capacity_kwh_per_k: HeatCapacityKwhPerK
    heat_loss_kw_per_k: HeatLossKwPerK
    initial_temperature_c: TemperatureC
    lowest_c: TemperatureC
    highest_c: TemperatureC
    comfort: tuple[ComfortBand, ...] = ()
    outdoor_temperature: ProfileSource
    gains: ProfileSource | None = None
    discomfort_cost_per_kelvin_hour: CostPerKelvinHour = 0.5
    end_value_per_kwh: PricePerKwh | None = None

    @model_validator(mode="after")
    def _is_a_band(self) -> Self:
        if self.lowest_c >= self.highest_c:
            raise ValueError(
                f"lowest_c {self.lowest_c:g} is not below highest_c {self.highest_c:g}; expected a band"
            )
        return self


HeatStore = Annotated[Tank | House, Field(discriminator="type")]


def _performance_tag(value: object) -> str:
    return "plain number" if isinstance(value, int | float) else "a profile"


PerformanceSource = Annotated[
    Annotated[CoefficientOfPerformance, Tag("plain number")] | Annotated[ProfileSource, Tag("a profile")],
    Discriminator(_performance_tag),
]


class HeatPump(DeviceBase):
    """An electric heat pump that modulates from zero to its rating and heats a tank or the house."""

    kind: Literal["heat_pump"] = "heat_pump"
    electrical_power_kw: PowerKw
    coefficient_of_performance: PerformanceSource
    store: HeatStore


class AirConditioning(DeviceBase):
    """Cooling of a house, from zero to its rating."""

    kind: Literal["air_conditioning"] = "air_conditioning"
    electrical_power_kw: PowerKw
    energy_efficiency_ratio: PerformanceSource
    store: House


class HotWater(DeviceBase):
    """A boiler with an electric heating element, from zero to its rating."""

    kind: Literal["hot_water"] = "hot_water"
    electrical_power_kw: PowerKw
    store: Tank


class Boiler(Words):
    """A burner beside a micro-CHP that helps its tank."""

    heat_power_kw: PowerKw
    efficiency: Efficiency


class MicroChp(DeviceBase):
    """Combined heat and power: on for at least ``minimum_up_minutes``, off for at least
    ``minimum_down_minutes``.

    When on, it runs anywhere between its minimum and its full load, with fuel, heat and electricity on the
    straight line between the two points; equal points are a machine that knows on and off only. Electricity
    generated is counted positive here, as a rating; in plans it is negative load.
    """

    kind: Literal["micro_chp"] = "micro_chp"
    electrical_power_kw: PowerKw
    heat_power_kw: PowerKw
    fuel_power_kw: PowerKw
    minimum_electrical_power_kw: PowerOrNoneKw | None = None
    minimum_heat_power_kw: PowerOrNoneKw | None = None
    minimum_fuel_power_kw: PowerOrNoneKw | None = None
    fuel_price_per_kwh: CostPerKwh
    start_cost: Money = 0.0
    minimum_up_minutes: Minutes = 0
    minimum_down_minutes: Minutes = 0
    initially_on: bool = False
    boiler: Boiler | None = None
    store: Tank

    @model_validator(mode="after")
    def _load_range(self) -> Self:
        if self.store.minimum_kwh > 0:
            raise ValueError(
                f"store.minimum_kwh {self.store.minimum_kwh:g} behind a micro-CHP is not planned; expected 0 or nothing"
            )
        lows = (self.minimum_electrical_power_kw, self.minimum_heat_power_kw, self.minimum_fuel_power_kw)
        if any(low is not None for low in lows) and not all(low is not None for low in lows):
            raise ValueError(
                "only some of minimum_electrical_power_kw, minimum_heat_power_kw and minimum_fuel_power_kw "
                "are given; "
                "expected all three or none (a machine that knows on and off only)"
            )
        for name, low, high in zip(
            ("electrical", "heat", "fuel"),
            lows,
            (self.electrical_power_kw, self.heat_power_kw, self.fuel_power_kw),
            strict=True,
        ):
            if low is not None and low > high:
                raise ValueError(
                    f"minimum_{name}_power_kw {low:g} is above {name}_power_kw {high:g}; expected no more"
                )
        return self

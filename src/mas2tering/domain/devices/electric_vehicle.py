"""An electric vehicle and its stays at home."""

from typing import Literal, Self

from pydantic import Field, model_validator

from mas2tering.domain.devices.base import DeviceBase
from mas2tering.domain.time_axis import ClockTime
from mas2tering.domain.units import (
    CapacityKwh,
    CostPerKwh,
    Efficiency,
    EnergyKwh,
    PowerKw,
    PowerOrNoneKw,
    PricePerKwh,
)
from mas2tering.domain.windows import WEEKDAYS, Weekdays, Words, check_order


class Stay(Words):
    """The car is plugged in from ``arrives`` until ``departs``, on the weekdays on which it arrives.

    It comes with ``arrival_energy_kwh`` in its battery and must leave with ``departure_energy_kwh``. Beyond
    that, up to ``wished_energy_kwh``, it takes energy where a stored kWh costs less than
    ``wish_value_per_kwh`` (opportunistic charging).
    """

    arrives: ClockTime
    departs: ClockTime
    days: Weekdays = WEEKDAYS
    arrival_energy_kwh: EnergyKwh
    departure_energy_kwh: EnergyKwh
    wished_energy_kwh: EnergyKwh | None = None
    wish_value_per_kwh: CostPerKwh = 0.0

    @model_validator(mode="after")
    def _comes_before_it_leaves(self) -> Self:
        check_order("arrives", self.arrives, "departs", self.departs)
        if self.wished_energy_kwh is not None and self.wished_energy_kwh < self.departure_energy_kwh:
            raise ValueError(
                f"wished_energy_kwh {self.wished_energy_kwh:g} is below departure_energy_kwh "
                f"{self.departure_energy_kwh:g}; "
                "expected at least what the car must leave with"
            )
        return self


class ElectricVehicle(DeviceBase):
    """A car with its charger; vehicle-to-grid where ``discharge_power_kw`` is above zero. Powers are at the
    meter's side."""

    kind: Literal["ev"] = "ev"
    capacity_kwh: CapacityKwh
    charge_power_kw: PowerKw
    charge_efficiency: Efficiency
    discharge_power_kw: PowerOrNoneKw = 0.0
    discharge_efficiency: Efficiency = 1.0
    minimum_energy_kwh: EnergyKwh = 0.0
    wear_cost_per_kwh: CostPerKwh = 0.0
    end_value_per_kwh: PricePerKwh | None = None
    stays: tuple[Stay, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _energies_fit(self) -> Self:
        for k, stay in enumerate(self.stays):
            for name in ("arrival_energy_kwh", "departure_energy_kwh", "wished_energy_kwh"):
                value = getattr(stay, name)
                if value is not None and value > self.capacity_kwh:
                    raise ValueError(
                        f"stays[{k}].{name} {value:g} is above capacity_kwh {self.capacity_kwh:g}; "
                        "expected no more than the capacity"
                    )
        return self

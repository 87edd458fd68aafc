"""A battery in a home."""

from typing import Literal, Self

from pydantic import model_validator

from mas2tering.domain.devices.base import DeviceBase
from mas2tering.domain.units import (
    CapacityKwh,
    CostPerKwh,
    Efficiency,
    EnergyKwh,
    LossPerHour,
    PowerKw,
    PricePerKwh,
)


class Battery(DeviceBase):
    """A battery with its inverter; powers are at the meter's side, energy is what the cells hold.

    ``end_value_per_kwh`` is the worth of energy left at the end of the day; left out, it is what refilling
    would cost in the day's cheapest hours, which neither rewards hoarding nor emptying.
    ``end_energy_minimum_kwh`` is a hard floor at the end.
    """

    kind: Literal["battery"] = "battery"
    capacity_kwh: CapacityKwh
    charge_power_kw: PowerKw
    discharge_power_kw: PowerKw
    charge_efficiency: Efficiency
    discharge_efficiency: Efficiency
    initial_energy_kwh: EnergyKwh
    minimum_energy_kwh: EnergyKwh = 0.0
    standby_loss_per_hour: LossPerHour = 0.0
    wear_cost_per_kwh: CostPerKwh = 0.0
    end_energy_minimum_kwh: EnergyKwh | None = None
    end_value_per_kwh: PricePerKwh | None = None

    @model_validator(mode="after")
    def _energies_fit(self) -> Self:
        for name in ("initial_energy_kwh", "minimum_energy_kwh", "end_energy_minimum_kwh"):
            value = getattr(self, name)
            if value is not None and value > self.capacity_kwh:
                raise ValueError(
                    f"{name} {value:g} is above capacity_kwh {self.capacity_kwh:g}; "
                    "expected no more than the capacity"
                )
        if self.initial_energy_kwh < self.minimum_energy_kwh:
            raise ValueError(
                f"initial_energy_kwh {self.initial_energy_kwh:g} is below minimum_energy_kwh "
                f"{self.minimum_energy_kwh:g}; "
                "expected at least the minimum"
            )
        return self

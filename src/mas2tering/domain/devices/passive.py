"""What cannot be shifted: base load, and generation from sun and wind."""

from typing import Literal

from mas2tering.domain.devices.base import DeviceBase
from mas2tering.domain.profiles import ProfileSource
from mas2tering.domain.units import PowerKw


class FixedLoad(DeviceBase):
    """Consumption that nobody shifts, in kW or kWh per step."""

    kind: Literal["fixed_load"] = "fixed_load"
    profile: ProfileSource


class PvPlant(DeviceBase):
    """A roof: its available power (a positive profile in kW, or in kW per kWp times ``peak_power_kwp``)."""

    kind: Literal["pv"] = "pv"
    profile: ProfileSource
    peak_power_kwp: PowerKw | None = None
    curtailable: bool = False


class WindTurbine(DeviceBase):
    """A small turbine: its available power (a positive profile in kW, or a factor times
    ``rated_power_kw``)."""

    kind: Literal["wind"] = "wind"
    profile: ProfileSource
    rated_power_kw: PowerKw | None = None
    curtailable: bool = False

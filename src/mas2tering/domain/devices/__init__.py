"""What stands in a home, in the user's words: ratings, wishes, windows. How each is planned is known to
``home`` alone."""

from typing import Annotated

from pydantic import Field

from mas2tering.domain.devices.appliance import ApplianceProgramme
from mas2tering.domain.devices.battery import Battery
from mas2tering.domain.devices.electric_vehicle import ElectricVehicle, Stay, TurnedOut
from mas2tering.domain.devices.heat import (
    AirConditioning,
    Boiler,
    ComfortBand,
    HeatPump,
    HotWater,
    House,
    MicroChp,
    Tank,
)
from mas2tering.domain.devices.passive import FixedLoad, PvPlant, WindTurbine

Device = Annotated[
    FixedLoad
    | PvPlant
    | WindTurbine
    | Battery
    | ElectricVehicle
    | ApplianceProgramme
    | HeatPump
    | AirConditioning
    | HotWater
    | MicroChp,
    Field(discriminator="kind"),
]

__all__ = [
    "AirConditioning",
    "ApplianceProgramme",
    "Battery",
    "Boiler",
    "ComfortBand",
    "Device",
    "ElectricVehicle",
    "FixedLoad",
    "HeatPump",
    "HotWater",
    "House",
    "MicroChp",
    "PvPlant",
    "Stay",
    "Tank",
    "TurnedOut",
    "WindTurbine",
]

"""A second opinion on plans, written from the words of `domain` alone.

Nothing here is imported from `mas2tering.home`: from a home, its tariff, and what a plan says of power and content of each
device, it works out physics, wishes and money anew, device by device, and says in words what does not agree.
"""

import numpy as np

from mas2tering.domain.community import Home
from mas2tering.domain.devices import (
    AirConditioning,
    ApplianceProgramme,
    Battery,
    ElectricVehicle,
    FixedLoad,
    HeatPump,
    HotWater,
    MicroChp,
    PvPlant,
    Tank,
    WindTurbine,
)
from mas2tering.domain.plans import DevicePlan, HomePlan
from mas2tering.domain.tariffs import TariffOnAxis
from verifier.electrical import Electrical
from verifier.heat import Heat
from verifier.programmes import Programmes
from verifier.whole_home import WholeHome


class Verifier(WholeHome, Electrical, Heat, Programmes):
    """Looks through one plan; ``problems`` are sentences, none for a sound plan."""

    def run(self) -> list[str]:
        self._whole()
        for device in self.home.devices:
            if isinstance(device, ApplianceProgramme):
                continue
            self._turn_to(device)
            found = self.plans.get(device.id)
            if found is None:
                self._say(not isinstance(device, ElectricVehicle), f"{device.id} is missing")
                continue
            self._device(device, found)
        self._programmes()
        self._fuse()
        self._costs()
        return self.problems

    def _device(self, device, plan: DevicePlan) -> None:
        if isinstance(device, FixedLoad):
            self._near(plan.power_kw, self._values(device.profile), f"{device.id}: its profile")
        elif isinstance(device, PvPlant | WindTurbine):
            self._generation(device, plan)
        elif isinstance(device, Battery):
            self._battery(device, plan)
        elif isinstance(device, ElectricVehicle):
            self._vehicle(device, plan)
        elif isinstance(device, HotWater):
            self._tank(device, device.store, np.ones(self.axis.steps), plan)
        elif isinstance(device, AirConditioning):
            self._house(device, device.store, self._values(device.energy_efficiency_ratio), plan, -1)
        elif isinstance(device, HeatPump):
            performance = self._values(device.coefficient_of_performance)
            if isinstance(device.store, Tank):
                self._tank(device, device.store, performance, plan)
            else:
                self._house(device, device.store, performance, plan, 1)
        elif isinstance(device, MicroChp):
            self._machine(device, plan)


def problems_of(home: Home, tariff: TariffOnAxis, reader: object, plan: HomePlan) -> list[str]:
    """What is wrong with a plan, in words; empty for a sound one."""
    return Verifier(home, tariff, reader, plan).run()

"""How many more roofs, cars and heat pumps fit on the network, from plans of the homes that have them already."""

from collections.abc import Mapping, Sequence

import numpy as np

from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.grid import HostingCapacity, PowerFlow, hosting_capacity

HOSTED_KINDS = ("pv", "ev", "heat_pump")


def mean_device_kw(plans: Sequence[HomePlan], kind: str) -> FloatArray | None:
    """The mean profile of the devices of a kind, in kW, shape (steps,); None where no home has one.

    A mean over homes is what many more of them add together; the peak of a single one is higher.
    """
    profiles = [device.power_kw for plan in plans for device in plan.devices if device.kind == kind]
    return np.asarray(np.mean(profiles, axis=0)) if profiles else None


def hosting_capacities(
    flow: PowerFlow, plans: Sequence[HomePlan], most: float = 4.0
) -> Mapping[str, HostingCapacity]:
    """For each kind of device that some home has: how many more of the mean one every home can have.

    Plans are those of one use case, one for each customer of the network, in order; so a kind's profile is that
    of the use case too (cars that charge on arrival, or when it is cheap). 0.3 means one more in three of ten
    homes, spread evenly; ``most`` ends the search.

    Raises:
        ValueError: another number of plans than customers.
    """
    load_kw = np.array([plan.net_kw for plan in plans])
    found = {}
    for kind in HOSTED_KINDS:
        added_kw = mean_device_kw(plans, kind)
        if added_kw is not None:
            found[kind] = hosting_capacity(flow, load_kw, np.broadcast_to(added_kw, load_kw.shape), most)
    return found

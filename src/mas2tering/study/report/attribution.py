"""How much of a home's saving each device brings.

The energy bill of a step is a function of the home's net load alone, so what a device saves on its own
depends on what the others do. The saving is divided as Aumann and Shapley divide a joint cost: each device's
change is charged the marginal price along the straight way from the load before to the load after (Billera
and Heath 1982, doi:10.1287/moor.7.1.32). With one price for what is bought and another for what is sold that
mean price is the change of the step's bill over the change of its load, and the shares of all devices sum to
the change of the energy bill.

Discomfort is known for each device and counts against it. Fuel, wear and the gain in stored energy are known
for the home alone: they count for a device where no other can have caused their change, and stay apart where
several can, as do peak and standing charge. Shares and these parts together sum to the home's saving.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.plans import Costs, DevicePlan, FloatArray, HomePlan
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.study.results import sum_costs

_WITH_WEAR = ("battery", "ev")
_WITH_FUEL = ("micro_chp",)
_NO_CHANGE_KWH = 1e-6
_NO_CHANGE_KW = 1e-9


@dataclass(frozen=True)
class Attribution:
    """A home's saving in parts, in currency: by device, and what no single device can be credited with."""

    by_device: dict[str, float]
    peak_charge: float
    standing: float
    fuel: float
    wear: float
    stored_value: float

    @property
    def total(self) -> float:
        """The home's saving."""
        rest = self.peak_charge + self.standing + self.fuel + self.wear + self.stored_value
        return sum(self.by_device.values()) + rest

    @property
    def unassigned(self) -> float:
        """The size of what no device is credited with, whether it helps or not."""
        return abs(self.peak_charge) + abs(self.fuel) + abs(self.wear) + abs(self.stored_value)


def attribution_of(
    before: Sequence[HomePlan], after: Sequence[HomePlan], tariffs: Sequence[TariffOnAxis]
) -> Attribution:
    """The saving of ``after`` over ``before`` (plans of one home, day by day) in parts."""
    by_device: dict[str, float] = {}
    for old, new, tariff in zip(before, after, tariffs, strict=True):
        for device, saved in _saved_by_device(old, new, tariff).items():
            by_device[device] = by_device.get(device, 0.0) + saved
    first, second = _summed(before), _summed(after)
    apart = {
        "fuel": first.fuel - second.fuel,
        "wear": first.wear - second.wear,
        "stored_value": second.stored_value - first.stored_value,
    }
    causes = {
        "fuel": _moving(before, after, _WITH_FUEL),
        "wear": _moving(before, after, _WITH_WEAR),
        "stored_value": _ending_otherwise(before, after),
    }
    for part, devices in causes.items():
        if len(devices) == 1:
            (device,) = devices
            by_device[device] = by_device.get(device, 0.0) + apart[part]
            apart[part] = 0.0
    return Attribution(
        by_device=by_device,
        peak_charge=first.capacity - second.capacity,
        standing=first.standing - second.standing,
        fuel=apart["fuel"],
        wear=apart["wear"],
        stored_value=apart["stored_value"],
    )


def mean_price(before_kw: FloatArray, after_kw: FloatArray, tariff: TariffOnAxis) -> FloatArray:
    """The price per kWh, step by step, at which a change of the net load changes the energy bill, shape
    (steps,).

    Where the net load does not change, the price of the next kWh.
    """
    bought, sold = tariff.import_price_per_kwh, tariff.export_price_per_kwh
    change = after_kw - before_kw
    changed = np.abs(change) > _NO_CHANGE_KW
    bills = [np.maximum(net, 0.0) * bought - np.maximum(-net, 0.0) * sold for net in (before_kw, after_kw)]
    marginal = np.where(after_kw >= 0.0, bought, sold)
    return np.where(changed, (bills[1] - bills[0]) / np.where(changed, change, 1.0), marginal)


def _saved_by_device(old: HomePlan, new: HomePlan, tariff: TariffOnAxis) -> dict[str, float]:
    price = mean_price(old.net_kw, new.net_kw, tariff)
    saved = {}
    for first, second in _pairs(old, new):
        bill = float((first.power_kw - second.power_kw) @ price) * new.axis.step_hours
        saved[first.device] = bill + first.discomfort - second.discomfort
    return saved


def _pairs(old: HomePlan, new: HomePlan) -> list[tuple[DevicePlan, DevicePlan]]:
    """Each device's part in both plans; one that is missing does nothing."""
    first, second = ({device.device: device for device in plan.devices} for plan in (old, new))
    pairs = []
    for name in first | second:
        kind = (first.get(name) or second[name]).kind
        idle = DevicePlan(name, kind, np.zeros(new.axis.steps))
        pairs.append((first.get(name, idle), second.get(name, idle)))
    return pairs


def _moving(before: Sequence[HomePlan], after: Sequence[HomePlan], kinds: tuple[str, ...]) -> set[str]:
    """Devices of some kinds whose power differs on any day."""
    return {
        first.device
        for old, new in zip(before, after, strict=True)
        for first, second in _pairs(old, new)
        if first.kind in kinds and np.abs(first.power_kw - second.power_kw).max() > _NO_CHANGE_KW
    }


def _ending_otherwise(before: Sequence[HomePlan], after: Sequence[HomePlan]) -> set[str]:
    """Devices whose store holds something else at the end of a day, or of a car's stay."""
    return {
        first.device
        for old, new in zip(before, after, strict=True)
        for first, second in _pairs(old, new)
        if first.content is not None
        and second.content is not None
        and bool(np.any(np.abs(_ends(first.content) - _ends(second.content)) > _NO_CHANGE_KWH))
    }


def _ends(content: FloatArray) -> FloatArray:
    """What a store holds at the end of each run of known content (zero at all other steps), shape
    (steps,)."""
    known = ~np.isnan(content)
    last = known & ~np.append(known[1:], False)
    return np.where(last, np.nan_to_num(content), 0.0)


def _summed(plans: Sequence[HomePlan]) -> Costs:
    return sum_costs(plan.costs for plan in plans)

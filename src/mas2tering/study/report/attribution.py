"""How much of a home's saving each device brings.

The energy bill of a step is a function of the home's net load alone, so what a device saves on its own
depends on what the others do. The saving is divided as Aumann and Shapley divide a joint cost: each device's
change is charged the marginal price along the straight way from the load before to the load after (Billera
and Heath 1982, doi:10.1287/moor.7.1.32). With one price for what is bought and another for what is sold that
mean price is the change of the step's bill over the change of its load, and the shares of all devices sum to
the change of the energy bill.

Where homes trade, the way has two legs: from the day without the platform to the day planned alone, at the home's own
tariff, and from there to the day agreed on, at the prices of the local market (what a kWh costs the home that it draws,
and what one brings that it feeds in). What these prices change of the day planned alone stands apart, and so does what
the sharing of the community's gain adds or takes.

What a device costs beside the bill (fuel, wear, discomfort, less the gain in what it stores) is its own. Peak
and standing charge belong to the home's load as a whole and stay apart. Shares and these parts sum to the home's
saving.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.local_market import TwoPrices
from mas2tering.domain.plans import DevicePlan, FloatArray, HomePlan
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.study.results import sum_costs

_NO_CHANGE_KW = 1e-9


@dataclass(frozen=True)
class Attribution:
    """A home's saving in parts, in currency: by device, and what no single device can be credited with.

    ``local_price`` is what the prices of the local market save on the load from before (planned alone), ``gain_share`` what the sharing
    of the community's gain adds to what those prices bring; both are nothing where nobody trades. ``dso_payment`` is what the network
    operator pays.
    """

    by_device: dict[str, float]
    peak_charge: float
    standing: float
    local_price: float = 0.0
    gain_share: float = 0.0
    dso_payment: float = 0.0

    def __add__(self, other: "Attribution") -> "Attribution":
        devices = self.by_device | other.by_device
        return Attribution(
            {name: self.by_device.get(name, 0.0) + other.by_device.get(name, 0.0) for name in devices},
            self.peak_charge + other.peak_charge,
            self.standing + other.standing,
            self.local_price + other.local_price,
            self.gain_share + other.gain_share,
            self.dso_payment + other.dso_payment,
        )

    @property
    def trading(self) -> float:
        """What the local market brings beside what devices do at its prices."""
        return self.local_price + self.gain_share

    @property
    def total(self) -> float:
        """The home's saving."""
        apart = self.peak_charge + self.standing + self.trading + self.dso_payment
        return sum(self.by_device.values()) + apart


def attribution_of(
    before: Sequence[HomePlan],
    after: Sequence[HomePlan],
    tariffs: Sequence[TariffOnAxis],
    market: Sequence[TwoPrices | None],
) -> Attribution:
    """The saving of ``after`` over ``before`` (plans of one home, day by day) in parts.

    ``market`` holds each day's prices (steps,) to this home under which ``after`` was billed, None for its tariff's.
    """
    by_device: dict[str, float] = {}
    local_price = gain_share = 0.0
    for old, new, tariff, local in zip(before, after, tariffs, market, strict=True):
        own = TwoPrices(tariff.import_price_per_kwh, tariff.export_price_per_kwh)
        prices = own if local is None else local
        for device, saved in _saved_by_device(old, new, prices).items():
            by_device[device] = by_device.get(device, 0.0) + saved
        if local is not None:
            local_price += _bill(old, own) - _bill(old, local)
            paid = new.costs.energy_bought - new.costs.energy_sold + new.costs.local
            gain_share += _bill(new, local) - paid
    first, second = (sum_costs(plan.costs for plan in plans) for plans in (before, after))
    return Attribution(
        by_device,
        first.capacity - second.capacity,
        first.standing - second.standing,
        local_price,
        gain_share,
        second.dso_payment - first.dso_payment,
    )


def mean_price(before_kw: FloatArray, after_kw: FloatArray, prices: TwoPrices) -> FloatArray:
    """The price per kWh, step by step, at which a change of the net load changes the energy bill, shape
    (steps,).

    Where the net load does not change, the price of the next kWh.
    """
    change = after_kw - before_kw
    changed = np.abs(change) > _NO_CHANGE_KW
    bills = [_billed(net, prices) for net in (before_kw, after_kw)]
    marginal = np.where(after_kw >= 0.0, prices.buying_per_kwh, prices.selling_per_kwh)
    return np.where(changed, (bills[1] - bills[0]) / np.where(changed, change, 1.0), marginal)


def _billed(net_kw: FloatArray, prices: TwoPrices) -> FloatArray:
    """What a net load costs per hour, step by step."""
    bought, sold = np.maximum(net_kw, 0.0), np.maximum(-net_kw, 0.0)
    return np.asarray(bought * prices.buying_per_kwh - sold * prices.selling_per_kwh)


def _bill(plan: HomePlan, prices: TwoPrices) -> float:
    return float(_billed(plan.net_kw, prices).sum()) * plan.axis.step_hours


def _saved_by_device(old: HomePlan, new: HomePlan, prices: TwoPrices) -> dict[str, float]:
    price = mean_price(old.net_kw, new.net_kw, prices)
    saved = {}
    for first, second in _pairs(old, new):
        bill = float((first.power_kw - second.power_kw) @ price) * new.axis.step_hours
        saved[first.device] = bill + first.costs.cost - second.costs.cost
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

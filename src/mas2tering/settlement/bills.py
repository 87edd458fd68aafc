"""What each member pays and gets, given its meter and what of it is traded inside the community."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.local_market import FloatArray, SupplierPrices, TwoPrices
from mas2tering.domain.plans import Costs
from mas2tering.domain.tariffs import LocalCharges, TariffOnAxis, capacity_charged
from mas2tering.domain.time_axis import TimeAxis


@dataclass(frozen=True)
class Fee:
    """What an aggregator takes a day for its service to a member, as far as the member's gain goes."""

    aggregator: str
    per_day: float


@dataclass(frozen=True)
class Member:
    """A member as the settlement sees it: its supplier, and the plan to which it is bound.

    ``net_kw`` has shape (steps,), import positive. Of ``costs`` only what lies beside the bill counts (fuel, wear,
    discomfort, stored value): the bill is worked out here.
    """

    id: str
    supplier: str
    tariff: TariffOnAxis
    net_kw: FloatArray
    costs: Costs
    fee: Fee | None = None

    @property
    def fee_due(self) -> float:
        """The fee of the planning day, before anything caps it."""
        return 0.0 if self.fee is None else self.fee.per_day * self.tariff.days


@dataclass(frozen=True)
class Meters:
    """What the members draw and feed in, in kWh, and their suppliers' prices; rows are members, all of shape
    (members, steps). ``fixed`` (members,) is what the supplier bills whoever trades: standing and capacity charges.
    """

    axis: TimeAxis
    drawn_kwh: FloatArray
    fed_in_kwh: FloatArray
    suppliers: SupplierPrices
    fixed: FloatArray


@dataclass(frozen=True)
class Bills:
    """The parts of each member's bill, in the community's currency, all of shape (members,).

    ``supply`` and ``feed_in`` are settled with the supplier, ``fixed`` with it too; ``purchases`` and ``sales`` inside
    the community, and ``deliveries`` to buyers outside it, without the ``charges`` on them, which go to the network.
    """

    supply: FloatArray
    feed_in: FloatArray
    fixed: FloatArray
    purchases: FloatArray
    sales: FloatArray
    deliveries: FloatArray
    charges: FloatArray

    @property
    def total(self) -> FloatArray:
        """What each member pays in all, shape (members,)."""
        with_supplier = self.supply + self.fixed - self.feed_in
        return with_supplier + self.purchases - self.sales - self.deliveries + self.charges

    @property
    def kept(self) -> float:
        """What members pay for local energy beyond what members get for it; buyers outside pay on top."""
        return float(self.purchases.sum() - self.sales.sum() - self.deliveries.sum())


def meters_of(members: Sequence[Member]) -> Meters:
    """The members' meters, one below the other.

    Raises:
        ValueError: there is no member, two have the same id, or their time axes or loads do not fit together.
    """
    if not members:
        raise ValueError("nobody to settle with; expected at least one member")
    ids = [member.id for member in members]
    if len(set(ids)) < len(ids):
        twice = sorted({name for name in ids if ids.count(name) > 1})
        raise ValueError(f"members {twice} appear more than once; expected ids that differ")
    axis = members[0].tariff.axis
    for member in members:
        if member.tariff.axis != axis:
            raise ValueError(f"member {member.id!r} is planned on another time axis than {ids[0]!r}")
        if member.net_kw.shape != (axis.steps,) or not np.isfinite(member.net_kw).all():
            raise ValueError(f"member {member.id!r}: expected a net load of {axis.steps} numbers")
    net_kwh = np.array([member.net_kw for member in members]) * axis.step_hours
    return Meters(
        axis=axis,
        drawn_kwh=np.maximum(net_kwh, 0.0),
        fed_in_kwh=np.maximum(-net_kwh, 0.0),
        suppliers=SupplierPrices(
            np.array([member.tariff.import_price_per_kwh for member in members]),
            np.array([member.tariff.export_price_per_kwh for member in members]),
        ),
        fixed=np.array([_fixed(member) for member in members]),
    )


def bills_of(
    meters: Meters,
    bought_kwh: FloatArray,
    sold_kwh: FloatArray,
    prices: TwoPrices,
    charges: LocalCharges,
    to_buyers_kwh: FloatArray | None = None,
) -> Bills:
    """Bills of given local trades, and of what is sold to buyers outside, all (members, steps), at prices that hold the local
    charges in them."""
    suppliers = meters.suppliers
    delivered = np.zeros_like(sold_kwh) if to_buyers_kwh is None else to_buyers_kwh
    selling_per_kwh = prices.selling_per_kwh + charges.seller_per_kwh
    charged_to_sellers = (sold_kwh + delivered) * charges.seller_per_kwh
    return Bills(
        supply=((meters.drawn_kwh - bought_kwh) * suppliers.import_price_per_kwh).sum(axis=1),
        feed_in=((meters.fed_in_kwh - sold_kwh - delivered) * suppliers.export_price_per_kwh).sum(axis=1),
        fixed=meters.fixed,
        purchases=(bought_kwh * (prices.buying_per_kwh - charges.buyer_per_kwh)).sum(axis=1),
        sales=(sold_kwh * selling_per_kwh).sum(axis=1),
        deliveries=(delivered * selling_per_kwh).sum(axis=1),
        charges=(bought_kwh * charges.buyer_per_kwh + charged_to_sellers).sum(axis=1),
    )


def _fixed(member: Member) -> float:
    standing = member.tariff.standing_charge_per_day * member.tariff.days
    return standing + capacity_charged(member.tariff, member.net_kw)

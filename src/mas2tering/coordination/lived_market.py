"""What was agreed on a forecast, on the day as it turned out: bound plans carried out or homes that steer around their trades,
trades that stand, and what each home pays for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from mas2tering.coordination.lived_day import Day, cut
from mas2tering.coordination.lived_limits import LivedLimits
from mas2tering.coordination.market_day import MarketDay
from mas2tering.domain.load_bands import LoadBand
from mas2tering.domain.local_market import Cleared, FloatArray, prices_at
from mas2tering.domain.plans import DevicePlan, HomePlan, bill_of
from mas2tering.home.evaluate import plan_of
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.follow.steering import steer
from mas2tering.home.model import Decision, HomeModel
from mas2tering.settlement.bills import bills_of, meters_of
from mas2tering.settlement.settle import Settlement

Way = Literal["bound", "steered", "reopened"]
"""How a day that was agreed on is lived: by the bound plans, whatever comes; each home steering around what its trades come to; the
same with the market opened again through the day."""
WAYS: tuple[Way, ...] = ("bound", "steered", "reopened")
_A_CENT = 0.01


@dataclass(frozen=True)
class LivedMarket:
    """What the local market keeps of its gain on days that were agreed on by forecast; costs of all homes over all days.

    ``alone`` are the days of use case 1 lived in the same way, ``alone_hindsight`` and ``hindsight`` the plans of use cases 1
    and 2 that know the day. ``traded`` and ``standing`` are the kWh agreed on by way, and those that came about;
    ``reopened`` how many times the market was opened again.
    """

    alone: dict[Way, float]
    lived: dict[Way, float]
    alone_hindsight: float
    hindsight: float
    traded_kwh: dict[Way, float]
    standing_kwh: dict[Way, float]
    reopened: int = 0
    limits: LivedLimits | None = None
    notes: tuple[str, ...] = field(default=())

    def share_kept(self, way: Way) -> float | None:
        """(use case 1 lived - use case 2 lived) / (the same in hindsight); None where hindsight gains less than a cent."""
        gain = self.alone_hindsight - self.hindsight
        return None if gain < _A_CENT else (self.alone[way] - self.lived[way]) / gain


@dataclass(frozen=True)
class Traded:
    """Trades that members are bound by, and the local price (steps,) at which they are settled."""

    trades: Cleared
    price_per_kwh: FloatArray

    def bound_kw(self, step_hours: float) -> FloatArray:
        """The load at each member's meter that its trades come to, shape (members, steps)."""
        return np.asarray((self.trades.bought_kwh - self.trades.sold_kwh) / step_hours)


@dataclass(frozen=True)
class AtTheMargin:
    """What a home steers by, all of shape (steps,): the price of a kWh that it draws beyond ``bound_kw``, the load at its
    meter that its trades come to, and that of one by which it stays below."""

    more_per_kwh: FloatArray
    less_per_kwh: FloatArray
    bound_kw: FloatArray


def plan_as_bound(plan: HomePlan, expected: HomeModel, today: HomeModel) -> HomePlan:
    """A plan carried out on the day as it came, at the home's own supplier's prices: load and generation differ from what
    was expected, devices do what was planned, and what the plan curtails stays curtailed.

    Args:
        plan: made for ``expected``.
        expected: the home as it was expected.
        today: the home as it came.
    """
    came = {load.device: load.power_kw for load in today.fixed}
    sources = {source.device: source.available_kw for source in today.generation}
    used_kw = -sum((d.power_kw for d in plan.devices if d.device in sources), np.zeros(today.axis.steps))
    total = np.zeros(today.axis.steps)
    curtailed_kw = np.maximum(sum((s.available_kw for s in expected.generation), total) - used_kw, 0.0)
    devices: list[DevicePlan] = []
    for part in plan.devices:
        power_kw = part.power_kw
        if part.device in came:
            power_kw = came[part.device]
        elif part.device in sources:
            left = np.maximum(sources[part.device] - curtailed_kw, 0.0)
            curtailed_kw = np.maximum(curtailed_kw - sources[part.device], 0.0)
            power_kw = -left
        devices.append(replace(part, power_kw=power_kw))
    # Only what changed moves the load, so that a day that came as expected is the plan, to the last bit of rounding.
    moved = sum((a.power_kw - b.power_kw for a, b in zip(devices, plan.devices, strict=True)), total)
    net_kw = np.asarray(plan.net_kw + moved)
    beside = replace(plan.costs, energy_bought=0.0, energy_sold=0.0, capacity=0.0, standing=0.0, local=0.0)
    costs = bill_of(today.tariff, net_kw) + replace(beside, dso_payment=0.0)
    return replace(plan, net_kw=net_kw, devices=tuple(devices), costs=costs, lower_bound=None)


def plan_steered(
    day: Day,
    outlook: Outlook,
    planned: Decision,
    at_the_margin: AtTheMargin,
    every: int,
    band: LoadBand | None = None,
) -> HomePlan:
    """The day of a home that steers by prices of its own, billed at its supplier's.

    Args:
        day: the day as it comes.
        outlook: what was expected of load and generation, on the longer axis.
        planned: schedules and starts to begin with.
        at_the_margin: what a kWh more costs or one less brings today; the morrow is taken to be like it.
        every: steps from one valuation of what stores hold to the next.
        band: what the load is to stay within, today's steps; the morrow's is taken to be the same.
    """
    today, steps = day.today, day.ahead.axis.steps
    own = day.ahead.tariff
    # The morrow's trades are not agreed on yet: prices differ from the supplier's by as much as today's.
    less = np.resize(today.tariff.import_price_per_kwh - at_the_margin.more_per_kwh, steps)
    more = np.resize(at_the_margin.less_per_kwh - today.tariff.export_price_per_kwh, steps)
    costs = own.import_price_per_kwh - less
    brings = np.minimum(own.export_price_per_kwh + more, costs)
    tariff = replace(own, import_price_per_kwh=costs, export_price_per_kwh=brings)
    ahead = replace(day.ahead, chains=today.chains, tariff=tariff)
    bound_kw = np.resize(at_the_margin.bound_kw, steps)
    ahead_band = None if band is None else band.on(steps)
    found = steer(ahead, outlook, planned, today.axis.steps, every, bound_kw, ahead_band).decision
    return plan_of(today, cut(found, day.ahead, today), "within_gap")


def prices_to_follow(settlement: Settlement, trades: Cleared) -> tuple[AtTheMargin, ...]:
    """What each member steers by: its load at the meter is bound where its trades were agreed on, and deviations from there are
    worth its own supplier's prices. Within its trade a kWh is worth the local price, which is less apart; taken as that, homes
    swing across the whole trade and beyond it, where their supplier's price is back."""
    suppliers, hours = settlement.meters.suppliers, settlement.meters.axis.step_hours
    bound_kw = (trades.bought_kwh - trades.sold_kwh) / hours
    rows = zip(suppliers.import_price_per_kwh, suppliers.export_price_per_kwh, bound_kw, strict=True)
    return tuple(AtTheMargin(*row) for row in rows)


def standing_trades(
    trades: Cleared, drawn_kwh: FloatArray, fed_in_kwh: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """What of the bound trades came about, bought and sold, both (members, steps), with equal sums in each step: no member
    buys more than it draws or sells more than it feeds in, and the longer side shares in proportion."""
    bought = np.minimum(trades.bought_kwh, drawn_kwh)
    sold = np.minimum(trades.sold_kwh, fed_in_kwh)
    sums = bought.sum(axis=0), sold.sum(axis=0)
    volume = np.minimum(*sums)
    shares = [np.divide(volume, s, out=np.zeros_like(volume), where=s > 0.0) for s in sums]
    return bought * shares[0], sold * shares[1]


@dataclass(frozen=True)
class LivedBills:
    """All homes' days with what each pays supplier and neighbours, and the kWh that were agreed on and came about."""

    plans: tuple[HomePlan, ...]
    traded_kwh: float
    standing_kwh: float


def settled_as_lived(
    market: MarketDay, plans: Sequence[HomePlan], instead: Traded | None = None
) -> LivedBills:
    """Bill a day as it was lived: trades that stand at the local price, all else at each home's own supplier's.

    What buyers, whose price is never above their supplier's, pay beyond what sellers get goes back to both by their kWh. Fees of
    aggregators are due as agreed.

    Args:
        market: the day as it was agreed on.
        plans: all homes' days as lived, at their own suppliers' prices.
        instead: trades that took the place of the market's own: after orders of the network operator, or agreed on later.
    """
    settlement = market.settlement
    traded = instead or Traded(settlement.trades, settlement.price_per_kwh)
    trades, price = traded.trades, traded.price_per_kwh
    if not settlement.worthwhile:
        return LivedBills(tuple(plans), 0.0, 0.0)
    members = [
        replace(member, net_kw=plans[k].net_kw, costs=plans[k].costs)
        for k, member in zip(market.members, settlement.members, strict=True)
    ]
    meters = meters_of(members)
    bought, sold = standing_trades(trades, meters.drawn_kwh, meters.fed_in_kwh)
    prices = prices_at(price, meters.suppliers, settlement.charges)
    bills = bills_of(meters, bought, sold, prices, settlement.charges)
    kwh = (bought + sold).sum(axis=1)
    back = bills.kept * (kwh / kwh.sum() if kwh.sum() > 0.0 else np.zeros(len(kwh)))
    local = bills.purchases - bills.sales + bills.charges - back
    found = list(plans)
    for row, k in enumerate(market.members):
        supply, feed_in = float(bills.supply[row]), float(bills.feed_in[row])
        paid = float(local[row]) + float(settlement.fees[row])
        costs = replace(plans[k].costs, energy_bought=supply, energy_sold=feed_in, local=paid)
        found[k] = replace(plans[k], costs=costs)
    return LivedBills(tuple(found), float(trades.bought_kwh.sum()), float(bought.sum()))

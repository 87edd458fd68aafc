"""A second opinion on a day of the local market, from what is published of it and the words of `domain` alone.

Of a result it takes homes and tariffs, the plan of each device, prices, trades, the settlement's document, and a lower bound with the
local price to which it belongs; nothing of ``community``, ``coordination``, ``home`` or ``domain.local_market`` is used. What is wrong
comes back in words; an empty list is a clean bill.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np
from priced_home import best_cost
from settlement_verifier import looked_at
from verifier import problems_of

from mas2tering.domain.community import Home
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.tariffs import LocalCharges, TariffOnAxis

MONEY = 1e-6
"""What a member tells is whole millionths, so that a sum of them is right to about one for each home."""
TENTH_OF_A_CENT = 1e-3
SOLVED = 2e-5
"""An integer programme is exact to its solver's tolerances: this, and this part of a cost."""


@dataclass(frozen=True)
class Published:
    """A result: ``plans`` were agreed on, ``alone`` are those of use case 1; rows of the document are in the order of the homes."""

    homes: Sequence[Home]
    tariffs: Sequence[TariffOnAxis]
    reader: object
    charges: LocalCharges
    plans: Sequence[HomePlan]
    alone: Sequence[HomePlan]
    lower_bound: float
    bound_price_per_kwh: np.ndarray
    cost_under_the_rule: float
    document: dict
    requested: Requested | None = None
    """What buyers outside asked for and could be delivered, where they were served."""
    limits: LoadLimits | None = None
    limit_price_per_kwh: np.ndarray | None = None
    """Limits on sums of the homes' loads, and the prices of these to which the lower bound belongs."""


def published(market, homes, tariffs, reader, charges, document, wanted=None) -> Published:
    """Of a market day only what is published; the document as it comes back from JSON."""
    agreed = market.agreement
    return Published(
        homes=tuple(homes),
        tariffs=tuple(tariffs),
        reader=reader,
        charges=charges,
        plans=agreed.plans,
        alone=market.alone,
        lower_bound=agreed.lower_bound,
        bound_price_per_kwh=agreed.bound_price_per_kwh,
        cost_under_the_rule=agreed.cost_under_the_rule,
        document=json.loads(json.dumps(document)),
        requested=wanted if market.requests.deliveries else None,
    )


def meter_prices(
    local_price: np.ndarray, tariff: TariffOnAxis, charges: LocalCharges
) -> tuple[np.ndarray, np.ndarray]:
    """What a kWh drawn costs and a kWh fed in brings a member: the better of supplier and community; and from the community never
    anything outside of what its own supplier pays and asks."""
    buying, selling = [], []
    for price, asks, pays in zip(
        local_price, tariff.import_price_per_kwh, tariff.export_price_per_kwh, strict=True
    ):
        least, most = min(asks, pays), max(asks, pays)
        buying.append(min(asks, max(least, price + charges.buyer_per_kwh)))
        selling.append(max(pays, min(most if pays > asks else asks, price - charges.seller_per_kwh)))
    return np.array(buying), np.array(selling)


@dataclass
class Look:
    """What was found; ``optima`` are costs and proven bounds of the homes that were solved, by home."""

    result: Published
    wrong: list[str] = field(default_factory=list)
    optima: dict[int, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hours = self.result.tariffs[0].axis.step_hours
        self.net_kwh = self.hours * np.array([plan.net_kw for plan in self.result.plans])

    def hold(self, condition: bool, words: str) -> None:
        if not condition:
            self.wrong.append(words)

    # --- every device of every home

    def plans(self) -> None:
        result = self.result
        for home, tariff, *pair in zip(result.homes, result.tariffs, result.plans, result.alone, strict=True):
            for plan, whose in zip(pair, ("agreed", "alone"), strict=True):
                self.hold(plan.home == home.id, f"{home.id}: {whose}: the plan of {plan.home}")
                found = problems_of(home, tariff, result.reader, plan)
                self.wrong.extend(f"{home.id}: {whose}: {problem}" for problem in found)

    # --- the certificate

    def cost_of_plans(self) -> float:
        """What the plans cost with the local trades that suit them best, where a local kWh bears its charge, or what lifts (lowers) the
        local price to the bounds of the member's own supplier: one linear programme of all trades."""
        result = self.result
        price, charges = result.bound_price_per_kwh, result.charges
        homes, steps = self.net_kwh.shape
        asks = np.array([tariff.import_price_per_kwh for tariff in result.tariffs])
        pays = np.array([tariff.export_price_per_kwh for tariff in result.tariffs])
        cost_of_bought = np.maximum(charges.buyer_per_kwh, np.minimum(asks, pays) - price) - asks
        cost_of_sold = np.maximum(charges.seller_per_kwh, price - asks) + pays
        most_bought = np.maximum(self.net_kwh, 0.0)
        if result.requested is not None:
            bids = result.requested.price_per_kwh - charges.buyer_per_kwh
            cost_of_bought, most_bought = (
                np.vstack(pair)
                for pair in ((cost_of_bought, -bids), (most_bought, result.requested.asked_kwh))
            )
        bought = most_bought.size
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = bought + homes * steps, steps
        lp.col_cost_ = np.concatenate([cost_of_bought.ravel(), cost_of_sold.ravel()])
        lp.col_lower_ = np.zeros(lp.num_col_)
        lp.col_upper_ = np.concatenate([most_bought.ravel(), np.maximum(-self.net_kwh, 0.0).ravel()])
        lp.row_lower_ = lp.row_upper_ = np.zeros(steps)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = np.arange(lp.num_col_ + 1, dtype=np.int32)
        lp.a_matrix_.index_ = np.tile(np.arange(steps, dtype=np.int32), lp.num_col_ // steps)
        lp.a_matrix_.value_ = np.repeat([1.0, -1.0], [bought, homes * steps])
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.passModel(lp)
        solver.run()
        plans = sum(plan.costs.cost for plan in result.plans) + solver.getInfo().objective_function_value
        return plans + self.cost_of_excess()

    # --- limits: what each row of the published plans comes to, and what the rows' prices add to a home's kWh

    def in_limits(self) -> np.ndarray:
        limits = self.result.limits
        pairs = zip(limits.step, limits.weight, strict=True)
        return np.array([float(weight @ self.net_kwh[:, step]) for step, weight in pairs])

    def cost_of_excess(self) -> float:
        limits = self.result.limits
        if limits is None:
            return 0.0
        beyond = np.maximum(self.in_limits() - self.hours * limits.most_kw, 0.0)
        return limits.dearest_per_kwh * float(beyond.sum())

    def allowed_at_their_prices(self) -> float:
        """What the limits allow, at their prices: a bound's part that is no home's."""
        limits, price = self.result.limits, self.result.limit_price_per_kwh
        return 0.0 if limits is None else float(price @ (self.hours * limits.most_kw))

    def added(self, row: int) -> np.ndarray:
        limits, price = self.result.limits, self.result.limit_price_per_kwh
        added = np.zeros(self.net_kwh.shape[1])
        if limits is not None:
            for step, weight, own in zip(limits.step, limits.weight[:, row], price, strict=True):
                added[step] += weight * own
        return added

    def buyers_at_the_bound_price(self) -> float:
        """What buyers outside gain at the bound's price, as a cost: all that they ask for, wherever it is cheap enough."""
        requested, result = self.result.requested, self.result
        if requested is None:
            return 0.0
        above = result.bound_price_per_kwh + result.charges.buyer_per_kwh - requested.price_per_kwh
        return float((requested.asked_kwh * np.minimum(above, 0.0)).sum())

    def at_the_bound_price(self, row: int) -> float:
        """What a home's published plan costs at the bound's prices: no less than its best plan there."""
        result, plan = self.result, self.result.plans[row]
        buying, selling = self.prices(row)
        net = self.net_kwh[row]
        energy = float(np.maximum(net, 0.0) @ buying - np.maximum(-net, 0.0) @ selling)
        billed = plan.costs.energy_bought - plan.costs.energy_sold
        return result.plans[row].costs.cost - billed + energy

    def prices(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        result = self.result
        buying, selling = meter_prices(result.bound_price_per_kwh, result.tariffs[row], result.charges)
        added = self.added(row)
        return buying + added, selling + added

    def solve(self, row: int, gap: float) -> tuple[float, float]:
        """A home's best cost at the bound's prices, and the bound proven below it."""
        if row not in self.optima:
            home, tariff = self.result.homes[row], self.result.tariffs[row]
            self.optima[row] = best_cost(home, tariff, self.result.reader, *self.prices(row), gap)
        return self.optima[row]

    def certificate(self, *, solved: bool, gap: float) -> None:
        """The bound lies below what all homes could cost at best at its price, and that below the plans' cost."""
        result, homes = self.result, len(self.result.homes)
        cost = self.cost_of_plans()
        off = abs(cost - result.cost_under_the_rule)
        self.hold(off < MONEY * (1 + abs(cost)), f"the plans cost {cost} under the rule: off by {off}")
        slack = homes * MONEY
        if result.limits is not None:
            price = result.limit_price_per_kwh
            inside = (price >= 0.0) & (price <= result.limits.dearest_per_kwh)
            self.hold(bool(inside.all()), "a limit's price is below zero or beyond its dearest")
        self.hold(
            result.lower_bound <= cost + slack, f"the bound is {result.lower_bound}, the plans cost {cost}"
        )
        buyers = self.buyers_at_the_bound_price() - self.allowed_at_their_prices()
        theirs = buyers + sum(self.at_the_bound_price(row) for row in range(homes))
        self.hold(theirs <= cost + slack, f"at the bound's price {theirs}, with the best trades {cost}")
        self.hold(
            result.lower_bound <= theirs + slack,
            f"the bound is {result.lower_bound}, the plans at its price cost {theirs}",
        )
        if not solved:
            return
        optima = [self.solve(row, gap) for row in range(homes)]
        best, proven = (buyers + sum(pair[k] for pair in optima) for k in (0, 1))
        slack += sum(SOLVED * (1 + abs(found)) for found, _ in optima)
        self.hold(
            result.lower_bound <= best + slack,
            f"the bound {result.lower_bound} is above the optima's sum {best}",
        )
        self.hold(proven <= cost + slack, f"a bound of {proven} above plans of {cost}")

    # --- the money

    def money(self) -> None:
        """The settlement's own second look; and that it settles the plans that were agreed on, against those of use case 1."""
        result, document = self.result, self.result.document
        self.wrong.extend(looked_at(document))
        charges = (document["buyer_charge_per_kwh"], document["seller_charge_per_kwh"])
        agreed = (result.charges.buyer_per_kwh, result.charges.seller_per_kwh)
        self.hold(charges == agreed, f"charges {charges} settled, {agreed} are in force")
        self.hold(len(document["members"]) == len(result.homes), "not every home is settled")
        rows = zip(document["members"], result.homes, result.tariffs, result.plans, result.alone, strict=True)
        for member, home, tariff, plan, alone in rows:
            name = home.id
            self.hold(member["id"] == name, f"{member['id']} is settled in the place of {name}")
            for what in ("import_price_per_kwh", "export_price_per_kwh"):
                self.hold(
                    member[what] == getattr(tariff, what).tolist(), f"{name}: {what} is not its tariff's"
                )
            apart = float(np.abs(np.array(member["net_kw"]) - plan.net_kw).max())
            self.hold(apart < MONEY, f"{name}: settled a load that is {apart} kW off its plan")
            beside = plan.costs.fuel + plan.costs.wear + plan.costs.discomfort - plan.costs.stored_value
            self.hold(
                abs(member["cost_beside_bill"] - beside) < MONEY, f"{name}: its cost beside the bill is off"
            )
            off = member["cost_alone"] - alone.costs.cost
            self.hold(abs(off) < MONEY, f"{name}: its cost alone is off by {off}")

    # --- what the project holds itself to (nobody pays more; trades and prices)

    def truths(self) -> None:
        document = self.result.document
        price = document["local_price_per_kwh"]
        for member in document["members"]:
            worse = member["cost"] - member["cost_alone"]
            self.hold(worse <= TENTH_OF_A_CENT, f"{member['id']} pays {worse} more than in use case 1")
        for step in range(len(price)):
            bought = sum(member["bought_kwh"][step] for member in document["members"])
            sold = sum(member["sold_kwh"][step] for member in document["members"])
            self.hold(abs(bought - sold) < 1e-9 * (1 + bought), f"step {step}: {bought} bought, {sold} sold")
            for member in document["members"]:
                above = member["import_price_per_kwh"][step] - document["buyer_charge_per_kwh"]
                below = member["export_price_per_kwh"][step] + document["seller_charge_per_kwh"]
                buys, sells = member["bought_kwh"][step] > 1e-9, member["sold_kwh"][step] > 1e-9
                self.hold(not buys or price[step] <= above + 1e-9, f"step {step}: {member['id']} buys dear")
                self.hold(
                    not sells or price[step] >= below - 1e-9, f"step {step}: {member['id']} sells cheap"
                )


def look_at(result: Published, *, solved: bool = True, gap: float = 1e-6) -> Look:
    """Everything; ``solved``: each home's best cost is found by its own integer programme, to a relative ``gap``."""
    look = Look(result)
    look.plans()
    look.certificate(solved=solved, gap=gap)
    look.money()
    look.truths()
    return look

"""An independent look at a published settlement: its own code, decimals only, nothing but the document.

It returns what is wrong, in words; an empty list is a clean bill.
"""

from collections import defaultdict
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

D = Decimal
CENT, TENTH_OF_A_CENT, NOTHING = D("0.01"), D("0.001"), D("0.0000001")


def number(value) -> Decimal:
    return D(repr(value)) if isinstance(value, float | int) else D(value)


def numbers(values) -> list[Decimal]:
    return [number(value) for value in values]


class Look:
    def __init__(self, document: dict) -> None:
        self.document = document
        self.hours = D(document["step_minutes"]) / 60
        self.price = numbers(document["local_price_per_kwh"])
        self.buyer, self.seller = (
            number(document["buyer_charge_per_kwh"]),
            number(document["seller_charge_per_kwh"]),
        )
        self.members, self.requests = document["members"], document["requests"]
        self.wrong: list[str] = []

    def hold(self, condition: bool, words: str) -> None:
        if not condition:
            self.wrong.append(words)

    def trades(self) -> None:
        """Trades sum to zero per step, stay within the meters, and lie in truth 2's interval."""
        for t, price in enumerate(self.price):
            bought = [number(m["bought_kwh"][t]) for m in self.members]
            sold = [number(m["sold_kwh"][t]) for m in self.members]
            self.hold(abs(sum(bought) - sum(sold)) < NOTHING, f"step {t}: trades do not sum to zero")
            leaves = [number(m["delivered_kwh"][t]) for m in self.members]
            gets = [number(r["delivered_kwh"][t]) for r in self.requests]
            self.hold(
                abs(sum(leaves) - sum(gets)) < NOTHING,
                f"step {t}: buyers outside get another energy than is sold",
            )
            for r, got in zip(self.requests, gets, strict=True):
                asked, most = number(r["asked_kwh"][t]), number(r["most_per_kwh"][t])
                self.hold(
                    -NOTHING < got < asked + NOTHING, f"{r['buyer']} gets more than it asked for at {t}"
                )
                self.hold(
                    got < NOTHING or price + self.buyer <= most + NOTHING,
                    f"{r['buyer']} pays too much at {t}",
                )
            for m, b, s, d in zip(self.members, bought, sold, leaves, strict=True):
                net = number(m["net_kw"][t]) * self.hours
                self.hold(-NOTHING < b < max(net, 0) + NOTHING, f"{m['id']} buys more than it draws at {t}")
                self.hold(s > -NOTHING, f"{m['id']} sells less than nothing at {t}")
                self.hold(d > -NOTHING, f"{m['id']} delivers less than nothing at {t}")
                self.hold(s + d < max(-net, 0) + NOTHING, f"{m['id']} sells more than it has at {t}")
                above = number(m["import_price_per_kwh"][t]) - self.buyer
                below = number(m["export_price_per_kwh"][t]) + self.seller
                self.hold(
                    b < NOTHING or price <= above + NOTHING, f"{m['id']} buys above its supplier at {t}"
                )
                self.hold(
                    s + d < NOTHING or price >= below - NOTHING, f"{m['id']} sells below its supplier at {t}"
                )

    def bill(self, m: dict) -> dict[str, Decimal]:
        """Each part of a member's bill, by the rule in words: nobody pays more, or gets less, than at its supplier; nobody
        pays less for a kWh than its supplier would give for it, or gets more than its supplier would ask."""
        parts: dict[str, Decimal] = defaultdict(D)
        rows = zip(
            numbers(m["net_kw"]),
            numbers(m["bought_kwh"]),
            numbers(m["sold_kwh"]),
            numbers(m["delivered_kwh"]),
            numbers(m["import_price_per_kwh"]),
            numbers(m["export_price_per_kwh"]),
            self.price,
            strict=True,
        )
        for net, b, s, d, asked, given, price in rows:
            pays = min(asked, max(price + self.buyer, given))
            gets = max(given, min(price - self.seller, asked))
            parts["supply"] += (max(net, D(0)) * self.hours - b) * asked
            parts["feed_in"] += (max(-net, D(0)) * self.hours - s - d) * given
            parts["local_purchase"] += b * (pays - self.buyer)
            parts["local_sale"] += s * (gets + self.seller)
            parts["delivery"] += d * (gets + self.seller)
            parts["local_charges"] += b * self.buyer + (s + d) * self.seller
        days = self.hours * len(self.price) / 24
        parts["supply"] += number(m["standing_charge_per_day"]) * days
        charge = m["capacity_charge"]
        if charge:
            width = max(1, charge["billing_minutes"] // self.document["step_minutes"])
            draws = [max(x, D(0)) for x in numbers(m["net_kw"])]
            whole = len(draws) // width * width
            means = [sum(draws[k : k + width]) / width for k in range(0, whole, width)]
            beyond = max(D(0), max(means, default=D(0)) - number(charge["reached_kw"]))
            parts["supply"] += number(charge["price_per_kw_month"]) * beyond * days * 12 / D("365.25")
        return parts

    def money(self) -> None:
        """Bills as the ledger has them, money in equals money out, and nobody worse off than alone."""
        balances: dict[str, Decimal] = defaultdict(D)
        moved: dict[tuple[str, str], Decimal] = defaultdict(D)
        for e in self.document["entries"]:
            amount = D(e["amount"])
            self.hold(amount > 0 and amount % CENT == 0, f"an entry of {amount}")
            self.hold(
                bool(e["reason"]) and e["day"] == self.document["day"], "an entry without reason or day"
            )
            balances[e["debit"]] -= amount
            balances[e["credit"]] += amount
            for account, sign in ((e["debit"], 1), (e["credit"], -1)):
                moved[account, e["kind"]] += sign * amount
        self.hold(sum(balances.values()) == 0, "the day's entries do not sum to zero")
        self.hold(balances["pot:community"] == 0, "the pot is not empty")
        exact_outside: dict[str, Decimal] = defaultdict(D)
        costs, bills = D(0), [self.bill(m) for m in self.members]
        fees = {e["debit"]: D(e["amount"]) for e in self.document["entries"] if e["kind"] == "aggregator_fee"}
        self.sharing(bills, fees)
        for m, parts in zip(self.members, bills, strict=True):
            account = f"member:{m['id']}"
            for kind, sign in (
                ("supply", 1),
                ("feed_in", -1),
                ("local_purchase", 1),
                ("local_sale", -1),
                ("delivery", -1),
                ("local_charges", 1),
            ):
                off = abs(moved[account, kind] - sign * parts[kind])
                self.hold(
                    off < 2 * CENT, f"{m['id']}: {kind} is {moved[account, kind]}, {parts[kind]} expected"
                )
            supplier = f"supplier:{m['supplier']}"
            exact_outside[supplier] += parts["supply"] - parts["feed_in"]
            exact_outside["network:local charges"] += parts["local_charges"]
            self.hold(D(m["paid"]) == -balances[account], f"{m['id']}: paid is not what the ledger says")
            self.hold(
                number(m["cost"]) <= number(m["cost_alone"]) + TENTH_OF_A_CENT, f"{m['id']} is worse off"
            )
            costs += number(m["cost"]) - number(m["cost_beside_bill"])
        exact_outside["network:local charges"] += self.buyers(balances)
        for account, exact in exact_outside.items():
            # A supplier's bill is rounded for each member, the charges once for all members and for each request.
            bills_of_it = sum(account == f"supplier:{m['supplier']}" for m in self.members)
            bills_of_it = bills_of_it or 1 + len(self.requests)
            off = abs(balances[account] - exact)
            allowed = CENT / 2 * max(1, bills_of_it) + NOTHING
            self.hold(off <= allowed, f"{account} has {balances[account]}, not {exact}")
        self.hold(
            abs(costs + self.paid_outside - sum(exact_outside.values()) - sum(fees.values())) < D("0.00001"),
            "gains do not sum to what was saved",
        )
        self.fees = {m["id"]: moved[f"member:{m['id']}", "aggregator_fee"] for m in self.members}
        self.billed_fees(moved)
        self.cents()

    def buyers(self, balances: dict[str, Decimal]) -> Decimal:
        """What buyers outside pay, never above their price; the charges on what they buy."""
        self.paid_outside, charges = D(0), D(0)
        for buyer in {r["buyer"] for r in self.requests}:
            own = [r for r in self.requests if r["buyer"] == buyer]
            due, most = D(0), D(0)
            for r in own:
                rows = zip(numbers(r["delivered_kwh"]), numbers(r["most_per_kwh"]), self.price, strict=True)
                for got, limit, price in rows:
                    due += got * (price + self.buyer)
                    most += got * limit
                    charges += got * self.buyer
            paid = sum(D(r["paid"]) for r in own)
            self.hold(paid == -balances[f"buyer:{buyer}"], f"{buyer}: paid is not what the ledger says")
            self.hold(paid <= most + NOTHING, f"{buyer} pays {paid}, {most} at most was agreed")
            self.hold(
                due - CENT * len(own) - NOTHING < paid < due + NOTHING, f"{buyer} pays {paid}, not {due}"
            )
            self.paid_outside += due
        return charges

    def sharing(self, bills: list[dict[str, Decimal]], fees: dict[str, Decimal]) -> None:
        """Each member's cost again, from the rule in words: losers are made whole, from the pot first and then from all
        gains in proportion; the pot's rest goes by kWh traded at the local price."""
        raw, uncapped = [], []
        for m, parts in zip(self.members, bills, strict=True):
            bill = parts["supply"] - parts["feed_in"] + parts["local_charges"]
            bill += parts["local_purchase"] - parts["local_sale"] - parts["delivery"]
            raw.append(number(m["cost_alone"]) - number(m["cost_beside_bill"]) - bill)
            uncapped.append(
                sum(
                    (b if min(asked, given) <= price + self.buyer + NOTHING / 100 else 0)
                    + (s if max(asked, given) >= price - self.seller - NOTHING / 100 else 0)
                    + d
                    for b, s, d, asked, given, price in zip(
                        numbers(m["bought_kwh"]),
                        numbers(m["sold_kwh"]),
                        numbers(m["delivered_kwh"]),
                        numbers(m["import_price_per_kwh"]),
                        numbers(m["export_price_per_kwh"]),
                        self.price,
                        strict=True,
                    )
                )
            )
        pot = sum(parts["local_purchase"] - parts["local_sale"] - parts["delivery"] for parts in bills)
        pot += sum(
            got * price
            for r in self.requests
            for got, price in zip(numbers(r["delivered_kwh"]), self.price, strict=True)
        )
        won, lost = sum(max(x, D(0)) for x in raw), sum(max(-x, D(0)) for x in raw)
        for m, x, kwh in zip(self.members, raw, uncapped, strict=True):
            gain = max(x, D(0))
            if pot >= lost:
                gain += (pot - lost) * (kwh / sum(uncapped) if sum(uncapped) else D(1) / len(raw))
            elif won:
                gain *= max(D(0), won + pot - lost) / won
            fee = fees.get(f"member:{m['id']}", D(0))
            self.hold(fee == 0 or fee <= gain + NOTHING, f"{m['id']}: a fee of {fee} on a gain of {gain}")
            off = abs(number(m["cost_alone"]) - gain + fee - number(m["cost"]))
            self.hold(off < D("0.000001"), f"{m['id']}: the gain is off by {off}")

    def billed_fees(self, moved: dict[tuple[str, str], Decimal]) -> None:
        """Each fee is what the contract says, in whole cents, or all of the gain in cents that is left; it goes to the
        member's aggregator."""
        due_to: dict[str, Decimal] = defaultdict(D)
        for m in self.members:
            fee, due = self.fees[m["id"]], number(m["fee_due"]).quantize(CENT, rounding=ROUND_HALF_EVEN)
            gain = number(m["cost_alone"]) - (number(m["cost"]) - fee)
            limit = number(m["cost_alone"]) - number(m["cost_beside_bill"])
            left = min(gain, limit - D(m["paid"]) + fee)
            self.hold(D(0) <= fee <= due, f"{m['id']}: a fee of {fee} where {due} is due")
            self.hold(fee == due or left - fee < CENT + NOTHING, f"{m['id']}: a fee of {fee} could be more")
            due_to[f"aggregator:{m['aggregator']}"] += fee
        for aggregator, fee in due_to.items():
            self.hold(-moved[aggregator, "aggregator_fee"] == fee, f"{aggregator} does not have its {fee}")

    def cents(self) -> None:
        """In cents nobody pays more than a tenth of one above alone, where the gain allows it; else no more than alone its
        supplier would bill in cents."""
        # To eight decimals: half a cent is half a cent, whatever floating-point sums make of it.
        limits = [round(number(m["cost_alone"]) - number(m["cost_beside_bill"]), 8) for m in self.members]
        with_fees = [D(m["paid"]) for m in self.members]
        paid = [x - self.fees[m["id"]] for m, x in zip(self.members, with_fees, strict=True)]
        whole = [(x + TENTH_OF_A_CENT).quantize(CENT, rounding=ROUND_FLOOR) for x in limits]
        alone = [
            max(x, y.quantize(CENT, rounding=ROUND_HALF_EVEN)) for x, y in zip(whole, limits, strict=True)
        ]
        allowed = whole if sum(paid) <= sum(whole) else alone
        for m, pays, most in zip(self.members, paid, allowed, strict=True):
            self.hold(pays <= most, f"{m['id']} pays {pays} where {most} is its limit, in cents")
        for m, pays, most in zip(self.members, with_fees, alone, strict=True):
            self.hold(pays <= most, f"{m['id']} pays {pays} with its fee where {most} is its limit, in cents")


def looked_at(document: dict) -> list[str]:
    look = Look(document)
    look.trades()
    if document["worthwhile"]:
        look.money()
    elif document["entries"]:
        look.wrong.append("entries for a day that is not settled")
    return look.wrong

"""An independent look at published payments and the day after orders: its own code, decimals only, nothing but the document.

It returns what is wrong, in words; an empty list is a clean bill.
"""

from collections import defaultdict
from decimal import ROUND_FLOOR, Decimal

import settlement_verifier

D = Decimal
CENT, NOTHING, MILLIWATT = D("0.01"), D("0.0000001"), D("0.000001")
TENTH_OF_A_CENT = D("0.001")


def number(value) -> Decimal:
    return D(repr(value)) if isinstance(value, float | int) else D(value)


def numbers(values) -> list[Decimal]:
    return [number(value) for value in values]


def bill(home: dict, net_kw: list[Decimal], minutes: int, local=None) -> Decimal:
    """What the supplier bills; with local trades (pairs bought and sold in kWh) for the rest alone."""
    hours = D(minutes) / 60
    days = hours * len(net_kw) / 24
    found = number(home["standing_charge_per_day"]) * days
    trades = local or [(D(0), D(0))] * len(net_kw)
    for power, (bought, sold), asked, given in zip(
        net_kw,
        trades,
        numbers(home["import_price_per_kwh"]),
        numbers(home["export_price_per_kwh"]),
        strict=True,
    ):
        found += (power * hours - bought) * asked if power > 0 else (power * hours + sold) * given
    charge = home["capacity_charge"]
    if charge:
        width = max(1, charge["billing_minutes"] // minutes)
        whole = len(net_kw) // width * width
        draws = [max(power, D(0)) for power in net_kw]
        peaks = [sum(draws[k : k + width]) / width for k in range(0, whole, width)]
        beyond = max(D(0), max(peaks, default=D(0)) - number(charge["reached_kw"]))
        found += number(charge["price_per_kw_month"]) * beyond * days * 12 / D("365.25")
    return found


def beside(parts: dict) -> Decimal:
    return sum(number(parts[name]) for name in ("fuel", "wear", "discomfort")) - number(parts["stored_value"])


def delivered(home: dict, kw: Decimal, share: Decimal) -> Decimal:
    """The share of the order by the meter, in words: the way from bound towards ordered that the meter shows, step by step."""
    if not home["called"] or home["metered_kw"] is None:
        return D(1)
    asked = got = D(0)
    for b, o, m in zip(*(numbers(home[f"{x}_kw"]) for x in ("bound", "ordered", "metered")), strict=True):
        size = abs(o - b)
        if size <= MILLIWATT:
            continue
        way = m - b if o > b else b - m
        seen = min(size, max(D(0), way))
        asked += size
        got += size if size - seen <= kw + share * size else seen
    return got / asked


class Look:
    def __init__(self) -> None:
        self.wrong: list[str] = []

    def hold(self, condition: bool, words: str) -> None:
        if not condition:
            self.wrong.append(words)

    def near(self, found, expected: Decimal, words: str, by: Decimal = NOTHING) -> None:
        self.hold(abs(number(found) - expected) <= by, f"{words}: {found}, not {expected}")

    def payments(self, document: dict) -> dict[str, Decimal]:
        """Every payment again; the dues by home."""
        minutes, dues, losses = document["step_minutes"], {}, {}
        for home in document["homes"]:
            b, o = numbers(home["bound_kw"]), numbers(home["ordered_kw"])
            name = home["id"]
            apart = max(abs(x - y) for x, y in zip(b, o, strict=True))
            self.hold(home["called"] == (apart > MILLIWATT), f"{name} is called or not, against its plans")
            bound = bill(home, b, minutes) + beside(home["beside_bill_bound"])
            ordered = bill(home, o, minutes) + beside(home["beside_bill_ordered"])
            loss = max(D(0), ordered - bound) if home["called"] else D(0)
            share = delivered(home, number(document["tolerance_kw"]), number(document["tolerance_share"]))
            self.near(home["cost_bound"], bound, f"{name}: cost of the bound plan")
            self.near(home["cost_ordered"], ordered, f"{name}: cost of the ordered plan")
            self.near(home["loss"], loss, f"{name}: loss")
            self.near(home["delivered_share"], share, f"{name}: delivered")
            self.near(home["due"], share * loss, f"{name}: due")
            self.hold(D(home["amount"]) >= 0, f"{name} pays for its order")
            self.near(home["amount"], share * loss, f"{name}: paid", CENT)
            dues[name], losses[name] = share * loss, loss
        total = sum(D(home["amount"]) for home in document["homes"])
        due = round(sum(round(x, 8) for x in dues.values()), 8)
        self.near(total, due.quantize(CENT, rounding=ROUND_FLOOR), "the DSO pays", D(0))
        self.hold(total <= sum(losses.values()) + NOTHING, "the DSO pays more than the losses")
        self.payment_entries(document)
        return dues

    def payment_entries(self, document: dict) -> None:
        """The DSO pays through each aggregator, and all of it arrives."""
        balances: dict[str, Decimal] = defaultdict(D)
        for e in document["entries"]:
            self.hold(
                e["kind"] == "flexibility_payment" and bool(e["reason"]), "another entry than a payment"
            )
            balances[e["debit"]] -= D(e["amount"])
            balances[e["credit"]] += D(e["amount"])
        for home in document["homes"]:
            self.near(balances.pop(f"member:{home['id']}", D(0)), D(home["amount"]), home["id"], D(0))
            self.hold(balances.get(f"aggregator:{home['aggregator']}", D(0)) == 0, "an aggregator keeps some")
        paid = -balances.get(f"dso:{document['dso']}", D(0))
        self.near(document["total"], paid, "the DSO's total is not what it pays", D(0))

    def day(self, document: dict) -> None:
        """What every member pays after orders, and the promise that holds."""
        dues = self.payments(document["payments"])
        before = {m["id"]: m for m in document["use_case_2"]["members"]}
        homes = {h["id"]: h for h in document["payments"]["homes"]}
        worthwhile = document["use_case_2"]["worthwhile"]
        outside, shorts, rooms = D(0), D(0), defaultdict(D)
        for m in document["members"]:
            name, home = m["id"], homes[m["id"]]
            alone = number(before[name]["cost_alone"])
            fee_before = sum(
                D(e["amount"])
                for e in document["use_case_2"]["entries"]
                if e["kind"] == "aggregator_fee" and e["debit"] == f"member:{name}"
            )
            traded = number(before[name]["cost"]) - fee_before if worthwhile else alone
            withheld = number(home["loss"]) - dues[name]
            short, gain, fee = number(m["short"]), number(m["gain"]), D(m["fee"])
            self.hold(short >= -NOTHING and gain >= -NOTHING and (short < NOTHING or gain < NOTHING), name)
            self.near(m["cost"], traded + withheld + short - gain + fee, f"{name}: cost")
            self.hold(D(0) <= fee <= fee_before, f"{name}: a fee of {fee}, {fee_before} before")
            self.hold(
                fee <= max(D(0), alone - number(m["cost"]) + fee) + NOTHING, f"{name}: a fee beyond the gain"
            )
            most = {
                "use_case_2": traded + fee_before,
                "use_case_1": alone,
                "bound_plan": max(alone, number(home["cost_bound"])),
            }[document["guarantee"]]
            self.hold(number(m["cost"]) - withheld <= most + TENTH_OF_A_CENT, f"{name} pays beyond {most}")
            trades = list(zip(numbers(m["bought_kwh"]), numbers(m["sold_kwh"]), strict=True))
            net = numbers(m["net_kw"])
            self.hold(net == numbers(home["ordered_kw"]), f"{name} carries out another plan")
            charges = document["use_case_2"]
            local = sum(
                b * number(charges["buyer_charge_per_kwh"]) + s * number(charges["seller_charge_per_kwh"])
                for b, s in trades
            )
            supplied = bill(home, net, document["payments"]["step_minutes"], trades)
            carried = home["beside_bill_ordered" if home["called"] else "beside_bill_bound"]
            outside += supplied + local + beside(carried) - dues[name]
            outside -= traded + withheld
            shorts += short - gain
            rooms["gain"] += alone - traded
            rooms["deviated"] += max(D(0), number(home["cost_bound"]) - alone)
        self.near(shorts, outside, "money in is not money out", D("0.00001"))
        self.trades(document, homes)
        self.rule(document, before, homes, max(D(0), outside), rooms, worthwhile)
        self.cents(document)

    def trades(self, document: dict, homes: dict[str, dict]) -> None:
        """Trades hold to the rules of use case 2, which its own verifier knows."""
        members = [{**homes[m["id"]], **m} for m in document["members"]]
        look = settlement_verifier.Look(
            {
                **document["use_case_2"],
                "local_price_per_kwh": document["local_price_per_kwh"],
                "members": members,
                "requests": document["requests"],
            }
        )
        look.trades()
        self.wrong += look.wrong

    def rule(self, document, before, homes, missing, rooms, worthwhile) -> None:
        """Who is short of how much, where the sum is short."""
        if missing < D("0.00001"):
            return
        of_gain = min(D(1), missing / rooms["gain"]) if rooms["gain"] else D(1)
        rest = missing - rooms["gain"]
        rest = rest if rest > D("0.00001") else D(0)
        expected = "use_case_1" if not rest else "bound_plan"
        # At the border either name is right.
        if abs(missing - rooms["gain"]) > D("0.00001"):
            self.hold(document["guarantee"] == expected, f"{document['guarantee']}, not {expected}")
        self.hold(rest <= rooms["deviated"] + D("0.00001"), "members bear more than their plans deviated by")
        for m in document["members"]:
            alone = number(before[m["id"]]["cost_alone"])
            fee = sum(
                D(e["amount"])
                for e in document["use_case_2"]["entries"]
                if e["kind"] == "aggregator_fee" and e["debit"] == f"member:{m['id']}"
            )
            gained = alone - (number(before[m["id"]]["cost"]) - fee) if worthwhile else D(0)
            deviated = max(D(0), number(homes[m["id"]]["cost_bound"]) - alone)
            short = gained * of_gain + (rest * deviated / rooms["deviated"] if rest else D(0))
            self.near(m["short"], short, f"{m['id']}: short", D("0.00001"))

    def cents(self, document: dict) -> None:
        """Every account: whole cents, and nothing left in the pot or over."""
        balances: dict[str, Decimal] = defaultdict(D)
        for e in document["entries"]:
            amount = D(e["amount"])
            self.hold(amount > 0 and amount % CENT == 0 and bool(e["reason"]), f"an entry of {amount}")
            balances[e["debit"]] -= amount
            balances[e["credit"]] += amount
        self.hold(sum(balances.values()) == 0, "entries do not sum to zero")
        self.hold(balances["pot:community"] == 0, "the pot is not empty")
        for m in document["members"]:
            self.near(m["paid"], -balances[f"member:{m['id']}"], f"{m['id']}: paid", D(0))
        homes = {h["id"] for h in document["members"]}
        others = sum(D(h["amount"]) for h in document["payments"]["homes"] if h["id"] not in homes)
        paid = sum(D(m["paid"]) for m in document["members"]) - others
        got = sum(x for a, x in balances.items() if not a.startswith(("member:", "pot:")))
        self.near(paid, got, "members pay what others get", D(0))


def looked_at_payments(document: dict) -> list[str]:
    look = Look()
    look.payments(document)
    return look.wrong


def looked_at_day(document: dict) -> list[str]:
    look = Look()
    look.day(document)
    return look.wrong

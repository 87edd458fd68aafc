"""One sentence or two on each picture of the local market, computed from the run."""

from collections.abc import Sequence

import numpy as np

from mas2tering.domain.plans import FloatArray
from mas2tering.settlement.wording import number, percent
from mas2tering.study.figures import WORSE_OFF_BEYOND, Certificate
from mas2tering.study.report.wording import amount, count
from mas2tering.study.requests import RequestFigures

_TRADED_KWH = 0.005
_NOT_WORTH_SAYING = 0.005
_DAYS_IN_WORDS = 7


def headline(costs: tuple[float, float, float], symbol: str, days: int) -> str:
    """What planning and then trading save a day; costs before, planned and traded, over all days."""
    before, planned, traded = (cost / days for cost in costs)
    saved, by_planning = round(before - traded, 2), round(before - planned, 2)
    # The parts as they are read sum to the whole as it is read.
    by_trading = saved - by_planning
    if saved < _NOT_WORTH_SAYING:
        return "Planning and trading with one another saves nothing here."
    share = f", {percent(saved / before)} of what it costs" if before > 0 else ""
    more = (
        f"{amount(by_trading, symbol)} more by trading"
        if by_trading >= _NOT_WORTH_SAYING
        else "nothing more by trading"
    )
    return (
        f"Planning and trading with one another saves {amount(saved, symbol)} a day{share}: "
        f"{amount(by_planning, symbol)} by planning, {more}."
    )


def certainty(certificate: Certificate, symbol: str, days: int, under: str = "the market’s rules") -> str:
    """What is proven of the plans agreed on, under which rules."""
    above = max(0.0, certificate.cost - certificate.lower_bound) / days
    if above < _NOT_WORTH_SAYING:
        return f"Proven: by {under}, no plans for these homes are cheaper, to the cent."
    return (
        f"Proven: by {under}, the best plans that there are would cost at most {amount(above, symbol)} a day less "
        f"({percent(certificate.gap)} of what planning alone costs)."
    )


def nobody_worse_off(traded_saved: FloatArray, symbol: str, days: int) -> str:
    """Who pays more with trading than with planning alone (each home's saving by it, shape (homes,))."""
    worse = traded_saved < -WORSE_OFF_BEYOND * days
    if not worse.any():
        return "Trading leaves nobody worse off than planning alone."
    most = amount(-float(traded_saved.min()) / days, symbol)
    return f"{count(int(worse.sum()), 'home')} would pay less with planning alone, by up to {most} a day."


def price(
    traded_kwh: FloatArray,
    prices: FloatArray,
    money: tuple[float, float],
    at_suppliers: tuple[float, float],
    symbol: str,
    labels: Sequence[str],
) -> str:
    """What is traded and at which price (energy and price by step), what buyers paid and sellers got, and what their suppliers would have asked
    and given."""
    energy = float(traded_kwh.sum())
    if energy < _TRADED_KWH:
        return "Nothing is traded: nobody has to spare what another would pay more for than a supplier."
    paid, earned = (amount(value / energy, symbol, 3) for value in money)
    asked, given = (amount(value / energy, symbol, 3) for value in at_suppliers)
    traded = traded_kwh > 0
    low, high = float(prices[traded].min()), float(prices[traded].max())
    most = labels[int(traded_kwh.argmax())]
    between = (
        f"at {amount(low, symbol, 3)} a kWh"
        if high - low < 5e-4
        else f"at {amount(low, symbol, 3)} to {amount(high, symbol, 3)} a kWh"
    )
    return (
        f"{number(energy, 'kWh')} are traded {between}, the most at {most}. Buyers pay {paid} on average, charges counted in, "
        f"instead of the {asked} that their suppliers ask; sellers get {earned} instead of {given}."
    )


def requests(found: RequestFigures | None, symbol: str) -> str:
    """What buyers outside asked for, got and paid, and what that brings the members; empty where nobody asked."""
    if found is None:
        return ""
    sentences = []
    for buyer in found.buyers:
        asked, price = number(buyer.asked_kwh, "kWh"), buyer.price_per_kwh
        if price is None:
            sentences.append(f"{buyer.buyer} asks for {asked} and gets nothing.")
            continue
        paid = f"{amount(buyer.paid, symbol)}, {amount(price, symbol, 3)} a kWh"
        sentences.append(
            f"{buyer.buyer} asks for {asked}, gets {number(buyer.delivered_kwh, 'kWh')} and pays {paid}."
        )
    if any(buyer.delivered_kwh for buyer in found.buyers):
        gain = amount(found.members_gain, symbol)
        sentences.append(
            f"It leaves the community like any export; together the homes gain {gain} by it, against the same market without a request."
        )
    sentences += [f"Nothing is delivered on {day}." for day in found.not_met[:_DAYS_IN_WORDS]]
    return " ".join(sentences)


def traders(bought_kwh: FloatArray, sold_kwh: FloatArray) -> str:
    """How many homes buy and sell, and how few make up half (energy by home)."""
    homes = len(bought_kwh)
    buys, sells = bought_kwh > _TRADED_KWH, sold_kwh > _TRADED_KWH
    if not buys.any():
        return "No home trades."
    both = int((buys & sells).sum())
    buyers, sellers = int(buys.sum()), int(sells.sum())
    text = f"Of {count(homes, 'home')}, {buyers:,} {'buys' if buyers == 1 else 'buy'} and {sellers:,} {'sells' if sellers == 1 else 'sell'}"
    text += (
        f"; {both:,} {'does' if both == 1 else 'do'} both, at different times of the day." if both else "."
    )
    if homes < 4:
        return text
    half = int(np.searchsorted(np.cumsum(np.sort(sold_kwh)[::-1]), sold_kwh.sum() / 2)) + 1
    return f"{text} Half of what is sold comes from {count(half, 'home')}."


def groups(names: Sequence[str], flows_kwh: FloatArray) -> str:
    """The largest flow between tariffs (energy from rows to columns)."""
    total = float(flows_kwh.sum())
    if len(names) < 2 or total < _TRADED_KWH:
        return ""
    seller, buyer = divmod(int(flows_kwh.argmax()), len(names))
    across = total - float(np.trace(flows_kwh))
    most = float(flows_kwh[seller, buyer])
    route = (
        f"among homes on {names[seller]}"
        if seller == buyer
        else f"from homes on {names[seller]} to homes on {names[buyer]}"
    )
    return f"{percent(across / total)} of it crosses from one tariff to another. Most goes {route} ({number(most, 'kWh', 0)})."


def convergence(rounds: int, gap: float, wanted: float, cost_alone: float, symbol: str) -> str:
    """How near bound and cost came in how many rounds (amounts in currency)."""
    text = f"After {count(rounds, 'round')} the plans are proven to cost at most {amount(gap, symbol)} more than the best"
    if cost_alone < _NOT_WORTH_SAYING:
        return text + "."
    reached = "wanted" if gap <= wanted else "wanted, which was not reached"
    return f"{text}: {percent(gap / cost_alone)} of what planning alone costs. {percent(wanted / cost_alone)} was {reached}."


def rules(worse_off: Sequence[tuple[str, int]]) -> str:
    """What the other ways to share would have done to homes (name and homes worse off; the settlement's own first)."""
    own, others = worse_off[0], worse_off[1:]
    if own[1]:
        return f"As settled, {count(own[1], 'home')} pay more than with planning alone."
    bad = [many for _, many in others if many]
    if not bad:
        return "As settled, nobody pays more than with planning alone; here the other ways would leave nobody worse off either."
    few, many = min(bad), max(bad)
    span = count(few, "home") if few == many else f"{few:,} to {count(many, 'home')}"
    which = "The other ways" if len(bad) == len(others) else f"{len(bad)} of {len(others)} other ways"
    return f"As settled, nobody pays more than with planning alone. {which} would leave {span} worse off."

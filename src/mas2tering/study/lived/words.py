"""Days as they turned out, in a reader's words."""

from mas2tering.coordination.lived_day import Policy
from mas2tering.coordination.lived_limits import GridWay, LivedLimits
from mas2tering.coordination.lived_market import LivedMarket, Way
from mas2tering.study.lived.found import LivedRun
from mas2tering.study.lived.outlooks import ForecastRecord, Quantity
from mas2tering.study.registered import words_of


def lived_sentences(lived: LivedRun, currency: str) -> tuple[str, ...]:
    """What the days came to, in a reader's words."""

    def cost(policy: Policy) -> str:
        return f"{lived.cost(policy):,.2f} {currency}"

    def share(policy: Policy) -> str:
        found = lived.share_of_oracle(policy, "idle")
        return "" if found is None else f" ({100 * found:.0f} %)"

    below = lived.below_the_rule
    anew, anew_share = "", ""
    if "replanned" in lived.shown:
        anew = f"by plans made anew each hour {cost('replanned')}, "
        anew_share = f", plans made anew each hour{share('replanned')}"
    local = lived.local_gain
    return (
        f"Lived, use case 1, on a forecast ({lived.forecast}): {cost('steered')}. By the simple rule {cost('rule')}, by the plan "
        f"of the day before as it stood {cost('plan')}, {anew}without the platform {cost('none')}, in hindsight {cost('oracle')}.",
        f"Of what hindsight would save against idle batteries: lived{share('steered')}, rule{share('rule')}, plan as it stood"
        f"{share('plan')}{anew_share}.",
        "No home would have done better by the rule."
        if not below
        else f"{len(below)} of {len(lived.homes)} homes would have done better by the rule: {', '.join(below[:5])}.",
        *_of_cars(lived),
        f"What neighbours feed in and draw at the same moment is worth {local['steered']:,.2f} {currency} more to them as lived, traded "
        f"with nothing negotiated anew; {local['oracle']:,.2f} in hindsight, {local['rule']:,.2f} by the rule.",
        *(() if lived.market is None else market_sentences(lived.market, currency)),
        *(() if lived.registration is None else words_of(lived.registration)),
        *(_forecast_words(quantity, record) for quantity, record in lived.forecasts.items()),
    )


_REASONS = {"first": "for the first time", "schedule": "as scheduled", "drift": "because a home had changed"}


def _forecast_words(quantity: Quantity, record: ForecastRecord) -> str:
    """Who forecast, and how well, in a sentence."""
    who = ", ".join(f"{name} {count:,} times" for name, count in record.spoke.items())
    said = f"Forecasts of {quantity} came from: {who}."
    if record.learned:
        said += f" Models learned {', '.join(f'{count:,} times {_REASONS[why]}' for why, count in record.learned.items())}."
    scores = record.scores
    if scores is None:
        return said
    return (
        f"{said} Over the homes' mean {quantity} they missed by {100 * scores.nmae:.0f} % (nMAE), the day's energy by "
        f"{100 * scores.daily_energy_error:.0f} %; the 80 % band held {100 * scores.coverage_80:.0f} % of the steps."
    )


def _of_cars(lived: LivedRun) -> tuple[str, ...]:
    """What cars left without that came otherwise than expected."""
    came = any(
        "comes" in s.words or "leaves" in s.words
        for h in lived.homes
        for d in h.foreseen
        for s in d.surprises
    )
    if not came:
        return ()

    def short(policy: Policy) -> str:
        return f"{sum(home.short_kwh.get(policy, 0.0) for home in lived.homes):,.1f} kWh"

    return (
        f"Cars that came or left otherwise than expected left without {short('steered')} of what was due in them as lived, "
        f"{short('plan')} by the plan as it stood, {short('rule')} by the rule, {short('oracle')} in hindsight; it counts as bought "
        "elsewhere at the day's dearest price.",
    )


def market_sentences(market: LivedMarket, currency: str) -> tuple[str, ...]:
    """What the local market and the grid's limits keep on days that turn out otherwise, in a reader's words."""

    def part(way: Way) -> str:
        gain, share = market.alone[way] - market.lived[way], market.share_kept(way)
        kept = "" if share is None else f", {100 * share:.0f} % of what it gains in hindsight"
        more = "saves" if gain >= 0 else "costs"
        return f"{more} {abs(gain):,.2f} {currency}{kept}"

    def stands(way: Way) -> str:
        return f"{market.standing_kwh[way]:,.1f} of {market.traded_kwh[way]:,.1f} kWh"

    nothing = (
        "" if market.share_kept("steered") is not None else " In hindsight it gains nothing to speak of."
    )
    return (
        f"Lived, use case 2, agreed on the forecast: with the market opened again {market.reopened} times, on what was measured until then, "
        f"it {part('reopened')} ({market.lived['reopened']:,.2f} {currency} against {market.alone['reopened']:,.2f} in use case 1). Agreed on "
        f"once, with homes that steer around their trades, it {part('steered')}; with plans as they stood in both use cases it "
        f"{part('bound')}.{nothing}",
        f"Of what is agreed on comes about: {stands('reopened')} with the market opened again, {stands('steered')} steered, "
        f"{stands('bound')} by plans as they stood.",
        *(() if market.limits is None else grid_sentences(market.limits, market, currency)),
    )


def grid_sentences(limits: LivedLimits, market: LivedMarket, currency: str) -> tuple[str, ...]:
    """What days of use case 3 make of the grid's limits as they turn out, in a reader's words."""

    def broken(way: GridWay) -> str:
        return _broken(limits.lived[way], limits.worst_lived[way])

    def cost(way: GridWay) -> str:
        alone = market.alone["bound" if way == "bound" else "steered"]
        share = limits.share_kept(way, alone, market.alone_hindsight)
        kept = "" if share is None else f" ({100 * share:.0f} %)"
        return f"{limits.cost[way]:,.2f} {currency}{kept}"

    found = (
        f"Lived, use case 3: planned days break {_broken(limits.planned, limits.worst_planned)}. As they turn out, plans as they stood "
        f"break {broken('bound')}; homes that steer, with limits only a price to them, {broken('steered')}; homes that steer within "
        f"the bands that the network operator orders {broken('within_bands')}. What the network operator pays "
        f"({limits.dso_payment:,.2f} {currency}) is for the plans, and stays.",
        f"All homes pay {cost('bound')} by plans as they stood, {cost('steered')} steered, {cost('within_bands')} steered within bands; "
        f"the share is of what use case 3 saves against use case 1 in hindsight.",
    )
    if not limits.homes_beyond:
        return (*found, "Every home stays within its band.")
    homes = (
        "1 home leaves its band"
        if limits.homes_beyond == 1
        else f"{limits.homes_beyond} homes leave their bands"
    )
    return (
        *found,
        f"{homes} at some time, by {limits.beyond_kwh:,.1f} kWh together: load or generation that nobody shifts, or what is due at once.",
    )


def _broken(many: int, worst: float) -> str:
    if not many:
        return "no limit"
    return f"{many:,} {'limit' if many == 1 else 'limits'} (by up to {100 * worst:.1f} % of it)"

"""A district's day as a table, sentences, JSON and a page."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from mas2tering.coordination.district_day import DistrictDay
from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.study.operator.district import DistrictResult
from mas2tering.study.operator.page import OperatorPage

_ONE_AGGREGATOR = "one aggregator"


def _net_kw(plans: Sequence[HomePlan]) -> FloatArray:
    return np.asarray(np.sum([plan.net_kw for plan in plans], axis=0))


def _row(
    name: str, before: Sequence[HomePlan], after: Sequence[HomePlan], costs: tuple[float, float]
) -> tuple[str, ...]:
    first, last = _net_kw(before), _net_kw(after)
    hours = before[0].axis.step_hours
    return (
        name,
        f"{len(before)}",
        f"{costs[0]:,.2f}",
        f"{costs[1]:,.2f}",
        f"{hours * last.sum():,.0f}",
        f"{first.max():,.1f}",
        f"{last.max():,.1f}",
        f"{max(0.0, -first.min()):,.1f}",
        f"{max(0.0, -last.min()):,.1f}",
    )


def table_of(found: DistrictResult) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Head and rows: each aggregator, all together, and one with all homes where it was asked for."""
    currency = found.members[0].community.currency
    head = (
        "aggregator",
        "homes",
        f"{currency} without limits",
        "within",
        "net kWh",
        "peak kW without",
        "within",
        "export kW without",
        "within",
    )
    apart = found.apart
    rows = [
        _row(own.name, apart.before[k], apart.after[k], (apart.cost_before[k], apart.cost_after[k]))
        for k, own in enumerate(found.members)
    ]
    rows.append(_whole("together", apart))
    if found.as_one is not None:
        rows.append(_whole(_ONE_AGGREGATOR, found.as_one))
    return head, rows


def _whole(name: str, day: DistrictDay) -> tuple[str, ...]:
    before = [plan for own in day.before for plan in own]
    after = [plan for own in day.after for plan in own]
    return _row(name, before, after, (sum(day.cost_before), sum(day.cost_after)))


def sentences_of(found: DistrictResult) -> list[str]:
    """What was agreed on, in the operator\'s words."""
    apart, currency = found.apart, found.members[0].community.currency
    lines = []
    if found.cap.import_kw is not None or found.cap.export_kw is not None:
        lines.append(
            f"The shared limit is exceeded at {apart.cap_broken[0]} steps without it, at {apart.cap_broken[1]} within."
        )
    if apart.flows:
        lines.append(
            f"Limits of the networks: {apart.network_broken[0]} broken without them, {apart.network_broken[1]} within."
        )
    price = float(apart.limit_price_per_kwh.max(initial=0.0))
    lines += [
        f"{apart.rounds} {'round' if apart.rounds == 1 else 'rounds'} with the operator, to whom aggregators say sums only; a kWh costs up to "
        f"{price:.4f} {currency} more for the sake of limits.",
        f"Plans cost at most {apart.gap:,.2f} {currency} more than the best ones.",
    ]
    if not apart.is_clean:
        lines.append("Not every limit could be kept: no plans were found that keep them all.")
    if found.as_one is not None:
        one = sum(found.as_one.cost_after)
        more = sum(apart.cost_after) - one
        lines.append(
            f"One aggregator with all homes in one market comes to {one:,.2f} {currency}: the district costs {abs(more):,.2f} {currency} "
            f"{'more' if more >= 0 else 'less'}, where gaps are {apart.gap:,.2f} and {found.as_one.gap:,.2f}; what is beyond them is trade between "
            "communities, which markets apart do without."
        )
    lines.append(
        "Costs are those that communities negotiate on, before money is shared out among homes and before the operator's payment."
    )
    return lines


def document_of(found: DistrictResult, day: date) -> dict[str, object]:
    """The district\'s day as JSON."""
    apart = found.apart
    document: dict[str, object] = {
        "date": day.isoformat(),
        "currency": found.members[0].community.currency,
        "import_kw": found.cap.import_kw,
        "export_kw": found.cap.export_kw,
        "aggregators": [
            {
                "name": own.name,
                "homes": len(own.community.homes),
                "cost_without_limits": apart.cost_before[k],
                "cost": apart.cost_after[k],
                "net_kw_without_limits": _net_kw(apart.before[k]).round(4).tolist(),
                "net_kw": _net_kw(apart.after[k]).round(4).tolist(),
            }
            for k, own in enumerate(found.members)
        ],
        **_day(apart),
    }
    if found.as_one is not None:
        document["as_one_aggregator"] = _day(found.as_one)
    return document


def _day(day: DistrictDay) -> dict[str, object]:
    return {
        "cost": sum(day.cost_after),
        "cost_without_limits": sum(day.cost_before),
        "gap": day.gap,
        "rounds": day.rounds,
        "shared_limit_exceeded": {"without": day.cap_broken[0], "within": day.cap_broken[1]},
        "network_limits_broken": {"without": day.network_broken[0], "within": day.network_broken[1]},
        "limit_price_max_per_kwh": float(day.limit_price_per_kwh.max(initial=0.0)),
    }


def page_of(found: DistrictResult, day: date) -> OperatorPage:
    """Table, sentences, and loads without and within the limits."""
    page = OperatorPage(f"District of {len(found.members)} aggregators, {day}")
    head, rows = table_of(found)
    page.table(head, rows)
    page.say(*sentences_of(found))
    axis, apart = found.axis, found.apart
    steps = np.arange(axis.steps, dtype=np.float64)
    ticks = [(float(k), axis.label(k)) for k in range(0, axis.steps + 1, max(1, axis.steps // 8))]
    page.heading("Load of the whole district")
    limit = found.cap.import_kw
    page.picture(
        "kW, all homes together",
        [
            ("without limits", steps, _net_kw([plan for own in apart.before for plan in own])),
            ("within limits", steps, _net_kw([plan for own in apart.after for plan in own])),
        ],
        ticks,
        level=None if limit is None else (f"limit {limit:g} kW", limit),
    )
    page.heading("Each aggregator within the limits")
    for k, own in enumerate(found.members):
        page.say(own.name)
        page.picture(
            "kW",
            [
                ("without limits", steps, _net_kw(apart.before[k])),
                ("within limits", steps, _net_kw(apart.after[k])),
            ],
            ticks,
        )
    page.heading("What limits add to the price of a kWh")
    page.picture(
        f"{found.members[0].community.currency}/kWh, for the home that pays most",
        [("price of the limits", steps, apart.limit_price_per_kwh)],
        ticks,
    )
    return page

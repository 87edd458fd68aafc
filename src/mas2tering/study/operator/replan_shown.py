"""A replanned day as a table, sentences, JSON and a page."""

from collections.abc import Sequence

import numpy as np

from mas2tering.domain.community import Community
from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.study.operator.page import OperatorPage
from mas2tering.study.operator.replan import ReplannedDay

_STATES = ("as planned", "if nobody does anything", "planned again")


def _net_kw(plans: Sequence[HomePlan]) -> FloatArray:
    return np.asarray(np.sum([plan.net_kw for plan in plans], axis=0))


def rows_of(found: ReplannedDay, currency: str) -> list[tuple[str, ...]]:
    """The table, its head first: what counts of the rest of the day in each state."""
    states = (found.planned, found.idle, found.after)
    rest = slice(found.first_step, None)
    costs = [sum(plan.costs.cost for plan in plans) for plans in states]
    loadings = [flow.transformer_loading for flow in found.flows]
    return [
        (f"from {found.axis.label(found.first_step)} on", *_STATES),
        ("limits broken", *(f"{found.broken(k)}" for k in range(3))),
        (
            "transformer, % of its rating",
            *("-" if own is None else f"{100 * float(own[:, rest].max()):.1f}" for own in loadings),
        ),
        ("lowest voltage, pu", *(f"{float(flow.voltage_pu[:, rest].min()):.4f}" for flow in found.flows)),
        ("highest voltage, pu", *(f"{float(flow.voltage_pu[:, rest].max()):.4f}" for flow in found.flows)),
        ("peak of all members, kW", *(f"{float(_net_kw(plans)[rest].max()):,.1f}" for plans in states)),
        (f"the day at own suppliers, {currency}", *(f"{cost:,.2f}" for cost in costs)),
        (
            f"the day as negotiated, {currency}",
            f"{found.agreed_cost[0]:,.2f}",
            "",
            f"{found.agreed_cost[1]:,.2f}",
        ),
    ]


def sentences_of(found: ReplannedDay, begin: str) -> list[str]:
    """What was done, in the operator\'s words."""
    changed = sum(
        bool(np.abs(new.net_kw - old.net_kw).max() > 1e-3)
        for new, old in zip(found.after, found.idle, strict=True)
    )
    rounds = len(found.outcome.relief.rounds)
    lines = [
        f"What was over at {begin} stays. {changed} of {len(found.after)} homes plan otherwise than they would if nobody did anything, after "
        f"{rounds} {'round' if rounds == 1 else 'rounds'} with the network operator."
    ]
    if not found.outcome.relief.is_clean:
        lines.append("Not every limit could be kept with what homes can still decide.")
    lines.append("Costs are of plans; what was ordered anew is not settled here.")
    return lines


def document_of(begin: str, found: ReplannedDay, currency: str) -> dict[str, object]:
    """The day as JSON: limits, costs and loads in each state."""
    names = ("planned", "idle", "replanned")
    states = zip(names, (found.planned, found.idle, found.after), found.flows, range(3), strict=True)
    return {
        "from": begin,
        "first_step": found.first_step,
        "currency": currency,
        "is_clean": found.outcome.relief.is_clean,
        "rounds": len(found.outcome.relief.rounds),
        "agreed_cost": {"planned": found.agreed_cost[0], "replanned": found.agreed_cost[1]},
        "states": {
            name: {
                "cost_at_own_suppliers": sum(plan.costs.cost for plan in plans),
                "limits_broken": found.broken(k),
                "voltage_min_pu": float(flow.voltage_pu[:, found.first_step :].min()),
                "voltage_max_pu": float(flow.voltage_pu[:, found.first_step :].max()),
                "net_kw": {plan.home: plan.net_kw.round(4).tolist() for plan in plans},
            }
            for name, plans, flow, k in states
        },
    }


def page_of(begin: str, found: ReplannedDay, community: Community) -> OperatorPage:
    """Table, sentences, and loads through the day in each state."""
    page = OperatorPage(f"{community.name}: planned again from {begin}")
    head, *rows = rows_of(found, community.currency)
    page.table(head, rows)
    page.say(*sentences_of(found, begin))
    _draw_loads(page, begin, found)
    page.heading("Who plans otherwise")
    page.table(*_who_plans_otherwise(found, community.currency))
    return page


def _draw_loads(page: OperatorPage, begin: str, found: ReplannedDay) -> None:
    """Load of all members, of the transformer, and the lowest voltage, each in every state."""
    axis = found.axis
    steps = np.arange(axis.steps, dtype=np.float64)
    ticks = [(float(k), axis.label(k)) for k in range(0, axis.steps + 1, max(1, axis.steps // 8))]
    marks = [(f"planned again from {begin}", float(found.first_step))]
    states = (found.planned, found.idle, found.after)
    page.heading("Load of all members")
    lines = [(name, steps, _net_kw(plans)) for name, plans in zip(_STATES, states, strict=True)]
    page.picture("kW", lines, ticks, marks=marks)
    named = list(zip(_STATES, found.flows, strict=True))
    loadings = [(name, flow.transformer_loading) for name, flow in named]
    known = [(name, steps, 100 * own.max(axis=0)) for name, own in loadings if own is not None]
    if known:
        page.heading("Load of the transformer")
        unit = "% of the rated current, worst phase"
        page.picture(unit, known, ticks, marks=marks, level=("rating", 100.0))
    page.heading("Lowest voltage at a customer")
    lines = [(name, steps, 100 * (1.0 - flow.voltage_pu.min(axis=0))) for name, flow in named]
    page.picture("% below 230 V (less than nothing: above)", lines, ticks, marks=marks)


def _who_plans_otherwise(found: ReplannedDay, currency: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The twenty homes that move most, the most first."""
    hours = found.axis.step_hours
    head: tuple[str, ...] = (
        "Home",
        "kWh less at some steps",
        "kWh more at others",
        f"{currency} dearer at its own supplier",
    )
    moved = sorted(
        zip(found.idle, found.after, strict=True),
        key=lambda pair: -float(np.abs(pair[1].net_kw - pair[0].net_kw).sum()),
    )
    rows: list[tuple[str, ...]] = [
        (
            new.home,
            f"{hours * np.maximum(old.net_kw - new.net_kw, 0).sum():.2f}",
            f"{hours * np.maximum(new.net_kw - old.net_kw, 0).sum():.2f}",
            f"{round(new.costs.cost - old.costs.cost, 2) + 0.0:.2f}",
        )
        for old, new in moved[:20]
        if np.abs(new.net_kw - old.net_kw).max() > 1e-3
    ]
    return head, rows

"""``mas2tering dso replan``: the rest of a day again, because forecasts have moved."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mas2tering.cli.asked import Asked
from mas2tering.cli.run import prepared, read_asked
from mas2tering.cli.terminal import messages, progress_of_homes
from mas2tering.domain.community import Community
from mas2tering.domain.errors import InputError, InputProblem, printable
from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.files import read_changed_forecasts
from mas2tering.study.operator_page import OperatorPage
from mas2tering.study.replan import Moved, ReplannedDay, replanned_day
from mas2tering.study.run import run_community

_STATES = ("as planned", "if nobody does anything", "planned again")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_SAME_COST = 0.005


@dataclass(frozen=True)
class ReplanRequest:
    """The command's options as they were typed."""

    results: Path
    begin: str
    profiles: Path | None
    generation: float
    load: float
    out: Path


def dso_replan_command(request: ReplanRequest) -> int:
    """Plan the day of a run again from a time on, print before and after, write JSON and a page; 1 where limits stay broken.

    Raises:
        InputError: with everything that is wrong with what was asked.
    """
    _check(request)
    asked = read_asked(request.results)
    if asked.days != 1:
        several = f"a run of {asked.days} days"
        raise InputError([InputProblem(str(request.results), "days", several, "a run of one day")])
    community, reader, options = prepared(asked)
    if options.network is None:
        raise AssertionError("use case 3 has a network")
    axis = TimeAxis.of_days(
        options.first_day, community.time_zone, options.step_minutes, day_starts_at=community.day_starts_at
    )
    first_step = _step_at(axis, request.begin)
    moved = _moved(request, community, axis.steps)
    with progress_of_homes() as progress:
        run = run_community(community, reader, replace(options, use_cases=("1", "2", "3")), progress)
        _hold_the_same(request.results, run.costs("3").cost)
        found = replanned_day(run, reader, options.network, first_step, moved, progress)
    rows = _rows(found, community.currency)
    width = max(len(row[0]) for row in rows)
    for row in rows:
        print(printable("  ".join([row[0].ljust(width), *(cell.rjust(24) for cell in row[1:])])))
    for sentence in _sentences(found, request.begin):
        print(printable(sentence))
    request.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_document(request, found, community.currency), indent=2, ensure_ascii=False)
    (request.out / "replan.json").write_text(text + "\n", encoding="utf-8")
    _page(request, found, community).write(request.out / "replan.html")
    messages.print(f"Page: {request.out / 'replan.html'}", soft_wrap=True, highlight=False, markup=False)
    return 0 if found.outcome.relief.is_clean else 1


def _check(request: ReplanRequest) -> None:
    """Refuse options that are wrong.

    Raises:
        InputError: with all of them.
    """
    asked = Asked("dso replan")
    if _CLOCK.fullmatch(request.begin) is None:
        asked.wrong("--from", request.begin, "a time such as 12:00")
    for option, share in (("--generation", request.generation), ("--load", request.load)):
        if not 0.0 <= share <= 10.0:
            asked.wrong(option, f"{share:g}", "a share of what was expected, from 0 to 10")
    if request.profiles is None and (request.generation, request.load) == (1.0, 1.0):
        asked.wrong("--profiles", "nothing", "--profiles FILE, --generation or --load: what has changed")
    asked.folder("--out", request.out)
    asked.refuse()


def _step_at(axis: TimeAxis, clock: str) -> int:
    """The first step that begins at a time of the local clock.

    Raises:
        InputError: no step begins then.
    """
    for step, moment in enumerate(axis.local_starts):
        if f"{moment:%H:%M}" == clock:
            return step
    expected = f"the beginning of a step of {axis.step_minutes} minutes from {axis.label(0)} on"
    raise InputError([InputProblem("dso replan", "--from", clock, expected)])


def _moved(request: ReplanRequest, community: Community, steps: int) -> Moved:
    courses: Mapping[tuple[str, str], FloatArray] = {}
    if request.profiles is not None:
        kinds = {home.id: {device.id: device.kind for device in home.devices} for home in community.homes}
        courses = read_changed_forecasts(request.profiles, kinds, steps)
    return Moved(courses, request.generation, request.load)


def _hold_the_same(results: Path, cost: float) -> None:
    """Hold that the run came out as its folder says: else the community has changed since.

    Raises:
        InputError: it did not.
    """
    path = results / "summary.json"
    try:
        said = json.loads(path.read_text(encoding="utf-8"))["use_cases"]["3"]["cost"]
    except (OSError, ValueError, KeyError, TypeError):
        expected = "the summary of a run with use case 3"
        raise InputError(
            [InputProblem(str(path), "use_cases.3.cost", "nothing that can be used", expected)]
        ) from None
    if not isinstance(said, int | float) or abs(said - cost) > _SAME_COST:
        expected = "the same community and version as when the run was made; run it anew"
        raise InputError([InputProblem(str(path), "use_cases.3.cost", f"{said}, now {cost:.4f}", expected)])


def _net_kw(plans: Sequence[HomePlan]) -> FloatArray:
    return np.asarray(np.sum([plan.net_kw for plan in plans], axis=0))


def _rows(found: ReplannedDay, currency: str) -> list[tuple[str, ...]]:
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


def _sentences(found: ReplannedDay, begin: str) -> list[str]:
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


def _document(request: ReplanRequest, found: ReplannedDay, currency: str) -> dict[str, object]:
    names = ("planned", "idle", "replanned")
    states = zip(names, (found.planned, found.idle, found.after), found.flows, range(3), strict=True)
    return {
        "from": request.begin,
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


def _page(request: ReplanRequest, found: ReplannedDay, community: Community) -> OperatorPage:
    page = OperatorPage(f"{community.name}: planned again from {request.begin}")
    head, *rows = _rows(found, community.currency)
    page.table(head, rows)
    page.say(*_sentences(found, request.begin))
    axis = found.axis
    steps = np.arange(axis.steps, dtype=np.float64)
    ticks = [(float(k), axis.label(k)) for k in range(0, axis.steps + 1, max(1, axis.steps // 8))]
    marks = [(f"planned again from {request.begin}", float(found.first_step))]
    page.heading("Load of all members")
    states = (found.planned, found.idle, found.after)
    page.picture(
        "kW",
        [(name, steps, _net_kw(plans)) for name, plans in zip(_STATES, states, strict=True)],
        ticks,
        marks=marks,
    )
    loadings = [flow.transformer_loading for flow in found.flows]
    known = [
        (name, steps, 100 * own.max(axis=0))
        for name, own in zip(_STATES, loadings, strict=True)
        if own is not None
    ]
    if known:
        page.heading("Load of the transformer")
        page.picture(
            "% of the rated current, worst phase", known, ticks, marks=marks, level=("rating", 100.0)
        )
    page.heading("Lowest voltage at a customer")
    page.picture(
        "% below 230 V (less than nothing: above)",
        [
            (name, steps, 100 * (1.0 - flow.voltage_pu.min(axis=0)))
            for name, flow in zip(_STATES, found.flows, strict=True)
        ],
        ticks,
        marks=marks,
    )
    moved = sorted(
        zip(found.idle, found.after, strict=True),
        key=lambda pair: -float(np.abs(pair[1].net_kw - pair[0].net_kw).sum()),
    )
    hours = axis.step_hours
    page.heading("Who plans otherwise")
    page.table(
        (
            "Home",
            "kWh less at some steps",
            "kWh more at others",
            f"{community.currency} dearer at its own supplier",
        ),
        [
            (
                new.home,
                f"{hours * np.maximum(old.net_kw - new.net_kw, 0).sum():.2f}",
                f"{hours * np.maximum(new.net_kw - old.net_kw, 0).sum():.2f}",
                f"{round(new.costs.cost - old.costs.cost, 2) + 0.0:.2f}",
            )
            for old, new in moved[:20]
            if np.abs(new.net_kw - old.net_kw).max() > 1e-3
        ],
    )
    return page

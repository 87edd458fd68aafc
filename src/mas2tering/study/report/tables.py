"""The homes and their devices as plain data, rounded to what a reader can see.

Series are packed whole numbers of hundredths (10 W, 10 Wh), see :mod:`~mas2tering.study.report.packing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.community import Home
from mas2tering.domain.devices import AirConditioning, Device, HeatPump
from mas2tering.domain.plans import FloatArray, HomePlan, Method
from mas2tering.settlement.wording import percent
from mas2tering.study.figures import moved_kwh
from mas2tering.study.report.activity import Move, is_unchanged, moves_of, plan_of_device, spoken
from mas2tering.study.report.attribution import Attribution
from mas2tering.study.report.balance import SOURCE_OF_KIND, USE_OF_KIND
from mas2tering.study.report.packing import packed
from mas2tering.study.results import RunResult, UseCase, sum_costs

KINDS = {
    "pv": "PV",
    "wind": "Wind",
    "micro_chp": "Micro-CHP",
    "battery": "Battery",
    "ev": "EV",
    "heat_pump": "Heat pump",
    "air_conditioning": "Air conditioning",
    "hot_water": "Hot water",
    "programme": "Appliances",
}
"""What a home may own, by kind of device, as readers call it."""

METHODS: tuple[Method, ...] = ("optimal", "within_gap", "incumbent", "rule", "none")
"""From best to worst: a home's days are called by the worst of them."""


@dataclass(frozen=True)
class DeviceData:
    """A device over all days: its power before and after (None: as before) and what its store holds, packed
    hundredths of kW and kWh (empty without a store).

    ``saves`` is its share of the home's saving, ``moved_kwh`` the energy it uses at other times, ``more_kwh`` what it
    draws in all beyond what it drew before.
    """

    id: str
    name: str
    kind: str
    use: str
    source: str
    before: str
    after: str | None
    content: str
    content_before: str
    content_after: str
    changed: bool
    never: bool
    moved_kwh: float
    more_kwh: float
    saves: float
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class ClashData:
    """A wish that could not be met, in the user's words."""

    home: str
    device: str
    name: str
    reason: str
    relaxed: str


@dataclass(frozen=True)
class HomeData:
    """A home over all days. ``cost``, ``parts`` (those that are not zero) and ``peak_kw`` are by use case; ``rest`` is what no device
    can be credited with."""

    id: str
    tariff: str
    owns: tuple[str, ...]
    cost: dict[UseCase, float]
    parts: dict[UseCase, dict[str, float]]
    import_kwh: dict[UseCase, float]
    export_kwh: dict[UseCase, float]
    peak_kw: dict[UseCase, float]
    saving: float
    method: Method
    proof: str
    gap: float | None
    clashes: tuple[ClashData, ...]
    notes: tuple[str, ...]
    rest: dict[str, float]
    reading: str
    devices: tuple[DeviceData, ...]


_DAYS_IN_WORDS = 7
"""Of longer runs, the first days are told in words."""


def money(value: float) -> float:
    """An amount as embedded in the page: to a hundredth of a cent."""
    return round(value, 4) + 0.0


def owned(home: Home) -> tuple[str, ...]:
    """What a home owns, in the order of ``KINDS``."""
    kinds = {device.kind for device in home.devices}
    return tuple(label for kind, label in KINDS.items() if kind in kinds)


def home_data(
    run: RunResult, index: int, before: UseCase, after: UseCase, shares: Attribution, reading: str
) -> HomeData:
    """A home of the run, its saving in the parts of ``shares``."""
    home = run.community.homes[index]
    plans = {use_case: run.plans(use_case, index) for use_case in run.use_cases}
    costs = {use_case: sum_costs(plan.costs for plan in plans[use_case]) for use_case in plans}
    method, gap = worst_method(plans[after]), gap_of(plans[after])
    return HomeData(
        id=home.id,
        tariff=home.supply.tariff,
        owns=owned(home),
        cost={use_case: money(cost.cost) for use_case, cost in costs.items()},
        parts={
            use_case: {name: money(value) for name, value in vars(cost).items() if money(value)}
            for use_case, cost in costs.items()
        },
        import_kwh={use_case: round(sum(p.import_kwh for p in plans[use_case]), 3) for use_case in plans},
        export_kwh={use_case: round(sum(p.export_kwh for p in plans[use_case]), 3) for use_case in plans},
        peak_kw={
            use_case: round(max(float(p.net_kw.max()) for p in plans[use_case]), 3) + 0.0
            for use_case in plans
        },
        saving=money(costs[before].cost - costs[after].cost),
        method=method,
        proof="agreed on in the community" if after in ("2", "3") else proof(method, gap),
        gap=gap,
        clashes=clashes_of(home.id, plans[after]),
        notes=tuple(dict.fromkeys(note for plan in plans[after] for note in plan.notes)),
        rest=_rest(shares),
        reading=reading,
        devices=tuple(
            _device_data(device, plans[before], plans[after], shares)
            for device in home.devices
            if any(plan_of_device(plan, device.id) for plan in (*plans[before], *plans[after]))
        ),
    )


def worst_method(plans: Sequence[HomePlan]) -> Method:
    """The method by which a home's days are called."""
    return max((plan.method for plan in plans), key=METHODS.index)


def gap_of(plans: Sequence[HomePlan]) -> float | None:
    """How far a home's cost may lie above its best, as a fraction; None where a bound is missing or the cost
    is nothing."""
    cost = sum(plan.costs.cost for plan in plans)
    bounds = [plan.lower_bound for plan in plans if plan.lower_bound is not None]
    if len(bounds) < len(plans) or abs(cost) < 1e-6:
        return None
    return round(max(0.0, cost - sum(bounds)) / abs(cost), 6)


def proof(method: Method, gap: float | None) -> str:
    """How good a plan is known to be, in a few words."""
    if method == "optimal":
        return "proven best"
    near = "" if gap is None else f"at most {percent(gap)} above best"
    if method in ("within_gap", "incumbent"):
        return near or "best found"
    fallback = "the simple rule" if method == "rule" else "as without the platform"
    return f"{fallback}, {near}" if near else fallback


def clashes_of(home: str, plans: Sequence[HomePlan]) -> tuple[ClashData, ...]:
    """Clashes of a home's days, each once."""
    distinct = dict.fromkeys(clash for plan in plans for clash in plan.clashes)
    return tuple(
        ClashData(home, clash.device, spoken(clash.device), clash.reason, clash.relaxed) for clash in distinct
    )


def _rest(shares: Attribution) -> dict[str, float]:
    parts = {
        "Peak charge": shares.peak_charge,
        "Standing charge": shares.standing,
        "Trading at local prices": shares.local_price,
        "Share in the community’s gain": shares.gain_share,
        "Paid by the network operator": shares.dso_payment,
    }
    return {name: money(value) for name, value in parts.items() if abs(value) >= 5e-5}


def _device_data(
    device: Device, before: Sequence[HomePlan], after: Sequence[HomePlan], shares: Attribution
) -> DeviceData:
    changed = not is_unchanged(before, after, device.id)
    contents = [_content(plans, device.id) for plans in (before, after)]
    return DeviceData(
        id=device.id,
        name=spoken(device.id),
        kind=device.kind,
        use=USE_OF_KIND.get(device.kind, "base"),
        source=SOURCE_OF_KIND.get(device.kind, ""),
        before=packed(_power_kw(before, device.id)),
        after=packed(_power_kw(after, device.id)) if changed else None,
        content=_content_label(device) if any(contents) else "",
        content_before=contents[0],
        content_after=contents[1],
        changed=changed,
        never=device.control == "never",
        moved_kwh=round(moved_kwh(before, after, device.id), 3),
        more_kwh=round(_energy_kwh(after, device.id) - _energy_kwh(before, device.id), 3) + 0.0,
        saves=money(shares.by_device.get(device.id, 0.0)),
        moves=moves_of(before[:_DAYS_IN_WORDS], after[:_DAYS_IN_WORDS], device.id)
        if changed or device.kind not in ("fixed_load", "pv", "wind")
        else (),
    )


def _power_kw(plans: Sequence[HomePlan], device: str) -> FloatArray:
    parts = [(plan, plan_of_device(plan, device)) for plan in plans]
    return np.concatenate(
        [np.zeros(plan.axis.steps) if part is None else part.power_kw for plan, part in parts]
    )


def _energy_kwh(plans: Sequence[HomePlan], device: str) -> float:
    return float(_power_kw(plans, device).sum()) * plans[0].axis.step_hours


def _content(plans: Sequence[HomePlan], device: str) -> str:
    """Content over all days, with gaps where it is not known (a car that is away); empty if it never is."""
    contents: list[FloatArray] = []
    for plan in plans:
        part = plan_of_device(plan, device)
        unknown = np.full(plan.axis.steps, np.nan)
        contents.append(unknown if part is None or part.content is None else part.content)
    together = np.concatenate(contents)
    return "" if np.isnan(together).all() else packed(together)


def _content_label(device: Device) -> str:
    if isinstance(device, AirConditioning):
        return "cold in the house, above the highest wanted temperature"
    if isinstance(device, HeatPump) and device.store.type == "house":
        return "heat in the house, above the lowest wanted temperature"
    return {"battery": "energy held", "ev": "energy held"}.get(device.kind, "heat in the tank")

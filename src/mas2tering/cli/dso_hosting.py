"""``mas2tering dso hosting``: how many more roofs, cars and heat pumps fit, with and without the platform."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mas2tering.cli.asked import Asked
from mas2tering.cli.run import RunRequest, prepared
from mas2tering.cli.terminal import messages, progress_of_homes
from mas2tering.domain.errors import InputError, InputProblem, printable
from mas2tering.domain.network import Network
from mas2tering.files import read_devices, read_plans
from mas2tering.grid import PowerFlow
from mas2tering.study.hosting import HOSTED_KINDS
from mas2tering.study.hosting_draws import (
    PERCENTILES,
    DrawnCapacity,
    document_of,
    drawn_capacity,
    drawn_of_run,
)
from mas2tering.study.hosting_negotiated import NegotiatedCapacity, negotiated_capacity
from mas2tering.study.networks import network_of
from mas2tering.study.operator_page import OperatorPage, round_values
from mas2tering.study.run import run_community

WORDS = {"pv": "roofs with solar panels", "ev": "electric vehicles", "heat_pump": "heat pumps"}
CASES = {
    "none": "without the platform",
    "1": "planned by each home (use case 1)",
    "3": "negotiated (use case 3)",
    "plans": "on the plans given",
}
_LIMITS = {
    "transformer": "transformer",
    "cable": "cable",
    "voltage_low": "voltage too low at",
    "voltage_high": "voltage too high at",
    "unbalance": "phases too unequal at",
    "collapse": "",
}


@dataclass(frozen=True)
class HostingRequest:
    """The command's options as they were typed."""

    subject: str
    scenario: str | None
    date: str | None
    seed: int
    kinds: str
    draws: int
    negotiated: int
    plans: Path | None
    devices: Path | None
    out: Path | None


@dataclass(frozen=True)
class _Found:
    """Capacities by use case and kind, and those that were negotiated, draw by draw."""

    network: str
    about: str
    drawn: Mapping[str, Mapping[str, DrawnCapacity]]
    negotiated: Mapping[str, Sequence[NegotiatedCapacity]]
    notes: tuple[str, ...]


def dso_hosting_command(request: HostingRequest) -> None:
    """Draw placements, print what fits, write JSON and a page.

    Raises:
        InputError: with everything that is wrong with what was asked.
    """
    kinds = _checked(request)
    found = _of_plans(request, kinds) if request.plans is not None else _of_community(request, kinds)
    for line in _sentences(found):
        print(printable(line))
    for note in found.notes:
        print(printable(f"note: {note}"))
    if request.out is not None:
        request.out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(_document(request, found), indent=2, ensure_ascii=False)
        (request.out / "hosting.json").write_text(text + "\n", encoding="utf-8")
        _page(request, found).write(request.out / "hosting.html")
        messages.print(f"Page: {request.out / 'hosting.html'}", soft_wrap=True, highlight=False, markup=False)


def _checked(request: HostingRequest) -> list[str]:
    """The kinds asked for.

    Raises:
        InputError: with every option that is wrong.
    """
    asked = Asked("dso hosting")
    kinds = [kind.strip() for kind in request.kinds.split(",")]
    for kind in kinds:
        if kind not in HOSTED_KINDS:
            asked.wrong("--kinds", kind, f"some of {', '.join(HOSTED_KINDS)}")
    asked.whole_number("--draws", request.draws, 1, 1000)
    asked.whole_number("--negotiated", request.negotiated, 0, 100)
    asked.whole_number("--seed", request.seed, 0)
    asked.day("--date", request.date)
    if request.out is not None:
        asked.folder("--out", request.out)
    if (request.plans is None) != (request.devices is None):
        missing = "--devices" if request.devices is None else "--plans"
        asked.wrong(missing, "nothing", "both --plans and --devices, or neither and a community")
    if request.plans is not None and request.negotiated:
        asked.wrong("--negotiated", f"{request.negotiated}", "a community: plans in a table cannot negotiate")
    asked.refuse()
    return list(dict.fromkeys(kinds))


def _of_plans(request: HostingRequest, kinds: Sequence[str]) -> _Found:
    """From tables: what customers draw now, and what a device of each kind adds."""
    if request.plans is None or request.devices is None:
        raise AssertionError("both tables were asked for")
    network = network_of(request.subject)
    plans = read_plans(request.plans, [customer.id for customer in network.customers])
    devices = read_devices(request.devices, kinds, plans.load_kw.shape[1])
    flow, everybody = PowerFlow(network), range(len(network.customers))
    drawn = {
        kind: drawn_capacity(
            flow, plans.load_kw, power_kw, everybody, kind, draws=request.draws, seed=request.seed
        )
        for kind, power_kw in devices.items()
    }
    return _Found(
        network.name, str(request.plans), {"plans": drawn}, {}, (*plans.notes, *network.assumptions)
    )


def _of_community(request: HostingRequest, kinds: Sequence[str]) -> _Found:
    asked = RunRequest(
        request.subject, request.scenario, request.date, 1, "1", "perfect", 15, None, request.seed
    )
    community, reader, options = prepared(asked)
    network = _network(options.network, request.subject)
    with progress_of_homes() as progress:
        run = run_community(community, reader, options, progress)
        drawn = drawn_of_run(run, network, ("none", "1"), kinds, request.draws, request.seed)
        bargained: dict[str, list[NegotiatedCapacity]] = {}
        for kind in kinds:
            for number in range(request.negotiated):
                one = negotiated_capacity(
                    community, reader, replace(options, network=network), kind, number, request.seed, _told
                )
                if one is not None:
                    bargained.setdefault(kind, []).append(one)
    missing = [WORDS[kind] for kind in kinds if kind not in drawn["none"]]
    notes = tuple(f"No home has any {word} to go by." for word in missing)
    day = run.days[0].day
    return _Found(
        network.name,
        f"{community.name}, {day}",
        {str(case): own for case, own in drawn.items()},
        bargained,
        (*notes, *network.assumptions),
    )


def _network(network: Network | None, subject: str) -> Network:
    if network is None:
        expected = "a community with a network, or a network with --plans and --devices"
        raise InputError([InputProblem("dso hosting", "COMMUNITY", f"{subject}, and no network", expected)])
    return network


def _told(what: str) -> None:
    if messages.is_terminal:
        messages.print(f"negotiating: {what}", markup=False)


def _sentences(found: _Found) -> list[str]:
    lines = [f"{found.network}: how many more fit before the first limit breaks ({found.about})"]
    for case, kinds in found.drawn.items():
        for kind, own in kinds.items():
            lines.append(f"  {WORDS[kind]}, {CASES[case]}: {_fits(own)}")
    for kind, many in found.negotiated.items():
        lines.append(f"  {WORDS[kind]}, {CASES['3']}: {'; '.join(map(_bargain, many))}")
    return lines


def _fits(own: DrawnCapacity) -> str:
    if any(one.broken_before for one in own.placed):
        worst = own.limited_by[0]
        return f"none, since a limit is broken without any more of them ({_limit(*worst[:2])})"
    few, usual, many = (own.percentile(percent) for percent in PERCENTILES)
    text = f"{usual} of {own.candidates} homes without one in half of {len(own.placed)} draws (5 % to 95 % of draws: {few} to {many})"
    all_fit = sum(one.all_fit for one in own.placed)
    if all_fit:
        text += f"; all of them fit in {all_fit}"
    if own.limited_by:
        kind, element, draws = own.limited_by[0]
        text += f"; first to break: {_limit(kind, element)} in {draws}"
    return text


def _limit(kind: str, element: str) -> str:
    return f"{_LIMITS[kind]} {element}".strip()


def _bargain(own: NegotiatedCapacity) -> str:
    if own.all_fit:
        return f"all {own.candidates}"
    if not own.within:
        return f"none ({own.why} with what there is)"
    return f"{own.devices} of {own.candidates}, and not {own.devices + own.within} ({own.why})"


def _document(request: HostingRequest, found: _Found) -> dict[str, object]:
    return {
        "network": found.network,
        "about": found.about,
        "seed": request.seed,
        "draws": request.draws,
        "use_cases": {
            case: {kind: document_of(own) for kind, own in kinds.items()}
            for case, kinds in found.drawn.items()
        },
        "negotiated": {kind: [vars(one) for one in many] for kind, many in found.negotiated.items()},
        "notes": list(found.notes),
    }


def _page(request: HostingRequest, found: _Found) -> OperatorPage:
    page = OperatorPage(f"How much more fits on {found.network}")
    page.say(
        f"{found.about}. {request.draws} placements drawn with seed {request.seed}: homes that have no such device get one, one home after "
        "another in a random order, each the device of a home that has one, until the first limit breaks in the three-phase power flow."
    )
    for kind in dict.fromkeys(kind for kinds in found.drawn.values() for kind in kinds):
        page.heading(WORDS[kind].capitalize())
        own = {case: kinds[kind] for case, kinds in found.drawn.items() if kind in kinds}
        page.say(*(f"{CASES[case].capitalize()}: {_fits(one)}." for case, one in own.items()))
        bargained = found.negotiated.get(kind, ())
        page.say(*(f"{CASES['3'].capitalize()}: {_bargain(one)}." for one in bargained))
        most = max(one.candidates for one in own.values())
        marks = [(f"negotiated: {one.devices}", float(one.devices)) for one in bargained]
        if most > 0:  # where every home has one there is nothing to draw
            page.picture(
                "% of draws in which so many devices, or more, fit",
                [(CASES[case], *_curve(one, most)) for case, one in own.items()],
                [(x, f"{x:.0f}") for x in round_values(0.0, float(most), 8)[0] if x.is_integer()],
                marks=marks,
            )
        rows = [
            (f"{CASES[case]}: {_limit(limit, element)}", f"{many}")
            for case, one in own.items()
            for limit, element, many in one.limited_by[:5]
        ]
        if rows:
            page.table(("What breaks first", "draws"), rows)
    page.say(*found.notes)
    return page


def _curve(own: DrawnCapacity, most: int) -> tuple[np.ndarray, np.ndarray]:
    counts = np.arange(most + 1, dtype=np.float64)
    fits = np.array([one.devices for one in own.placed])
    return counts, np.array([100.0 * float((fits >= count).mean()) for count in counts])

"""Hosting capacities as sentences, JSON and a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.study.operator.hosting_draws import PERCENTILES, DrawnCapacity, document_of
from mas2tering.study.operator.hosting_negotiated import NegotiatedCapacity
from mas2tering.study.operator.page import OperatorPage, round_values

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
class HostingFound:
    """Capacities by use case and kind, and those that were negotiated, draw by draw."""

    network: str
    about: str
    drawn: Mapping[str, Mapping[str, DrawnCapacity]]
    negotiated: Mapping[str, Sequence[NegotiatedCapacity]]
    notes: tuple[str, ...]


def sentences_of(found: HostingFound) -> list[str]:
    """What fits of each kind, in the operator\'s words."""
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


def hosting_document(found: HostingFound, draws: int, seed: int) -> dict[str, object]:
    """The capacities as JSON, with the draws that they are of."""
    return {
        "network": found.network,
        "about": found.about,
        "seed": seed,
        "draws": draws,
        "use_cases": {
            case: {kind: document_of(own) for kind, own in kinds.items()}
            for case, kinds in found.drawn.items()
        },
        "negotiated": {kind: [vars(one) for one in many] for kind, many in found.negotiated.items()},
        "notes": list(found.notes),
    }


def page_of(found: HostingFound, draws: int, seed: int) -> OperatorPage:
    """Sentences, pictures and what breaks first, kind by kind."""
    page = OperatorPage(f"How much more fits on {found.network}")
    page.say(
        f"{found.about}. {draws} placements drawn with seed {seed}: homes that have no such device get one, one home after "
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
        fit_somewhere = any(placed.devices for one in own.values() for placed in one.placed)
        if most > 0 and fit_somewhere:  # where every home has one, or nothing fits, there is nothing to draw
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
    """In how many draws, in per cent, so many devices or more fit: level from one number to the next."""
    counts = np.arange(most + 1, dtype=np.float64)
    fits = np.array([one.devices for one in own.placed])
    share = np.array([100.0 * float((fits >= count).mean()) for count in counts])
    return np.repeat(counts, 2)[1:], np.repeat(share, 2)[:-1]

"""``mas2tering dso check``: a network and plans in, congestion out."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mas2tering.cli.asked import Asked
from mas2tering.domain.errors import InputError, printable
from mas2tering.domain.network import Congestion, Network
from mas2tering.files import CustomerPlans, read_plans, write_rows
from mas2tering.grid import GridDay, PowerFlow, PowerFlowError, congestions, customers_outside
from mas2tering.study.networks import network_of

_SHOWN = 20
_KINDS = {
    "transformer": "transformer overloaded",
    "cable": "cable overloaded",
    "voltage_low": "voltage too low",
    "voltage_high": "voltage too high",
    "unbalance": "phases too unequal",
}


def dso_check_command(network: str, plans: Path, step_minutes: int, out: Path | None) -> int:
    """Compute the plans' power flow, print what it breaks, and write every violation where that is asked for; the
    exit code, 1 where the network cannot carry the plans at all.

    Raises:
        InputError: what is wrong with the network, the plans or the options.
    """
    asked = Asked("dso check")
    asked.whole_number("--step", step_minutes, 1, 1440)
    if out is not None:
        asked.folder("--out", out.parent)
    chosen, read = _read(network, plans, asked)
    try:
        day = PowerFlow(chosen).day(read.load_kw)
    except PowerFlowError as error:
        print(printable(f"mas2tering: {error}"), file=sys.stderr)
        return 1
    found = congestions(day)
    _print_day(day, found, step_minutes)
    for note in (*read.notes, *chosen.sources, *chosen.assumptions, *_method_note(day)):
        print(printable(f"note: {note}"))
    if out is not None:
        _write(out, found)
    return 0


def _read(network: str, plans: Path, asked: Asked) -> tuple[Network, CustomerPlans]:
    """The network and the plans, with all that is wrong with options, network and plans at once; plans are looked at only where it
    is known whose they are.

    Raises:
        InputError: with all of it.
    """
    chosen: Network | None = None
    read: CustomerPlans | None = None
    try:
        chosen = network_of(network)
        read = read_plans(plans, [customer.id for customer in chosen.customers])
    except InputError as error:
        asked.problems += error.problems
        if chosen is None and not plans.exists():
            asked.wrong("PLANS", f"{plans}, which is not there", "a table, or the folder of a run")
    asked.refuse()
    if chosen is None or read is None:
        raise AssertionError("what could not be read was refused")
    return chosen, read


def _print_day(day: GridDay, found: Sequence[Congestion], step_minutes: int) -> None:
    network, limits = day.network, day.network.voltage_limits
    print(printable(f"{network.name}: {len(network.customers)} customers, {day.steps} steps"))
    print(
        f"voltage {day.voltage_pu.min():.4f} to {day.voltage_pu.max():.4f} pu of 230 V (limits {limits.low_pu:g} "
        f"to {limits.high_pu:g}; means over the step stand for the norm's ten minutes)"
    )
    if day.transformer_loading is not None and network.transformer is not None:
        print(
            f"transformer {network.transformer.rating_kva:g} kVA: {100 * day.transformer_loading.max():.1f} % on one "
            f"phase at most"
        )
    if day.rated_cables.size:
        print(f"cables: {100 * day.cable_loading.max():.1f} % at most")
    cables_kwh, transformer_kwh = day.losses_kwh(step_minutes / 60.0)
    print(
        f"losses: cables {cables_kwh:.1f} kWh, transformer {transformer_kwh:.1f} kWh; unbalance "
        f"{100 * day.voltage_unbalance.max():.2f} % at most; customers outside the limits: {customers_outside(day)}"
    )
    if not found:
        print("no congestion")
        return
    by_kind = Counter(congestion.kind for congestion in found)
    print(f"congestion: {', '.join(f'{_KINDS[kind]} {count}' for kind, count in by_kind.items())}")
    worst = sorted(found, key=lambda congestion: -congestion.excess / congestion.limit)[:_SHOWN]
    for congestion in sorted(worst, key=lambda shown: shown.step):
        print(printable(f"  {congestion}" + (" (assumed)" if congestion.assumed else "")))
    if len(found) > len(worst):
        print(f"  and {len(found) - len(worst)} more; --out FILE writes them all")


def _method_note(day: GridDay) -> tuple[str, ...]:
    if day.method == "iterative_current":
        return ()
    return ("The current iteration did not converge; the power flow is by Newton's method.",)


def _write(out: Path, found: Sequence[Congestion]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    write_rows(
        out,
        ("kind", "element", "phase", "step", "value", "limit", "excess", "assumed_rating"),
        (
            (
                c.kind,
                c.element,
                c.phase or "all",
                str(c.step),
                f"{c.value:.6f}",
                f"{c.limit:g}",
                f"{c.excess:.6f}",
                "yes" if c.assumed else "no",
            )
            for c in found
        ),
    )

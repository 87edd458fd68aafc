"""One sentence or two on each picture of the network, computed from the run."""

from collections.abc import Sequence

import numpy as np

from mas2tering.grid import GridDay, congestions
from mas2tering.settlement.flexibility import Payment
from mas2tering.settlement.wording import number, percent
from mas2tering.study.report.wording import amount, count

_NOT_WORTH_SAYING = 0.005


def headline(costs: tuple[float, float, float, float], symbol: str, days: int) -> str:
    """What planning, then trading, then keeping to the network's limits save a day; costs over all days."""
    before, planned, traded, within = (cost / days for cost in costs)
    saved, by_planning = round(before - within, 2), round(before - planned, 2)
    by_trading = round(planned - traded, 2)
    # The parts as they are read sum to the whole as it is read.
    kept = by_planning + by_trading - saved
    if saved < _NOT_WORTH_SAYING:
        return "Planning and trading with one another within the network’s limits saves nothing here."
    share = f", {percent(saved / before)} of what it costs" if before > 0 else ""
    price = (
        "keeping to the network’s limits costs nothing"
        if abs(kept) < _NOT_WORTH_SAYING
        else f"keeping to the network’s limits {'takes' if kept > 0 else 'brings'} {amount(abs(kept), symbol)} {'of it' if kept > 0 else 'more'}"
    )
    return (
        f"Planning and trading within what the network carries saves {amount(saved, symbol)} a day{share}: "
        f"{amount(by_planning, symbol)} by planning, {amount(by_trading, symbol)} more by trading; {price}."
    )


def voltage(before: GridDay, after: GridDay, step: int, label: str, compared: bool) -> str:
    """The range of voltages of a day, and at the step shown."""
    first, second = before.voltage_pu, after.voltage_pu
    now = f"{second.min():.3f} to {second.max():.3f} pu"
    if not compared:
        return f"Over the day, voltages at customers lie from {now}. The worst step is that at {label}."
    why = (
        "is where most limits were broken"
        if congestions(before)
        else "is where voltages come nearest to a limit"
    )
    return (
        f"Over the day, voltages at customers lie from {now} instead of {first.min():.3f} to {first.max():.3f} pu. The worst step, "
        f"{label}, {why}: there the lowest voltage is {second[:, step].min():.3f} instead of {first[:, step].min():.3f}, "
        f"the highest {second[:, step].max():.3f} instead of {first[:, step].max():.3f} pu."
    )


def loading(before: np.ndarray | None, after: np.ndarray | None, labels: Sequence[str]) -> str:
    """The highest loading of the transformer, and how many steps are beyond its rating."""
    if before is None or after is None:
        return ""
    first, second = float(before.max()), float(after.max())
    at = labels[int(after.argmax())]
    beyond = [int((values > 1.001).sum()) for values in (before, after)]
    if before is after or beyond == [0, 0]:
        return f"The transformer’s worst phase carries {percent(second)} of its rating at most ({at})."
    return (
        f"The transformer’s worst phase carries {percent(second)} of its rating at most ({at}) instead of {percent(first)} "
        f"({labels[int(before.argmax())]}), and is beyond it in {beyond[1] or 'no'} instead of {count(beyond[0], 'step')}."
    )


def orders(rows: Sequence[Payment], symbol: str) -> str:
    """Who was called and paid, for what."""
    called = [row for row in rows if row.order is not None]
    if not called:
        return "Nobody gets an order, so that nobody is paid."
    homes = len({row.home.id for row in called})
    total, paid = float(sum(row.amount for row in called)), {row.home.id for row in called if row.amount > 0}
    moved = sum(row.order.reduced_kwh for row in called if row.order is not None)
    text = f"{count(homes, 'home')} {'draws' if homes == 1 else 'draw'} {number(moved, 'kWh', 0)} less at some steps than their plans of use case 2 did. "
    if not paid:
        return f"{text}It costs none of them a cent at its own supplier, so that nobody is paid."
    return (
        f"{text}It costs {len(paid)} of them something at their own suppliers: the network operator pays "
        f"{amount(total, symbol)} in all, each loss to the cent."
    )

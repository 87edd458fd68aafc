"""One sentence or two a chart, computed from the run: what a reader should see in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.plans import FloatArray
from mas2tering.settlement.wording import number, percent
from mas2tering.study.figures import WORSE_OFF_BEYOND, Certificate, UseCaseFigures
from mas2tering.study.report.activity import Move, spoken
from mas2tering.study.report.wording import amount, count

_NOT_WORTH_SAYING = 0.005
_DEAREST_SHARE = 0.25
_CLEAR_KWH = 0.05
_LEAST_SHARE = 1e-4
_SHORT = 30
_ENOUGH_HOMES = 3
_NEARLY_ALL = 0.99


@dataclass(frozen=True)
class Gains:
    """How many homes pay less, the same and more than before."""

    better: int
    same: int
    worse: int

    @classmethod
    def of(cls, saved: FloatArray) -> "Gains":
        """Counted from each home's saving, shape (homes,)."""
        better, worse = int((saved > WORSE_OFF_BEYOND).sum()), int((saved < -WORSE_OFF_BEYOND).sum())
        return cls(better, len(saved) - better - worse, worse)


def headline(before_cost: float, after_cost: float, symbol: str, days: int) -> str:
    """What planning saves a day, in all and in per cent."""
    saved = (before_cost - after_cost) / days
    if abs(saved) < _NOT_WORTH_SAYING:
        return "Planning each home’s day saves nothing here."
    share = f", {percent(abs(saved) * days / before_cost)} of what it costs" if before_cost > 0 else ""
    verb = "saves" if saved > 0 else "costs"
    more = "" if saved > 0 else " more"
    return f"Planning each home’s day {verb} {amount(abs(saved), symbol)}{more} a day{share}."


def certainty(certificate: Certificate, homes: int, symbol: str, days: int) -> str:
    """What is proven of the plans' cost."""
    if certificate.unproven == homes * days:
        return "How much cheaper it could be is not known: no bound was computed."
    above = certificate.cost - certificate.lower_bound
    bound = amount(certificate.lower_bound / days, symbol)
    text = f"Proven: no plans for these homes cost less than {bound} a day; "
    if above / days < _NOT_WORTH_SAYING:
        text += "these are the best there are, to the cent."
    else:
        share = (
            percent(certificate.gap)
            if certificate.gap >= _LEAST_SHARE
            else f"less than {percent(_LEAST_SHARE)}"
        )
        text += f"these cost at most {amount(above / days, symbol)} ({share}) more."
    if certificate.unproven:
        text += f" {count(certificate.unproven, 'plan')} without a bound count as they cost."
    return text


def relaxed(clashes: Sequence[int], shed: Sequence[str] = ()) -> str:
    """How many wishes of how many homes could not be met (number of clashes of each home), and what the network had no room for
    (the home of each device that did without)."""
    left_out = (
        f"The network has no room for all that {count(len(set(shed)), 'home')} wished: {count(len(shed), 'time')} a device does without."
        if shed
        else ""
    )
    if not any(clashes):
        return left_out or "Every wish of every home is met."
    wishes = count(sum(clashes), "wish", "wishes")
    met = f"{wishes} of {count(sum(many > 0 for many in clashes), 'home')} could not be met and had to give way."
    return f"{left_out} {met}".strip()


def who_gains(gains: Gains) -> str:
    """How many homes pay less, the same, more."""
    total = gains.better + gains.same + gains.worse
    if gains.better == total:
        if total <= 2:
            return "Both homes pay less." if total > 1 else "The home pays less."
        return f"All {count(total, 'home')} pay less."
    parts = [f"{gains.better:,} of {count(total, 'home')} pay{'s' if gains.better == 1 else ''} less"]
    if gains.same:
        parts.append(f"{gains.same:,} the same")
    parts.append(f"{gains.worse:,} more" if gains.worse else "none more")
    return ", ".join(parts) + "."


def net_load(before_kw: FloatArray, after_kw: FloatArray, labels: Sequence[str]) -> str:
    """How the community's highest import changes, and its highest export where there is one."""
    text = _peak("Peak import", before_kw, after_kw, labels)
    if min(before_kw.min(), after_kw.min()) < -_CLEAR_KWH:
        sent_kw = -before_kw
        text += " " + _peak("Peak export", sent_kw, sent_kw if after_kw is before_kw else -after_kw, labels)
    return text


def _peak(name: str, before_kw: FloatArray, after_kw: FloatArray, labels: Sequence[str]) -> str:
    first, second = max(0.0, float(before_kw.max())), max(0.0, float(after_kw.max()))
    old, new = number(first, "kW"), number(second, "kW")
    old_at, new_at = labels[int(before_kw.argmax())], labels[int(after_kw.argmax())]
    if abs(second - first) <= _NOT_WORTH_SAYING * max(first, second):
        return f"{name} {'is' if before_kw is after_kw else 'stays at'} {new} ({new_at})."
    verb = "rises" if second > first else "falls"
    # A peak that is none has no time.
    return f"{name} {verb} from {old}{f' ({old_at})' if first else ''} to {new}{f' ({new_at})' if second else ''}."


def dear_hours(before_kw: FloatArray, after_kw: FloatArray, price: FloatArray, hours: float) -> str:
    """What the homes draw in the dearest quarter of the time (import power of all homes in kW, mean price);
    may be empty."""
    if float(price.max() - price.min()) < 1e-6:
        return "The price is the same at all times."
    dear = np.argsort(-price, kind="stable")[: max(1, round(_DEAREST_SHARE * len(price)))]
    before, after = float(before_kw[dear].sum()) * hours, float(after_kw[dear].sum()) * hours
    if before < _CLEAR_KWH or abs(after - before) <= _NOT_WORTH_SAYING * before:
        return ""
    way = "less" if after < before else "more"
    return (
        f"In the dearest quarter of the time the homes draw {percent(abs(after - before) / before)} {way} from the grid "
        f"({number(before, decimals=0)} to {number(after, 'kWh', 0)})."
    )


def sources(before: UseCaseFigures, after: UseCaseFigures, traded_kwh: float = 0.0) -> str:
    """How much of their own generation the homes use themselves, and what they draw from the grid, less what they buy of
    one another (``traded_kwh``, afterwards)."""
    bought = after.import_kwh - traded_kwh
    drawn = f"draw {number(bought, 'kWh', 0)} from the grid instead of {number(before.import_kwh, '', 0)}"
    if traded_kwh > _CLEAR_KWH:
        drawn += f", and {number(traded_kwh, 'kWh', 0)} from neighbours"
    if before.self_consumption is None or after.self_consumption is None:
        return f"Nothing is generated in these homes; they {drawn}."
    used = f"{percent(after.self_consumption)} of their own generation themselves"
    return f"The homes use {used} ({percent(before.self_consumption)} without the platform) and {drawn}."


def uses(moved_kwh: dict[str, float]) -> str:
    """How much energy is used at other times, and by what most (energy moved by use, in words)."""
    moved = {name: energy for name, energy in moved_kwh.items() if energy > _CLEAR_KWH}
    if not moved:
        return "Nothing moves to other times."
    most = max(moved, key=lambda name: moved[name])
    total = sum(moved.values())
    text = f"{number(total, 'kWh', 0)} move to other times"
    return (
        f"{text}, all by {most}."
        if len(moved) == 1
        else f"{text}, the largest part by {most} ({percent(moved[most] / total)})."
    )


def savings_by_home(saved: FloatArray, homes: Sequence[str], gains: Gains, symbol: str, days: int) -> str:
    """How savings are spread over homes."""
    total, daily = float(saved.sum()), saved / days
    if gains.better == 0:
        return who_gains(gains)
    best = int(daily.argmax())
    most = f"The most is {amount(float(daily[best]), symbol)} a day ({homes[best]})"
    most += (
        f", the middle home saves {amount(float(np.median(daily)), symbol)}."
        if len(saved) >= _ENOUGH_HOMES
        else "."
    )
    if total <= 0 or len(saved) < 4:
        return f"{who_gains(gains)} {most}"
    half = int(np.searchsorted(np.cumsum(np.sort(saved)[::-1]), total / 2)) + 1
    return f"{who_gains(gains)} {most} Half of all savings go to {count(half, 'home')} of {len(saved):,}."


def savings_by_asset(rows: Sequence[tuple[str, int, float, int, float]], symbol: str) -> str:
    """Which asset makes the widest difference; rows are (asset, homes with, their mean, homes without, their
    mean), a day."""
    comparable = [row for row in rows if min(row[1], row[3]) >= _ENOUGH_HOMES]
    if not comparable:
        alike = all(row[1] == 0 or row[3] == 0 for row in rows)
        return (
            "All homes own the same, so there is nothing to compare."
            if alike
            else "Too few homes to say what owning something brings."
        )
    name, _, mean_with, _, mean_without = max(comparable, key=lambda row: abs(row[2] - row[4]))
    return (
        f"The widest difference goes with {_inside(name)}: {amount(mean_with, symbol)} saved a day by homes that have it, "
        f"{amount(mean_without, symbol)} by those that do not."
    )


def _inside(name: str) -> str:
    """A name inside a sentence: ``Hot water`` begins small there, ``EV`` does not."""
    return name if name[1:2].isupper() else name[0].lower() + name[1:]


def home(
    before_cost: float,
    after_cost: float,
    by_device: dict[str, float],
    peak_charge: float,
    trading: float,
    symbol: str,
    days: int,
    moves: Mapping[str, Move],
) -> str:
    """What a home's day costs before and after, and which device brings most of the difference and how.

    ``moves`` are devices' moves, of a run of one day. ``by_device``, ``peak_charge`` (the size of what the home as a whole saves on it) and ``trading`` (what
    the local market brings beside) are over all days.
    """
    before, after = before_cost / days, after_cost / days
    saved = before - after
    if abs(saved) <= WORSE_OFF_BEYOND:
        return f"Costs {amount(after, symbol)} a day, as without the platform."
    share = f" ({percent(abs(saved) / before)})" if before > 0 else ""
    text = f"Costs {amount(after, symbol)} a day instead of {amount(before, symbol)}: {amount(abs(saved), symbol)}{share} {'less' if saved > 0 else 'more'}."
    most = max(by_device, key=lambda name: by_device[name], default=None)
    if saved > 0 and trading > max(_NOT_WORTH_SAYING, peak_charge, *by_device.values()):
        start = "The largest part of it comes" if trading < _NEARLY_ALL * saved * days else "It comes"
        return f"{text} {start} from trading with neighbours ({amount(trading / days, symbol)})."
    # Where the peak charge brings more than any device, none is named.
    if saved > 0 and most is not None and by_device[most] > max(_NOT_WORTH_SAYING, peak_charge):
        beside = [trading, *(value for name, value in by_device.items() if name != most)]
        others = any(value > _NOT_WORTH_SAYING for value in beside)
        start = "The largest part of it comes" if others else "It comes"
        text += f" {start} from the {spoken(most)} ({amount(by_device[most] / days, symbol)}){_how(moves.get(most))}."
    return text


def _how(move: Move | None) -> str:
    """``: 00:15-01:00 instead of 16:30-17:45``, where that is short enough to help."""
    if move is None or move.before == move.after or max(len(move.before), len(move.after)) > _SHORT:
        return ""
    return f": {move.after} instead of {move.before.removeprefix('starts ')}"

"""``season.json``: the congested days of a run, from which anybody can work out draw, losses, payments and ledger again.

A running platform hands each home its own row alone; a study has them all in one place.
"""

import json
from pathlib import Path

import numpy as np

from mas2tering.domain.plans import FloatArray
from mas2tering.settlement.ledger import Ledger
from mas2tering.settlement.publish import Document, entries_document, tariff_document
from mas2tering.settlement.season import SeasonRule
from mas2tering.study.season.account import RunSeason
from mas2tering.study.season.judge import HomeDay, SettledDay
from mas2tering.study.season.wording import statement_of

SEASON = "season.json"
_KW_DIGITS = 9


def season_document(season: RunSeason) -> Document:
    """What JSON can hold; amounts of the ledger are text, so that they stay decimals. Of homes without an order only the draw
    is written."""
    return {
        "rule": rule_document(season.rule),
        "currency": season.currency,
        "lived": season.lived_as,
        "last_day": season.last_day.isoformat(),
        "days": [_day(day) for day in season.days],
        "homes": [_account(season, home) for home in season.homes],
        "entries": entries_document(Ledger(season.entries)),
    }


def rule_document(rule: SeasonRule) -> Document:
    """The numbers that were agreed on for the season."""
    return {
        "hold_out": rule.hold_out,
        "factor": rule.factor,
        "dead_band": rule.dead_band,
        "short_per_kwh": rule.short_per_kwh,
        "tolerance_kw": rule.tolerance.kw,
        "tolerance_share": rule.tolerance.share,
        "months_held_back": rule.months_held_back,
    }


def _day(day: SettledDay) -> Document:
    gate, draw = day.gate, day.gate.draw
    return {
        "day": draw.day.isoformat(),
        "gate": gate.at.isoformat(),
        "seals": [seal.hex() for seal in gate.seals],
        "secrets": [secret.hex() for secret in gate.secrets],
        "seed": None if draw.seed is None else draw.seed.hex(),
        "homes": [_home(own, day) for own in day.homes],
    }


def _home(own: HomeDay, day: SettledDay) -> Document:
    known, commitment = own.known, day.gate.commitments[own.home]
    found: Document = {
        "id": own.home,
        "seal": commitment.seal.hex(),
        "made_at": commitment.made_at.isoformat(),
        "signature": commitment.signature.hex(),
        "probability": own.judged.probability,
        "held_out": own.judged.held_out,
        "called": own.judged.called,
        "opened": own.opened,
        "due": own.judged.loss,
    }
    if known.order is None:
        return found
    record, expected = own.lived.record, own.lived.expected
    return found | {
        **tariff_document(known.tariff),
        "bound_kw": _kw(known.bound.net_kw),
        "ordered_kw": _kw(known.ordered.net_kw),
        "metered_kw": _kw(own.lived.metered_kw),
        "forecast_kw": _kw(known.uncontrolled_kw),
        "devices_kw": None if record is None else _kw(record.devices_kw),
        "beside_bill_recorded": None if record is None else record.beside.beside_bill,
        "cost_bound": known.loss.bound.cost,
        "cost_ordered": known.loss.ordered.cost,
        "beside_bill_bound": known.loss.bound.beside_bill,
        "beside_bill_ordered": known.loss.ordered.beside_bill,
        "loss": known.loss.amount,
        "delivered_share": own.delivered_share,
        "short_kwh": own.judged.short_kwh,
        "dearer": own.judged.dearer,
        "expected": expected.mean,
        "deviation": expected.deviation,
        "order_costs_more": None if own.recomputed is None else own.recomputed.costs_more,
        "reasons": list(own.reasons),
    }


def _kw(values: FloatArray) -> list[float]:
    return [float(value) + 0.0 for value in np.round(values, _KW_DIGITS)]


def _account(season: RunSeason, home: str) -> Document:
    account = season.accounts[home]
    return {
        "id": home,
        "losses": account.losses,
        "deducted": account.deducted,
        "short_charge": account.short_charge,
        "payment": account.payment,
        "carried": account.carried,
        "paid": str(season.paid(home)),
        "held_back": str(season.held_back(home)),
        "statement": list(statement_of(season, home)),
    }


def write_season(folder: Path, season: RunSeason) -> str:
    """Write the document into a folder, and say its name.

    Raises:
        OSError: it cannot be written.
    """
    text = json.dumps(season_document(season), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    (folder / SEASON).write_text(text + "\n", encoding="utf-8")
    return SEASON

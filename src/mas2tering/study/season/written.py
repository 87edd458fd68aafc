"""A generated season in its folder: page, summary, ledger, days and statements."""

import csv
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from mas2tering.study.season.generated import CURRENCY, GeneratedSeason, paid_by_home
from mas2tering.study.season.page import home_shown, season_page
from mas2tering.study.season.publish import rule_document

Json = dict[str, object]
SUMMARY, LEDGER_CSV, DAYS, STATEMENTS, PAGE = (
    "summary.json",
    "ledger.csv",
    "days.parquet",
    "statements.json",
    "season.html",
)


def write_generated(folder: Path, season: GeneratedSeason, home: str | None = None) -> tuple[str, ...]:
    """Write a season into a folder; the page tells one home's season day by day, that with most deducted unless it is named.

    Raises:
        OSError: a file cannot be written.
    """
    texts = {
        SUMMARY: json.dumps(generated_summary(season), indent=2, ensure_ascii=False) + "\n",
        STATEMENTS: json.dumps(_statements(season), indent=1, ensure_ascii=False) + "\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    with (folder / LEDGER_CSV).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["day", "kind", "debit", "credit", "amount", "currency", "reason"])
        for own in season.entries:
            writer.writerow(
                [own.day, own.kind.value, own.debit, own.credit, own.amount, own.currency, own.reason]
            )
    _write_days(folder / DAYS, season)
    season_page(season, home or home_shown(season)).write(folder / PAGE)
    return (SUMMARY, LEDGER_CSV, DAYS, STATEMENTS, PAGE)


def generated_summary(season: GeneratedSeason) -> Json:
    """The figures of a season, by the names that others rely on."""
    accounts = season.accounts.values()
    losses = sum(own.losses for own in accounts)
    honest = [home for home in season.accounts if home not in season.liars]
    wrongly = [home for home in season.flagged if home not in season.liars]
    return {
        "community": "cardiff",
        "homes": len(season.accounts),
        "days": season.asked.days,
        "recorded_days": season.recorded,
        "seed": season.asked.seed,
        "device_records": not season.asked.by_meter,
        "currency": CURRENCY,
        "rule": rule_document(season.rule),
        "ends": season.ends.isoformat(),
        "orders": sum(day.called for own in season.days.values() for day in own),
        "held_out": sum(day.held_out for own in season.days.values() for day in own),
        "losses": losses,
        "deducted": sum(own.deducted for own in accounts),
        "short_charge": sum(own.short_charge for own in accounts),
        "carried": sum(own.carried for own in accounts),
        "paid": float(sum(paid_by_home(season).values(), Decimal(0))),
        "ledger_entries": len(season.entries),
        "ledger_imbalance": str(season.imbalance),
        "months": [
            {"ends": own.ends.isoformat(), "losses": own.losses, "paid": float(own.paid)}
            for own in season.months
        ],
        "liars": list(season.liars),
        "flagged": [
            {
                "home": home,
                "standing": season.verdicts[home].standing.value,
                "reasons": list(season.verdicts[home].reasons),
            }
            for home in season.flagged
        ],
        "honest_flagged": len(wrongly) / len(honest) if honest else 0.0,
        "honest_deducted_per_day": sum(season.accounts[home].deducted for home in honest)
        / max(len(honest) * season.asked.days, 1),
        "planning_cpu_s": season.planning_cpu_s,
        "settling_cpu_s": season.settling_cpu_s,
    }


def _statements(season: GeneratedSeason) -> Json:
    return {
        home: {
            "lines": [list(line) for line in own.lines],
            "payment": own.payment,
            "paid": str(own.paid),
            "sentences": list(own.sentences),
        }
        for home, own in season.statements.items()
    }


def _write_days(path: Path, season: GeneratedSeason) -> None:
    """A row for each home and day."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [(home, day) for home, own in season.days.items() for day in own]
    columns: Mapping[str, list[object]] = {
        "home": [home for home, _ in rows],
        **{
            name: [getattr(day, name) for _, day in rows]
            for name in (
                "day",
                "held_out",
                "called",
                "probability",
                "loss",
                "short_kwh",
                "dearer",
                "deviation",
                "contradicted",
            )
        },
    }
    partial = path.with_name(path.name + ".partial")
    pq.write_table(pa.table(columns), partial)
    partial.replace(path)

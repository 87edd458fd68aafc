"""``quality scan``: homes in, findings, scores, tables and a page out."""

import json
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.quality import FaultKind, ScannedSeries, scan_community
from mas2tering.study.quality.page import write_page
from mas2tering.study.quality.reading import Label, MeasuredHomes, read_homes, read_labels
from mas2tering.study.quality.scoring import Scores, Span, score


@dataclass(frozen=True)
class QualityRun:
    """What was scanned, what was found, how well where that is known, and how long it took."""

    data: str
    homes: MeasuredHomes
    scans: tuple[ScannedSeries, ...]
    scores: Scores | None
    ms_per_home_year: float
    warnings: tuple[str, ...]


def scan_file(data: Path, labels: Path | None, unit: str | None, zone: str, now: datetime) -> QualityRun:
    """Scan the homes of a file.

    Raises:
        InputError: all that is wrong with the files.
        OSError: one of them cannot be read.
    """
    homes = read_homes(data, unit, zone, now)
    known = read_labels(labels) if labels is not None else None
    started = time.process_time()
    scans = scan_community(homes.series)
    seconds = time.process_time() - started
    years = sum(len(s.mean_kw) * s.step_minutes for s in homes.series) / (365 * 1440)
    warnings = list(homes.notes)
    scores = None
    if known is not None:
        strangers = sorted({label.series for label in known} - set(homes.names))
        if strangers:
            warnings.append(f"labels name series that the data do not hold: {', '.join(strangers)}")
        spans = [spans_of(name, s.series, known) for name, s in zip(homes.names, scans, strict=True)]
        scores = score(scans, spans)
    return QualityRun(data.name, homes, scans, scores, 1000 * seconds / max(years, 1e-9), tuple(warnings))


def summary(run: QualityRun) -> dict[str, object]:
    """The figures of a run as ``summary.json`` holds them."""
    days = flagged = 0
    for scan in run.scans:
        slots = 1440 // scan.series.step_minutes
        days += -(-len(scan.series.mean_kw) // slots)
        flagged += len(np.unique(np.flatnonzero(scan.is_flagged) // slots))
    findings = [finding for scan in run.scans for finding in scan.findings]
    found: dict[str, object] = {}
    for kind in FaultKind:
        count = sum(finding.kind is kind for finding in findings)
        own = run.scores.by_kind.get(kind) if run.scores else None
        if not count and own is None:
            continue
        figures: dict[str, object] = {"events": own.events if own else count, "found": count}
        if own is not None:
            rates = {"precision": own.precision, "recall": own.recall, "f1": own.f1}
            figures |= {name: round(rate, 4) for name, rate in rates.items() if rate is not None}
        found[kind.value] = figures
    result: dict[str, object] = {
        "data": run.data,
        "series": len(run.scans),
        "days": days,
        "flagged_days": flagged,
        "faults": found,
        "ms_per_home_year": round(run.ms_per_home_year, 2),
        "warnings": list(run.warnings),
    }
    if run.scores is not None and run.scores.false_day_rate is not None:
        result["false_day_rate"] = round(run.scores.false_day_rate, 5)
    return result


def write_run(run: QualityRun, out: Path) -> None:
    """Write ``summary.json``, ``flags.parquet``, ``findings.csv`` and ``report.html``.

    Raises:
        OSError: they cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    figures = summary(run)
    (out / "summary.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    _write_flags(run, out / "flags.parquet")
    _write_findings(run, out / "findings.csv")
    write_page(out / "report.html", run.data, run.homes.names, run.scans, figures)


def _write_flags(run: QualityRun, path: Path) -> None:
    """Every reading as it came, with flag, reason and repaired value beside it, in kW."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    kinds = np.array(["", *(kind.value for kind in FaultKind)])
    schema = pa.schema(
        [
            ("series", pa.string()),
            ("time", pa.timestamp("s", tz="UTC")),
            ("raw", pa.float64()),
            ("flag", pa.string()),
            ("reason", pa.string()),
            ("repaired", pa.float64()),
        ]
    )
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for name, scan in zip(run.homes.names, run.scans, strict=True):
            steps = len(scan.series.mean_kw)
            columns = [
                pa.array([name] * steps),
                pa.array(scan.series.instants.astype("datetime64[s]"), pa.timestamp("s", tz="UTC")),
                pa.array(scan.series.mean_kw, from_pandas=True),
                pa.array(kinds[scan.kind_of_step.astype(int) + 1]),
                pa.array(scan.reason_of_step()),
                pa.array(scan.repaired_kw, from_pandas=True),
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _write_findings(run: QualityRun, path: Path) -> None:
    """One row a finding; its end is the start of its last step, as in labels."""
    import csv

    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("series", "kind", "start", "end", "size", "reason"))
        for name, scan in zip(run.homes.names, run.scans, strict=True):
            times = np.datetime_as_string(scan.series.instants, "m")
            for found in scan.findings:
                begin, end = times[found.first], times[found.stop - 1]
                rows.writerow((name, found.kind.value, begin, end, f"{found.size:g}", found.reason))


def spans_of(name: str, series: MeasuredSeries, known: tuple[Label, ...]) -> list[Span]:
    """The labelled faults of one home, in steps of its series."""
    first = np.datetime64(series.start.replace(tzinfo=None), "m")
    step = np.timedelta64(series.step_minutes, "m")
    spans = []
    for label in known:
        if label.series != name:
            continue
        a, b = int((label.first - first) // step), int((label.last - first) // step) + 1
        a, b = max(a, 0), min(b, len(series.mean_kw))
        if a < b:
            spans.append(Span(label.kind, a, b))
    return spans

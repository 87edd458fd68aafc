"""``mas2tering quality scan``: measured homes in, faults in words out."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from mas2tering.cli.asked import Asked
from mas2tering.domain.errors import printable
from mas2tering.study.quality.run import QualityRun, scan_file, summary, write_run

_SHOWN = 40


def quality_scan_command(
    data: Path, labels: Path | None, out: Path | None, unit: str | None, zone: str
) -> None:
    """Scan the homes of a file, print what was found, write tables and a page where that is asked for.

    Raises:
        InputError: what is wrong with the files or the options.
    """
    asked = Asked("quality scan")
    if unit not in (None, "kwh", "kw"):
        asked.wrong("--unit", f"{unit}", "kwh (of a step) or kw")
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        asked.wrong("--zone", zone, "a time zone such as Europe/Brussels")
    for option, path in (("DATA", data), ("--labels", labels)):
        if path is not None and not path.is_file():
            asked.wrong(option, f"{path}", "a file that exists")
    if out is not None:
        asked.folder("--out", out)
    asked.refuse()
    run = scan_file(data, labels, unit, zone, datetime.now(UTC))
    _say(run)
    if out is not None:
        write_run(run, out)
        print(
            printable(
                f"written: {out / 'report.html'}, with summary.json, flags.parquet and findings.csv beside it"
            )
        )


def _say(run: QualityRun) -> None:
    figures = summary(run)
    print(
        printable(
            f"{run.data}: {figures['series']} homes, {figures['days']} days, {figures['flagged_days']} days with a flag; "
            f"{run.ms_per_home_year:.1f} ms a home and year"
        )
    )
    for warning in run.warnings:
        print(printable(f"warning: {warning}"))
    faults = figures["faults"]
    assert isinstance(faults, dict)
    for kind, own in faults.items():
        scores = "".join(f"  {name} {own[name]:.3f}" for name in ("precision", "recall", "f1") if name in own)
        of = f" ({own['events']} labelled)" if run.scores else ""
        print(f"  {kind:<15} {own['found']:>4} found{of}{scores}")
    if "false_day_rate" in figures:
        print(f"  flagged without a fault: {100 * float(str(figures['false_day_rate'])):.2f} % of days")
    found = [
        (name, scan, finding)
        for name, scan in zip(run.homes.names, run.scans, strict=True)
        for finding in scan.findings
    ]
    for name, scan, finding in found[:_SHOWN]:
        begins = str(scan.series.instants[finding.first]).replace("T", " ")
        print(printable(f"{name} {begins} {finding.kind.value}: {finding.reason}"))
    if len(found) > _SHOWN:
        print(f"and {len(found) - _SHOWN} more; --out DIR writes them all")

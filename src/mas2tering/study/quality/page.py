"""One page for people: what was found in which home, with pictures. It needs no network."""

import html
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.quality import FaultKind, Finding, ScannedSeries

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 880, 170, 46, 8, 24
_LABEL_WIDTH = 46
_PICTURES_A_KIND = 4
_MOST_POINTS = 1600
_WORDS = {
    FaultKind.MISSING: "no reading",
    FaultKind.NEGATIVE: "below zero",
    FaultKind.SIGN_FLIP: "sign turned round",
    FaultKind.ZERO_RUN: "zeros",
    FaultKind.STUCK: "stuck",
    FaultKind.BACKLOG: "sum after a silence",
    FaultKind.SPIKE: "spike",
    FaultKind.DUPLICATED_DAY: "a day sent twice",
    FaultKind.SCALE: "another factor",
    FaultKind.NIGHT_LOAD: "load through the nights",
    FaultKind.SHIFT: "clock of the home",
    FaultKind.SHIFT_OF_ALL: "clock of all homes",
    FaultKind.THEFT: "counts less than is drawn",
}
_VIEWPORT = '<meta name=viewport content="width=device-width,initial-scale=1">'
# Okabe and Ito's palette: told apart by all eyes; the flagged stretch is hatched as well.
_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;color:#1b1b1b;background:#fff;max-width:940px;margin:24px auto;padding:0 16px}
h1{font-size:22px}h2{font-size:17px;margin:28px 0 4px}figure{margin:12px 0 18px}figcaption{margin-bottom:2px}
table{border-collapse:collapse;margin:8px 0}td,th{padding:3px 12px 3px 0;text-align:left;border-bottom:1px solid #ddd}
@media(max-width:600px){table{display:block;overflow-x:auto;font-size:13px}td,th{padding-right:7px}figure{overflow-x:auto}figure svg{min-width:640px}}
h1{overflow-wrap:anywhere}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}svg{width:100%;height:auto;display:block}
.raw{fill:none;stroke:#444;stroke-width:1}.fixed{fill:none;stroke:#0072b2;stroke-width:2;stroke-dasharray:6 3}
.flag{fill:url(#hatch);stroke:#d55e00;stroke-width:.8}.grid{stroke:#ddd}text{font:11px system-ui,sans-serif;fill:#444}
.key span{display:inline-block;width:26px;height:0;border-top:2px solid #444;vertical-align:middle;margin:0 6px 0 14px}
.key .k2{border-top:2px dashed #0072b2}.key .k3{border:0;height:12px;background:repeating-linear-gradient(45deg,#f4b183 0 3px,#fff 3px 6px);outline:1px solid
#d55e00}
"""
_HATCH = (
    '<svg style="position:absolute;width:0;height:0"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff3ea"/><rect width="2.4" height="6" fill="#f4b183"/>'
    "</pattern></defs></svg>"
)


def write_page(
    path: Path,
    data: str,
    names: Sequence[str],
    scans: Sequence[ScannedSeries],
    figures: Mapping[str, object],
) -> None:
    """Write the page of a scan.

    Raises:
        OSError: it cannot be written.
    """
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8>{_VIEWPORT}<title>{html.escape(data)}: faults in readings</title><style>{_STYLE}</style>",
        _HATCH,
        f"<h1>Faults in the readings of {html.escape(data)}</h1>",
        f"<p>{figures['series']} homes, {figures['days']} days; {figures['flagged_days']} days hold a flag. Nothing is deleted: raw readings, flags, "
        "reasons and repaired values stand side by side in <code>flags.parquet</code>.</p>",
        _table(figures),
        "<p class=key><span></span>as read<span class=k2></span>repaired<span class=k3></span>flagged</p>",
    ]
    warnings = figures.get("warnings")
    if isinstance(warnings, list) and warnings:
        parts.append("<h2>Times of readings</h2><ul>")
        parts += [f"<li>{html.escape(str(warning))}</li>" for warning in warnings[:50]]
        parts.append("</ul>")
    for kind in FaultKind:
        found = [(n, s, f) for n, s in zip(names, scans, strict=True) for f in s.findings if f.kind is kind]
        if not found:
            continue
        shown = found[:_PICTURES_A_KIND]
        more = f"; {len(shown)} of them shown" if len(found) > len(shown) else ""
        parts.append(f"<h2>{html.escape(_WORDS[kind].capitalize())}: {len(found)}{more}</h2>")
        parts += [_figure(name, scan, finding) for name, scan, finding in shown]
    path.write_text("\n".join(parts), encoding="utf-8")


def _table(figures: Mapping[str, object]) -> str:
    faults = figures["faults"]
    assert isinstance(faults, dict)
    rows = []
    scored = any("f1" in own for own in faults.values())
    for kind, own in faults.items():
        cells = [f"<td>{_WORDS[FaultKind(kind)]}</td><td class=n>{own['found']}</td>"]
        if scored:
            cells.append(f"<td class=n>{own['events']}</td>")
            for name in ("precision", "recall", "f1"):
                cells.append(f"<td class=n>{own[name]:.2f}</td>" if name in own else "<td class=n>–</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    head = "<th>what<th class=n>found"
    if scored:
        head += "<th class=n>labelled<th class=n>precision<th class=n>recall<th class=n>F1"
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _figure(name: str, scan: ScannedSeries, finding: Finding) -> str:
    slots = 1440 // scan.series.step_minutes
    around = slots if finding.stop - finding.first <= slots else 3 * slots
    first, stop = max(finding.first - around, 0), min(finding.stop + around, len(scan.series.mean_kw))
    clock = ZoneInfo(scan.series.zone)
    step = timedelta(minutes=scan.series.step_minutes)
    ends = (scan.series.start + finding.stop * step).astimezone(clock).strftime("%Y-%m-%d %H:%M")
    caption = f"<b>{html.escape(name)}</b>: {html.escape(finding.reason)} (until {ends})"
    return f"<figure><figcaption>{caption}</figcaption>{_picture(scan, finding, first, stop)}</figure>"


def _picture(scan: ScannedSeries, finding: Finding, first: int, stop: int) -> str:
    raw, fixed = scan.series.mean_kw[first:stop], scan.repaired_kw[first:stop].copy()
    changed = scan.is_flagged[first:stop] & (np.nan_to_num(raw, nan=-1e9) != np.nan_to_num(fixed, nan=-1e9))
    # One step more on either side, so that the repaired line meets the raw one.
    near = changed.copy()
    near[1:] |= changed[:-1]
    near[:-1] |= changed[1:]
    fixed[~near] = np.nan
    seen = np.concatenate((raw, fixed))
    seen = seen[np.isfinite(seen)]
    low, high = (min(float(seen.min()), 0.0), float(seen.max())) if len(seen) else (0.0, 1.0)
    high = high if high > low else low + 1.0
    inner_width, inner_height = _WIDTH - _LEFT - 8, _HEIGHT - _TOP - _BOTTOM

    def x(step: float) -> float:
        return _LEFT + inner_width * step / max(stop - first, 1)

    def y(kw: float) -> float:
        return _TOP + inner_height * (high - kw) / (high - low)

    def line(values: NDArray[np.float64], style: str) -> str:
        stride = max(len(values) // _MOST_POINTS, 1)
        text, pen = [], "M"
        for k in range(0, len(values), stride):
            if not np.isfinite(values[k]):
                pen = "M"
                continue
            text.append(f"{pen}{x(k):.1f} {y(float(values[k])):.1f}")
            pen = "L"
        return f'<path class="{style}" d="{"".join(text)}"/>'

    begin, end = finding.first - first, finding.stop - first
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{html.escape(finding.reason)}">',
        f'<rect class="flag" x="{x(begin):.1f}" y="{_TOP}" width="{max(x(end) - x(begin), 2):.1f}" height="{inner_height}"/>',
    ]
    for kw in (low, (low + high) / 2, high):
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{y(kw):.1f}" y2="{y(kw):.1f}"/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{y(kw) + 4:.1f}" text-anchor="end">{kw:.2g}</text>')
    parts.append(f'<text x="2" y="{_HEIGHT - 8}">kW</text>')
    parts += _days(scan, first, stop, x)
    parts += [line(raw, "raw"), line(fixed, "fixed"), "</svg>"]
    return "".join(parts)


def _days(scan: ScannedSeries, first: int, stop: int, x: Callable[[float], float]) -> list[str]:
    clock = ZoneInfo(scan.series.zone)
    step = timedelta(minutes=scan.series.step_minutes)
    parts = []
    days = (stop - first) * scan.series.step_minutes / 1440
    every = max(round(days / 9), 1)
    seen = 0
    for k in range(first, stop):
        moment = (scan.series.start + k * step).astimezone(clock)
        if moment.hour == moment.minute == 0:
            if seen % every == 0:
                # Beside the right edge a label ends where its day begins, so that it is not cut.
                anchor = ' text-anchor="end"' if x(k - first) > _WIDTH - _LABEL_WIDTH else ""
                parts.append(f'<text x="{x(k - first):.1f}" y="{_HEIGHT - 8}"{anchor}>{moment:%d %b}</text>')
            seen += 1
    return parts

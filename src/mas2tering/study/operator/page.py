"""Small pages for a network operator: headings, sentences, tables and line pictures in one file that needs nothing else."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import numpy as np

from mas2tering.domain.plans import FloatArray

COLOURS = ("#6b7680", "#0072b2", "#d55e00", "#009e73")
_DASHES = ("", "", "7 4", "2 3")
_WIDTHS = {"wide": 760, "narrow": 340}
"""Each picture is drawn for a wide and for a narrow screen; the style shows the one that fits."""
_HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 280, 58, 26, 22, 30
_NARROW_TICKS = 4


@dataclass
class OperatorPage:
    """A page under way; what comes from users is escaped."""

    title: str
    _parts: list[str] = field(default_factory=list)

    def heading(self, text: str) -> None:
        """A heading."""
        self._parts.append(f"<h2>{html.escape(text)}</h2>")

    def say(self, *sentences: str) -> None:
        """A paragraph for each."""
        self._parts += [f"<p>{html.escape(sentence)}</p>" for sentence in sentences]

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table whose first column is words and whose others are numbers."""

        def row(cells: Sequence[str], tag: str) -> str:
            first, *others = (html.escape(cell) for cell in cells)
            numbers = "".join(f'<{tag} class="n">{cell}</{tag}>' for cell in others)
            return f"<tr><th>{first}</th>{numbers}</tr>"

        body = "".join(row(cells, "td") for cells in rows)
        self._parts.append(
            f'<div class="scroll"><table><thead>{row(head, "th")}</thead><tbody>{body}</tbody></table></div>'
        )

    def picture(
        self,
        unit: str,
        lines: Sequence[tuple[str, FloatArray, FloatArray]],
        ticks: Sequence[tuple[float, str]] = (),
        *,
        marks: Sequence[tuple[str, float]] = (),
        level: tuple[str, float] | None = None,
    ) -> None:
        """Lines (name, x, y) over a common x, with upright ``marks`` and a level line."""
        few = ticks[:: max(1, -(-len(ticks) // _NARROW_TICKS))]
        drawn = _picture(_WIDTHS["wide"], unit, lines, ticks, marks, level)
        drawn_narrow = _picture(_WIDTHS["narrow"], unit, lines, few, marks, level)
        self._parts.append(
            f'{_legend([name for name, _, _ in lines])}<div class="wide">{drawn}</div><div class="narrow">{drawn_narrow}</div>'
        )

    def write(self, path: Path) -> None:
        """Write the page, whole or not at all.

        Raises:
            OSError: it cannot be written.
        """
        style = (
            resources.files("mas2tering.study.report")
            .joinpath("template", "report.css")
            .read_text(encoding="utf-8")
        )
        title = html.escape(self.title)
        text = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{title}</title><style>{style} svg text {{ font-size: 13px; fill: #55616d; }} svg.lines {{ width: 100%; height: auto; }} "
            "div.narrow { display: none; } @media (max-width: 640px) { div.wide { display: none; } div.narrow { display: block; } } "
            "h2:not(:first-child) { margin-top: 1.6rem; }</style>"
            f'</head><body><div class="top"><h1>{title}</h1></div><main><section>{"".join(self._parts)}</section></main></body></html>'
        )
        partial = path.with_name(path.name + ".partial")
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)


def round_values(low: float, high: float, about: int = 5) -> tuple[list[float], int]:
    """Round numbers from ``low`` to ``high``, ``about`` so many, and the decimals that tell them apart.

    >>> round_values(0.0, 282.0), round_values(-0.02, 0.031)
    (([0.0, 50.0, 100.0, 150.0, 200.0, 250.0], 0), ([-0.02, -0.01, 0.0, 0.01, 0.02, 0.03], 2))
    """
    rough = (high - low) / about
    size = 10.0 ** np.floor(np.log10(rough))
    step = float(min((size * many for many in (1.0, 2.0, 5.0, 10.0)), key=lambda own: abs(own - rough)))
    decimals = max(0, int(-np.floor(np.log10(step) + 1e-9)))
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [round(k * step, decimals) + 0.0 for k in range(first, last + 1)], decimals


def _legend(names: Sequence[str]) -> str:
    """What each line is, by colour and by dash."""
    parts = [
        f'<span><svg width="26" height="8" aria-hidden="true"><path d="M0 4H26" stroke="{COLOURS[k % len(COLOURS)]}" stroke-width="3" '
        f'stroke-dasharray="{_DASHES[k % len(_DASHES)]}"/></svg>{html.escape(name)}</span>'
        for k, name in enumerate(names)
    ]
    return f'<div class="legend">{"".join(parts)}</div>'


def _picture(
    width: int,
    unit: str,
    lines: Sequence[tuple[str, FloatArray, FloatArray]],
    ticks: Sequence[tuple[float, str]],
    marks: Sequence[tuple[str, float]],
    level: tuple[str, float] | None,
) -> str:
    x_all = np.concatenate([x for _, x, _ in lines])
    y_all = np.concatenate([np.append(y, 0.0) for _, _, y in lines])
    low, high = float(y_all.min()), max(float(y_all.max()), 1e-9 if level is None else level[1])
    left, right = float(x_all.min()), max(float(x_all.max()), float(x_all.min()) + 1e-9)

    values, decimals = round_values(low, high)

    def at_x(value: float) -> float:
        return _LEFT + (value - left) / (right - left) * (width - _LEFT - _RIGHT)

    def at_y(value: float) -> float:
        return _TOP + (1.06 * high - value) / (1.06 * high - low) * (_HEIGHT - _TOP - _BOTTOM)

    drawn = [
        f'<text x="{_LEFT - 6}" y="{at_y(value) + 4:.1f}" text-anchor="end">{value:,.{decimals}f}</text>'
        f'<path d="M{_LEFT} {at_y(value):.1f}H{width - _RIGHT}" stroke="#e3e8eb"/>'
        for value in values
    ]
    drawn += [
        f'<text x="{at_x(value):.1f}" y="{_HEIGHT - 10}" text-anchor="middle">{html.escape(label)}</text>'
        for value, label in ticks
    ]
    for name, value in marks:
        drawn.append(
            f'<path d="M{at_x(value):.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#9aa5ae" stroke-dasharray="3 3"/>'
            f'<text x="{at_x(value) + 4:.1f}" y="{_TOP + 10}">{html.escape(name)}</text>'
        )
    if level is not None:
        drawn.append(
            f'<path d="M{_LEFT} {at_y(level[1]):.1f}H{width - _RIGHT}" stroke="#a84300" stroke-width="1.6" stroke-dasharray="6 4"/>'
            f'<text x="{width - _RIGHT}" y="{at_y(level[1]) - 5:.1f}" text-anchor="end">{html.escape(level[0])}</text>'
        )
    for k, (_, x, y) in enumerate(lines):
        colour, dash = COLOURS[k % len(COLOURS)], _DASHES[k % len(_DASHES)]
        way = "L".join(f"{at_x(a):.1f} {at_y(b):.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
        drawn.append(
            f'<path d="M{way}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        )
    return (
        f'<svg class="lines" viewBox="0 0 {width} {_HEIGHT}" role="img" '
        f'aria-label="{html.escape(unit)}"><text x="0" y="12">{html.escape(unit)}</text>{"".join(drawn)}</svg>'
    )

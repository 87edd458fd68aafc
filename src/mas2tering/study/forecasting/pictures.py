"""Pictures of a back-test as SVG: they need neither a network nor a script, and colours that everybody can tell apart."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast

FloatArray = NDArray[np.float64]

# Okabe and Ito's colours; lines differ by their dashes too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
_DASHES = ("", "6 3", "2 3", "8 3 2 3")
_BLUE, _INK, _GRID = "#0072B2", "#222222", "#d8d8d8"
_LEFT, _TOP, _BOTTOM = 52.0, 14.0, 34.0


@dataclass(frozen=True)
class _Frame:
    """Where numbers lie in a picture."""

    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]

    def at_x(self, value: FloatArray | float) -> FloatArray:
        return np.asarray(
            _LEFT + (np.asarray(value) - self.x[0]) / (self.x[1] - self.x[0]) * (self.width - _LEFT - 14)
        )

    def at_y(self, value: FloatArray | float) -> FloatArray:
        room = self.height - _TOP - _BOTTOM
        return np.asarray(_TOP + room * (1 - (np.asarray(value) - self.y[0]) / (self.y[1] - self.y[0])))

    def points(self, x: FloatArray, y: FloatArray) -> str:
        known = np.isfinite(y)
        return " ".join(
            f"{a:.1f},{b:.1f}" for a, b in zip(self.at_x(x[known]), self.at_y(y[known]), strict=True)
        )

    def line(self, x: FloatArray, y: FloatArray, colour: str, dash: str = "", width: float = 1.8) -> str:
        style = f' stroke-dasharray="{dash}"' if dash else ""
        return f'<polyline fill="none" stroke="{colour}" stroke-width="{width}"{style} points="{self.points(x, y)}"/>'

    def drawn(
        self, inside: Sequence[str], x_ticks: Mapping[float, str], x_name: str, y_name: str, title: str
    ) -> str:
        parts = [
            f'<svg viewBox="0 0 {self.width:g} {self.height:g}" role="img" aria-label="{html.escape(title)}" '
            f'style="max-width:{self.width:g}px" xmlns="http://www.w3.org/2000/svg" font-size="11" fill="{_INK}">'
        ]
        for value in np.linspace(*self.y, 5):
            y = float(self.at_y(float(value)))
            parts.append(
                f'<line x1="{_LEFT}" x2="{self.width - 14}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_GRID}"/>'
            )
            parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.2g}</text>')
        for value, text in x_ticks.items():
            x = float(self.at_x(value))
            parts.append(
                f'<text x="{x:.1f}" y="{self.height - _BOTTOM + 15}" text-anchor="middle">{html.escape(text)}</text>'
            )
        parts += inside
        parts.append(
            f'<text x="{self.width / 2}" y="{self.height - 4}" text-anchor="middle">{html.escape(x_name)}</text>'
        )
        middle = (self.height - _BOTTOM) / 2
        parts.append(
            f'<text transform="translate(12 {middle}) rotate(-90)" text-anchor="middle">{html.escape(y_name)}</text></svg>'
        )
        return "".join(parts)


def fan_chart(days: Sequence[tuple[Forecast, FloatArray]], title: str) -> str:
    """Measured load over the bands of the forecasts of some days in a row."""
    steps = np.cumsum([0, *(forecast.axis.steps for forecast, _ in days)])
    top = max(
        float(max(forecast.quantiles_kw.max(), np.nanmax(actual, initial=0.0))) for forecast, actual in days
    )
    frame = _Frame(900, 260, (0, float(steps[-1])), (0.0, max(top, 1e-3) * 1.05))
    parts = []
    for begin, (forecast, actual) in zip(steps, days, strict=False):
        x = begin + np.arange(forecast.axis.steps) + 0.5
        quantiles = forecast.quantiles_kw
        for low, high, shade in ((0, -1, 0.16), (1, -2, 0.2), (4, -5, 0.3)):
            outline = frame.points(
                np.concatenate([x, x[::-1]]), np.concatenate([quantiles[low], quantiles[high][::-1]])
            )
            parts.append(f'<polygon fill="{_BLUE}" fill-opacity="{shade}" points="{outline}"/>')
        parts.append(frame.line(x, quantiles[len(quantiles) // 2], _BLUE, "5 3"))
        parts.append(frame.line(x, actual, _INK, width=1.2))
    ticks = {
        float(begin + hour * forecast.axis.steps / 24): (
            f"{forecast.axis.local_starts[0]:%d %b}" if hour == 0 else f"{hour}:00"
        )
        for begin, (forecast, _) in zip(steps, days, strict=False)
        for hour in (0, 6, 12, 18)
    }
    return frame.drawn(parts, ticks, "local time", "kW", title)


def reliability(curves: Mapping[str, tuple[FloatArray, FloatArray]], title: str) -> str:
    """How often measured values lay at or below each quantile, against how often they should."""
    frame = _Frame(430, 330, (0.0, 1.0), (0.0, 1.0))
    ends: FloatArray = np.array([0.0, 1.0])
    parts = [frame.line(ends, ends, "#888888", "3 3", 1.0)]
    for k, (levels, shares) in enumerate(curves.values()):
        parts.append(frame.line(levels, shares, COLOURS[k % 4], _DASHES[k % 4]))
    ticks = {value: f"{value:.1f}" for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)}
    return frame.drawn(parts, ticks, "level of the quantile", "share at or below it", title)


def by_hour(curves: Mapping[str, FloatArray], title: str) -> str:
    """CRPS by local hour, in kW."""
    top = max(float(np.nanmax(values, initial=0.0)) for values in curves.values()) or 1.0
    frame = _Frame(430, 330, (0.0, 24.0), (0.0, top * 1.05))
    hours = np.arange(24, dtype=np.float64) + 0.5
    parts = [
        frame.line(hours, values, COLOURS[k % 4], _DASHES[k % 4]) for k, values in enumerate(curves.values())
    ]
    ticks = {float(hour): f"{hour}:00" for hour in range(0, 25, 6)}
    return frame.drawn(parts, ticks, "local time", "CRPS, kW", title)


def legend(names: Sequence[str]) -> str:
    """The lines and their names."""
    keys = (
        f'<span><svg width="34" height="10"><line x1="0" x2="34" y1="5" y2="5" stroke="{COLOURS[k % 4]}" stroke-width="2" '
        f'stroke-dasharray="{_DASHES[k % 4]}"/></svg> {html.escape(name)}</span>'
        for k, name in enumerate(names)
    )
    return f'<p class="legend">{" ".join(keys)}</p>'

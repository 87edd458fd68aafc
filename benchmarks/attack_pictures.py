"""The attack table in words and pictures: Markdown on standard output, SVG files in a folder.

    mas2tering bench gaming --days 100 --confirm 3 > attacks.jsonl
    python benchmarks/attack_pictures.py attacks.jsonl docs/pictures

Colours of Okabe and Ito, which colour-blind people tell apart; every colour goes with a shape or a number.
"""

import argparse
import json
import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

BLUE, VERMILION, BLACK, GREY, SKY = "#0072B2", "#D55E00", "#000000", "#777777", "#56B4E9"
BAR, DISCOMFORT_BAR, LINEAR = 0.01, 0.03, 0.002
TICKS = (-1.0, -0.1, -0.01, 0.0, 0.01, 0.1)
FEWEST = 3
Line = dict[str, float | int | str]


class Drawing:
    """An SVG with text and shapes, in pixels."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self.width, self.height = width, height
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" '
            f'font-family="sans-serif" font-size="12" role="img"><title>{escape(title)}</title>'
            f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>'
        ]
        self.text(16, 24, title, size=15, weight="bold")

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        anchor: str = "start",
        size: int = 12,
        fill: str = BLACK,
        weight: str = "normal",
    ) -> None:
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" fill="{fill}">{escape(words)}</text>'
        )

    def line(
        self, x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1.0, dash: str = ""
    ) -> None:
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width}"{dashed}/>'
        )

    def dot(self, x: float, y: float, colour: str, *, filled: bool = True) -> None:
        fill = colour if filled else "#ffffff"
        self.parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{fill}" stroke="{colour}" stroke-width="1.6"/>'
        )

    def cross(self, x: float, y: float, colour: str) -> None:
        self.line(x - 3.5, y - 3.5, x + 3.5, y + 3.5, colour, 1.6)
        self.line(x - 3.5, y + 3.5, x + 3.5, y - 3.5, colour, 1.6)

    def box(self, x: float, y: float, width: float, height: float, fill: str) -> None:
        self.parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}" stroke="#ffffff"/>'
        )

    def write(self, path: Path) -> None:
        path.write_text("\n".join([*self.parts, "</svg>"]) + "\n", encoding="utf-8")


def squeezed(value: float) -> float:
    """Linear near nothing, logarithmic beyond."""
    return math.copysign(math.log10(1.0 + abs(value) / LINEAR), value)


class Axis:
    """Gains along the width of a picture."""

    def __init__(self, left: float, right: float, values: Sequence[float]) -> None:
        self.left = left
        self.low = min(squeezed(min(values)), squeezed(-0.01)) - 0.1
        self.high = max(squeezed(max(values)), squeezed(0.05)) + 0.1
        self.scale = (right - left) / (self.high - self.low)

    def at(self, value: float) -> float:
        return self.left + self.scale * (squeezed(value) - self.low)

    def drawn(self, on: Drawing, top: float, bottom: float, currency: str) -> None:
        for tick in TICKS:
            if self.low <= squeezed(tick) <= self.high:
                on.line(self.at(tick), top, self.at(tick), bottom, "#e3e3e3")
                on.text(self.at(tick), bottom + 16, f"{tick:g}".replace("-", "−"), anchor="middle")
        on.line(self.at(0.0), top, self.at(0.0), bottom, GREY)
        on.line(self.at(BAR), top, self.at(BAR), bottom, VERMILION, 1.6, "6 3")
        on.text(self.at(BAR) + 3, top - 4, f"wanted: at most {BAR:g}", fill=VERMILION, size=11)
        on.text(
            self.at(0.0),
            bottom + 36,
            f"gain, {currency} per congested day and attacker (logarithmic beyond ±{LINEAR:g})",
            anchor="middle",
        )


def gains(lines: Sequence[Line], path: Path) -> None:
    """What each attack earns under the season's rule: mean, interval, highest."""
    height = 22 * len(lines) + 130
    currency = str(lines[0]["currency"])
    drawing = Drawing(900, height, "What attacks earn under the season's rule")
    drawing.text(
        16,
        44,
        "dot: mean of the best variant; bar: 95 % interval over attackers; cross: best single season of one attacker",
        fill=GREY,
    )
    lows = [2 * float(line["mean_gain"]) - float(line["mean_gain_upper95"]) for line in lines]
    axis = Axis(400, 880, [*lows, *(float(line["max_gain"]) for line in lines)])
    axis.drawn(drawing, 78, height - 50, currency)
    for k, (line, low) in enumerate(zip(lines, lows, strict=True)):
        y = 92 + 22 * k
        mean, upper = float(line["mean_gain"]), float(line["mean_gain_upper95"])
        variant = f" ({line['variant']})" if line["variant"] else ""
        is_discomfort = line["strategy"] == "overstated_discomfort"
        bar = DISCOMFORT_BAR if is_discomfort else BAR
        colour = VERMILION if upper > bar else BLUE
        drawing.text(
            392,
            y + 4,
            f"{line['strategy']}{variant}",
            anchor="end",
            size=11,
            weight="bold" if upper > bar else "normal",
        )
        drawing.line(axis.at(low), y, axis.at(upper), y, colour, 2.4)
        drawing.dot(axis.at(mean), y, colour)
        drawing.cross(axis.at(float(line["max_gain"])), y, BLACK)
        if is_discomfort:
            drawing.line(axis.at(bar), y - 9, axis.at(bar), y + 9, VERMILION, 2.4)
            drawing.text(axis.at(bar) + 4, y + 4, f"wanted: {bar:g}", size=10, fill=VERMILION)
    drawing.write(path)


def rules(by_rule: dict[str, list[Line]], path: Path) -> None:
    """Every attack under every rule, numbers in cells."""
    names = [str(line["strategy"]) for line in by_rule["loss"]]
    left, top, wide, high = 190.0, 120.0, 86.0, 22.0
    drawing = Drawing(
        left + wide * len(by_rule) + 16, top + high * len(names) + 40, "What attacks earn under other rules"
    )
    drawing.text(
        16,
        44,
        "mean gain of the best variant, per congested day and attacker; ▲ and orange: more than 0.01, ▼ and blue: less than -0.01",
        fill=GREY,
    )
    for column, (rule, lines) in enumerate(by_rule.items()):
        x = left + wide * column
        words = rule.split("_")
        for row, word in enumerate(words):
            drawing.text(
                x + wide / 2, top - 8 - 14 * (len(words) - 1 - row), word, anchor="middle", weight="bold"
            )
        found = {str(line["strategy"]): float(line["mean_gain"]) for line in lines}
        for row, name in enumerate(names):
            value = found.get(name)
            if column == 0:
                drawing.text(left - 8, top + high * row + 15, name, anchor="end", size=11)
            if value is None:
                drawing.text(x + wide / 2, top + high * row + 15, "–", anchor="middle", fill=GREY)
                continue
            drawing.box(x, top + high * row, wide, high, _shade(value))
            mark = "▲ " if value > BAR else "▼ " if value < -BAR else ""
            drawing.text(
                x + wide / 2,
                top + high * row + 15,
                mark + number(value, 3),
                anchor="middle",
                size=11,
            )
    drawing.write(path)


def _shade(value: float) -> str:
    """White near nothing, towards orange for gains and sky blue for losses."""
    if abs(value) <= BAR:
        return "#f6f6f6"
    share = min(1.0, 0.25 + 0.75 * math.log10(abs(value) / BAR) / 1.7)
    full = (0xE6, 0x9F, 0x00) if value > 0 else (0x56, 0xB4, 0xE9)
    return "#" + "".join(f"{round(255 + share * (part - 255)):02x}" for part in full)


def confirmed(lines: Sequence[Line], path: Path) -> None:
    """Screened beside negotiated again, by device class."""
    height = 20 * len(lines) + 6 * len({line["device_class"] for line in lines}) + 164
    drawing = Drawing(900, height, "The best attacks of each device class, negotiated again by all homes")
    drawing.text(
        16,
        44,
        "ring: answering recorded prices; dot: negotiated again (same days, weather and lots); bar: up to the 95 % upper end, of three homes or more",
        fill=GREY,
    )
    values = [float(line[key]) for line in lines for key in ("screened_gain", "mean_gain")]
    values += [float(line["mean_gain_upper95"]) for line in lines if int(line["attackers"]) >= FEWEST]
    axis = Axis(400, 880, values)
    axis.drawn(drawing, 92, height - 50, str(lines[0]["currency"]))
    before, y = "", 98.0
    for line in lines:
        kind = str(line["device_class"])
        y += 20 if kind == before else 26
        if kind != before:
            drawing.text(16, y + 4, kind, weight="bold")
        before = kind
        variant = f" ({line['variant']})" if line["variant"] else ""
        entered = "" if line["enters_negotiation"] else " ·"
        drawing.text(392, y + 4, f"{line['strategy']}{variant}{entered}", anchor="end", size=11)
        mean, upper = float(line["mean_gain"]), float(line["mean_gain_upper95"])
        colour = VERMILION if mean > BAR else BLUE
        if int(line["attackers"]) >= FEWEST:
            drawing.line(axis.at(mean), y, axis.at(upper), y, colour, 2.0)
        drawing.dot(axis.at(mean), y, colour)
        drawing.dot(axis.at(float(line["screened_gain"])), y, BLACK, filled=False)
    drawing.text(
        16,
        60,
        "· says nothing to the negotiation: recorded prices are those that would come",
        fill=GREY,
    )
    drawing.write(path)


def number(value: float | str, digits: int = 4) -> str:
    """A figure with a true minus sign; nothing for less than its last digit."""
    rounded = round(float(value), digits)
    return "0" if rounded == 0 else f"{rounded:.{digits}f}".replace("-", "−")


def tables(by_rule: dict[str, list[Line]], again: Sequence[Line]) -> None:
    """The tables of the page, in Markdown."""
    print(
        "| attack | best variant | mean | upper 95 % | highest | seasons with a gain | operator pays more |\n|---|---|---|---|---|---|---|"
    )
    for line in by_rule.get("loss", []):
        figures = " | ".join(number(line[key]) for key in ("mean_gain", "mean_gain_upper95", "max_gain"))
        print(
            f"| {line['strategy']} | {line['variant'] or '–'} | {figures} | {100 * float(line['share_of_seasons_with_gain']):.0f} % | "
            f"{number(line['extra_cost_to_dso'])} |"
        )
    print(f"\n| | {' | '.join(by_rule)} |\n|---|{'---|' * len(by_rule)}")
    found = {rule: {line["strategy"]: line["mean_gain"] for line in lines} for rule, lines in by_rule.items()}
    for name in found.get("loss", {}):
        print(
            f"| {name} | {' | '.join(number(own[name], 3) if name in own else '–' for own in found.values())} |"
        )
    for words, key, scale in (
        ("*honest home: loses beyond its payment*", "honest_loss", 1.0),
        ("*operator pays a home and day*", "honest_payment", 1.0),
        ("*honest seasons flagged, %*", "honest_flagged", 100.0),
    ):
        row = (number(scale * float(lines[0][key]), 1 if scale > 1 else 4) for lines in by_rule.values())
        print(f"| {words} | {' | '.join(row)} |")
    if again:
        print(
            "\n| class | attack | variant | all recorded days | same days, screened | negotiated again | upper 95 % | negotiations | own price moved |"
        )
        print("|---|---|---|---|---|---|---|---|---|")
    for line in again:
        keys = ["screened_gain_all_days", "screened_gain", "mean_gain"]
        # Of fewer attackers there is no interval worth the name.
        upper = number(line["mean_gain_upper95"]) if int(line["attackers"]) >= FEWEST else "–"
        moved = (
            f"{number(line['price_moved_per_kwh'])} of {number(line['price_per_kwh'])}"
            if line["negotiated_again"]
            else "–"
        )
        print(
            f"| {line['device_class']} | {line['strategy']} | {line['variant'] or '–'} | {' | '.join(number(line[key]) for key in keys)} | {upper} | "
            f"{line['negotiated_again'] or '–'} | {moved} |"
        )


def moved(again: Sequence[Line]) -> None:
    """By how much gains differ once prices answer, over the attacks that enter the negotiation."""
    off = [
        float(line["mean_gain"]) - float(line["screened_gain"]) for line in again if line["negotiated_again"]
    ]
    if len(off) < FEWEST:
        return
    mean = sum(off) / len(off)
    deviation = math.sqrt(sum((own - mean) ** 2 for own in off) / (len(off) - 1))
    error = deviation / math.sqrt(len(off))
    print(
        f"\nOver the {len(off)} attacks and classes that enter the negotiation a gain changes by {number(mean, 5)} a day on average "
        f"(standard error {number(error, 5)}), at most by {number(max(off, key=abs))}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lines", type=Path)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    lines: list[Line] = [json.loads(line) for line in asked.lines.read_text(encoding="utf-8").splitlines()]
    again = [line for line in lines if "negotiated_again" in line]
    by_rule: dict[str, list[Line]] = {}
    for line in lines:
        if "negotiated_again" not in line:
            by_rule.setdefault(str(line["rule"]), []).append(line)
    tables(by_rule, again)
    moved(again)
    asked.folder.mkdir(parents=True, exist_ok=True)
    if "loss" in by_rule:
        gains(by_rule["loss"], asked.folder / "attacks-gain.svg")
        rules(by_rule, asked.folder / "attacks-rules.svg")
    if again:
        confirmed(again, asked.folder / "attacks-confirmed.svg")


if __name__ == "__main__":
    main()

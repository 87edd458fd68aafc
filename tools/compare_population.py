"""Compare generated with measured homes; write the tables and pictures of docs/generated-homes.md.

python tools/compare_population.py          (needs matplotlib; MAS2TERING_DATA names the folder of measured
data)
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from calibrate_population import plain, population_fits, set_means_right
from population_fit import comparison, device_pictures, households, measured, pictures, quarters
from population_fit.comparison import Band, Comparison
from population_fit.measured import MeasuredHomes

from mas2tering.study.population import agreement
from mas2tering.study.population.agreement import Distance
from mas2tering.study.population.household_model import household_model

PAGE = measured.ROOT / "docs" / "generated-homes.md"
PICTURES = measured.ROOT / "docs" / "pictures"
REPLICATES = {"nl": 20, "ch": 20, "uk": 5}
NAMES = {"nl": "Netherlands", "ch": "Switzerland", "uk": "London"}


def put(name: str, text: str) -> None:
    """Replace what stands between the markers of a table in the page."""
    page = PAGE.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: begin (tools/compare_population.py) -->", f"<!-- {name}: end -->"
    before, rest = page.split(begin)
    after = rest.split(end)[1]
    PAGE.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}", encoding="utf-8")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def law_rows(name: str, distances: list[Distance]) -> list[tuple[str, ...]]:
    """Rows of laws: quantiles 5, 50, 95 %, distance and Kolmogorov distance."""
    rows = []
    for found in distances:
        texts = [
            " / ".join(f"{values[k]:.2f}" for k in (0, 2, 4)) for values in (found.measured, found.generated)
        ]
        rows.append((name, found.name, *texts, f"{found.distance:.3f}", f"{found.kolmogorov:.3f}"))
    return rows


def figure_rows(name: str, distances: list[Distance]) -> list[tuple[str, ...]]:
    """Rows of shapes and figures."""
    rows = []
    for found in distances:
        texts = [
            f"{values[0]:.2f}" if len(values) == 1 else "" for values in (found.measured, found.generated)
        ]
        rows.append(
            (name, found.name, *texts, f"{found.distance:+.3f}" if texts[0] else f"{found.distance:.3f}")
        )
    return rows


def band_rows(bands: list[Band]) -> list[tuple[str, ...]]:
    """Rows of figures that every replicate has one of."""
    return [
        (
            b.name,
            f"{b.measured:.2f}",
            f"{np.mean(b.generated):.2f} ({min(b.generated):.2f} to {max(b.generated):.2f})",
            f"{b.distance:+.1%}",
            f"{b.deviations:+.1f}",
        )
        for b in bands
    ]


def holdout_rows(name: str, homes: MeasuredHomes) -> list[tuple[str, ...]]:
    """Fit on every second home, compare with the others; beside it the distance between the two halves as
    measured."""
    known, unseen = (replace(homes, load_kw=homes.load_kw[half::2]) for half in (0, 1))
    split = quarters.fit_quarter_split(measured.dutch())
    block = households.fit_population(known, population_fits()[name])
    set_means_right(block, split, known)
    model = household_model(plain(block), plain(split))
    made = comparison.compare(name, unseen, {"nl": 10, "ch": 10, "uk": 2}[name], model=model)
    halves = Comparison(name, unseen.load_kw, [known.load_kw], made.weekend)
    rows = []
    for ours, theirs in zip(
        comparison.home_laws(made) + comparison.shapes(made),
        comparison.home_laws(halves) + comparison.shapes(halves),
        strict=True,
    ):
        rows.append((NAMES[name], ours.name, f"{ours.distance:.3f}", f"{theirs.distance:.3f}"))
    return rows


def main() -> None:
    """Generate, compare, write."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    data = {"nl": measured.dutch(), "ch": measured.swiss(), "uk": measured.london()}
    made = {name: comparison.compare(name, homes, REPLICATES[name]) for name, homes in data.items()}
    laws: list[tuple[str, ...]] = []
    figures: list[tuple[str, ...]] = []
    for name, case in made.items():
        laws += law_rows(NAMES[name], comparison.home_laws(case))
        months = np.array([day.month for day in data[name].dates])
        found = comparison.shapes(case) + comparison.seasons(case, months) + comparison.memories(case)
        figures += figure_rows(NAMES[name], found)
    year = measured.london_composed()
    composed = comparison.composed(made["uk"], measured.composition(data["uk"], year))
    same_date = [
        agreement.same_date_peaks(made["uk"].measured),
        np.concatenate([agreement.same_date_peaks(g) for g in made["uk"].generated]),
    ]
    laws += law_rows(
        "London", [agreement.law_distance("peak of the homes measured on one date, over mean", *same_date)]
    )
    bands = comparison.joint_bands("40 Dutch homes", made["nl"].measured, made["nl"].generated)
    bands += comparison.joint_bands("64 Swiss homes", made["ch"].measured, made["ch"].generated)
    bands += comparison.joint_bands("184 London homes, COMPOSED year", year.load_kw, composed)
    put(
        "laws",
        table(
            (
                "homes",
                "law over homes",
                "measured 5 / 50 / 95 %",
                "generated",
                "Wasserstein / mean",
                "Kolmogorov",
            ),
            laws,
        ),
    )
    put("figures", table(("homes", "figure", "measured", "generated", "distance"), figures))
    put(
        "joint",
        table(
            ("joint load", "measured", "generated: mean (range)", "distance", "standard deviations"),
            band_rows(bands),
        ),
    )
    order = [made["uk"], made["nl"], made["ch"]]
    pictures.laws(order, PICTURES / "population-laws.png")
    pictures.day_shapes(order, PICTURES / "population-shapes.png")
    pictures.sample_days(made["nl"], PICTURES / "population-days.png")
    sizes = (1, 2, 5, 10, 20, 40)
    pictures.diversity(
        [
            ("40 Dutch homes", made["nl"].measured, made["nl"].generated, sizes),
            ("64 Swiss homes", made["ch"].measured, made["ch"].generated, (*sizes, 64)),
            ("184 London homes, COMPOSED year", year.load_kw, composed, (*sizes, 80, 184)),
        ],
        PICTURES / "population-diversity.png",
    )
    rows = device_pictures.weather(PICTURES / "population-weather.png")
    rows += device_pictures.devices(PICTURES / "population-devices.png")
    rows += device_pictures.appliances_in_homes()
    put("devices", table(("figure", "data", "generated", "difference"), rows))
    held = [row for name in ("nl", "ch", "uk") for row in holdout_rows(name, data[name])]
    put(
        "holdout",
        table(("homes", "law or shape", "generated to unseen homes", "other measured homes to them"), held),
    )


if __name__ == "__main__":
    main()

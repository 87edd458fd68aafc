"""Pictures of measured beside generated; colours of Okabe and Ito, which colour-blind people tell apart."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

from mas2tering.study.population import agreement
from population_fit.comparison import Comparison

MEASURED, GENERATED, THIRD = "#000000", "#0072B2", "#D55E00"
TITLES = {
    "uk": "London (30 min, measured days of 2013)",
    "nl": "Netherlands (15 min, Jan-May 2013)",
    "ch": "Switzerland (15 min, Nov-Dec)",
}
plt.rcParams.update(
    {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.fonttype": "none",
        "legend.frameon": False,
    }
)
Array = NDArray[np.float64]


def save(figure: plt.Figure, path: Path) -> None:
    """Write a PNG of moderate size."""
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    plt.close(figure)
    print(path.name, path.stat().st_size // 1000, "kB")


def _distribution(axis: plt.Axes, measured: Array, generated: Array, label: str) -> None:
    for values, colour, name, width in (
        (generated, GENERATED, "generated", 2.0),
        (measured, MEASURED, "measured", 1.2),
    ):
        known = np.sort(values[~np.isnan(values)])
        axis.step(
            known, (np.arange(len(known)) + 1) / len(known), color=colour, lw=width, where="post", label=name
        )
    axis.set_xlabel(label)
    axis.set_ylim(0, 1)
    axis.set_xlim(0, np.nanquantile(measured, 0.98) * 1.5)


def laws(comparisons: list[Comparison], path: Path) -> None:
    """Distribution functions over homes: energy, highest load, daily peak, variation from day to day."""
    figure, axes = plt.subplots(len(comparisons), 4, figsize=(11, 2.6 * len(comparisons)))
    for row, comparison in zip(axes, comparisons, strict=True):
        pooled = comparison.pooled
        for axis, (label, law) in zip(
            row,
            (
                ("mean load, kW", agreement.home_means),
                ("highest load, kW", agreement.home_peaks),
                ("mean daily peak / mean load", agreement.daily_peaks_over_mean),
                ("deviation of daily energy / mean", agreement.daily_variation),
            ),
            strict=True,
        ):
            _distribution(axis, law(comparison.measured), law(pooled), label)
        row[0].set_ylabel("share of homes")
        row[0].set_title(TITLES[comparison.population], loc="left", fontsize=10)
        row[-1].legend(loc="lower right")
    save(figure, path)


def day_shapes(comparisons: list[Comparison], path: Path) -> None:
    """Mean workday and weekend of the homes; the band holds nine of ten replicates."""
    figure, axes = plt.subplots(2, len(comparisons), figsize=(11, 5), sharex=True)
    hours = np.arange(24) + 0.5
    for column, comparison in enumerate(comparisons):
        for axis, (name, days) in zip(
            axes[:, column], (("workday", ~comparison.weekend), ("weekend", comparison.weekend)), strict=True
        ):
            made = np.array([agreement.daily_shape(load, days) for load in comparison.generated])
            low, high = np.quantile(made, [0.05, 0.95], axis=0)
            axis.fill_between(
                hours, low, high, color=GENERATED, alpha=0.25, lw=0, label="generated, 90 % of replicates"
            )
            axis.plot(hours, made.mean(axis=0), color=GENERATED, lw=2, label="generated")
            axis.plot(
                hours,
                agreement.daily_shape(comparison.measured, days),
                color=MEASURED,
                lw=1.2,
                label="measured",
            )
            axis.set_ylim(0)
            axis.set_xlim(0, 24)
            axis.set_title(f"{TITLES[comparison.population].split(' (')[0]}, {name}", loc="left", fontsize=10)
    axes[0, 0].set_ylabel("kW per home")
    axes[1, 0].set_ylabel("kW per home")
    axes[0, 0].legend(loc="upper left", fontsize=8)
    for axis in axes[1]:
        axis.set_xlabel("hour of local clock")
    save(figure, path)


def diversity(cases: list[tuple[str, Array, list[Array], tuple[int, ...]]], path: Path) -> None:
    """Coincidence by size of group, and the highest joint loads."""
    figure, axes = plt.subplots(2, len(cases), figsize=(11, 5.4))
    for column, (title, measured, generated, sizes) in enumerate(cases):
        axis = axes[0, column]
        made = np.array([agreement.coincidence(load, sizes, 1) for load in generated])
        axis.fill_between(sizes, made.min(axis=0), made.max(axis=0), color=GENERATED, alpha=0.25, lw=0)
        axis.plot(
            sizes,
            made.mean(axis=0),
            color=GENERATED,
            lw=2,
            marker="s",
            ms=4,
            label="generated (band: all replicates)",
        )
        axis.plot(
            sizes,
            agreement.coincidence(measured, sizes, 1),
            color=MEASURED,
            lw=1.2,
            marker="o",
            ms=4,
            label="measured",
        )
        axis.set_xscale("log")
        axis.set_xticks(sizes, [str(size) for size in sizes])
        axis.minorticks_off()
        axis.set_ylim(0, 1)
        axis.set_xlabel("homes in the group")
        axis.set_title(title, loc="left", fontsize=10)
        share = np.geomspace(1e-4, 0.3, 60)
        below = axes[1, column]
        curves = np.array(
            [np.quantile(agreement.joint_load_kw(load) / np.mean(load), 1.0 - share) for load in generated]
        )
        below.fill_between(
            100 * share, curves.min(axis=0), curves.max(axis=0), color=GENERATED, alpha=0.25, lw=0
        )
        below.plot(100 * share, curves.mean(axis=0), color=GENERATED, lw=2)
        below.plot(
            100 * share,
            np.quantile(agreement.joint_load_kw(measured) / np.mean(measured), 1.0 - share),
            color=MEASURED,
            lw=1.2,
        )
        below.set_xscale("log")
        below.set_xlabel("% of the time in which it is passed")
        below.set_ylim(0)
    axes[0, 0].set_ylabel("joint peak / sum of own peaks")
    axes[1, 0].set_ylabel("joint load / mean")
    axes[0, 0].legend(loc="upper right", fontsize=8)
    save(figure, path)


def sample_days(comparison: Comparison, path: Path, homes: int = 3) -> None:
    """A few generated days beside a few measured ones, to look at: they should not be told apart."""
    figure, axes = plt.subplots(2, homes, figsize=(11, 4.4), sharex=True)
    days = slice(14, 17)
    steps = comparison.measured.shape[2]
    hours = (np.arange(3 * steps) + 0.5) * 24.0 / steps
    for row, loads, colour, name in (
        (0, comparison.measured, MEASURED, "measured"),
        (1, comparison.generated[0], GENERATED, "generated"),
    ):
        order = np.argsort(agreement.home_means(loads))[
            [len(loads) // 5, len(loads) // 2, 4 * len(loads) // 5]
        ]
        for axis, home in zip(axes[row], order, strict=True):
            axis.step(hours, loads[home, days].ravel(), where="mid", color=colour, lw=0.8)
            axis.set_title(f"{name}, mean {agreement.home_means(loads)[home]:.2f} kW", loc="left", fontsize=9)
            axis.set_ylim(0)
            axis.set_xticks(range(0, 73, 12))
    axes[0, 0].set_ylabel("kW")
    axes[1, 0].set_ylabel("kW")
    for axis in axes[1]:
        axis.set_xlabel("hours")
    save(figure, path)

"""Weather, PV, vehicles, heat and appliances: measured beside generated, as pictures and as rows of a
table."""

from datetime import date, timedelta
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

from mas2tering.study import population
from population_fit import weather as fit
from population_fit.devices import pool
from population_fit.measured import columns
from population_fit.pictures import GENERATED, MEASURED, THIRD, save

Array = NDArray[np.float64]
Row = tuple[str, str, str, str]
YEAR = [date(2015, 1, 1) + timedelta(days=count) for count in range(365)]
MONTHS = np.array([day.month for day in YEAR])
SEEDS = range(2001, 2011)


def _months(values: Array, months: NDArray[np.int64]) -> Array:
    return np.array([values[months == month].mean() for month in range(1, 13)])


def weather(path: Path) -> list[Row]:
    """Irradiation and temperature of the months, and the clearness of days, at both sites."""
    figure, axes = plt.subplots(2, 3, figsize=(11, 5.2))
    rows: list[Row] = []
    for line, (site, year) in zip(
        axes, (("cardiff", fit.cardiff()), ("belgium", fit.belgium())), strict=True
    ):
        months = np.array(
            [(date(2015, 1, 1) + timedelta(days=min(int(day), 365) - 1)).month for day in year.day_of_year]
        )
        made = [population.sample_weather(site, YEAR, seed) for seed in SEEDS]
        x = np.arange(1, 13)
        daily = year.ghi_w_m2.sum(axis=1) / 1000.0
        curves = np.array([_months(w.ghi_w_m2.sum(axis=1) / 4000.0, MONTHS) for w in made])
        warm = np.array([_months(w.temperature_c.mean(axis=1), MONTHS) for w in made])
        for axis, measured, generated in (
            (line[0], _months(daily, months), curves),
            (line[1], _months(year.temperature_c.mean(axis=1), months), warm),
        ):
            axis.fill_between(
                x, generated.min(axis=0), generated.max(axis=0), color=GENERATED, alpha=0.25, lw=0
            )
            axis.plot(x, generated.mean(axis=0), color=GENERATED, lw=2, label="generated, ten years")
            axis.plot(x, measured, color=MEASURED, lw=1.2, marker="o", ms=3, label="data")
            axis.set_xticks(x)
            axis.set_xlabel("month")
        line[0].set_ylabel("kWh/m2 a day")
        line[1].set_ylabel("temperature, C")
        line[0].set_title(site.capitalize(), loc="left", fontsize=10)
        all_days = np.concatenate([w.ghi_w_m2.sum(axis=1) / 4000.0 for w in made])
        for values, colour, width in ((all_days, GENERATED, 2.0), (daily, MEASURED, 1.2)):
            line[2].plot(np.sort(values), (np.arange(len(values)) + 1) / len(values), color=colour, lw=width)
        line[2].set_xlabel("kWh/m2 a day")
        line[2].set_ylabel("share of days")
        rows += _weather_rows(site, year, made)
    axes[0, 0].legend(fontsize=8)
    save(figure, path)
    return rows


def _weather_rows(site: str, year: fit.Year, made: list[population.Weather]) -> list[Row]:
    yearly = np.array([w.ghi_w_m2.sum() / 4000.0 for w in made])
    mean = np.array([w.temperature_c.mean() for w in made])
    low = np.array([np.quantile(w.temperature_c.mean(axis=1), 0.01) for w in made])
    swing = np.array([np.ptp(w.temperature_c, axis=1).mean() for w in made])
    yields = np.array(
        [population.pv_kw_per_kwp(w, np.array([35.0]), np.array([180.0])).sum() / 4.0 for w in made]
    )
    daily = year.temperature_c.mean(axis=1)
    name = site.capitalize()

    def row(what: str, measured: float, values: Array, digits: int) -> Row:
        return (
            f"{name}: {what}",
            f"{measured:.{digits}f}",
            f"{values.mean():.{digits}f} ({values.min():.{digits}f} to {values.max():.{digits}f})",
            f"{values.mean() - measured:+.{digits}f}",
        )

    return [
        row("irradiation, kWh/m2 a year", year.ghi_w_m2.sum() / 1000.0, yearly, 0),
        row("mean temperature, C", year.temperature_c.mean(), mean, 1),
        row("coldest 1 % of days, C", float(np.quantile(daily, 0.01)), low, 1),
        row("mean range of a day, K", float(np.ptp(year.temperature_c, axis=1).mean()), swing, 1),
        (
            f"{name}: PV yield facing south at 35 degrees, kWh/kWp a year",
            "none measured",
            f"{yields.mean():.0f} ({yields.min():.0f} to {yields.max():.0f})",
            "",
        ),
    ]


def photovoltaics(axis: plt.Axes) -> list[Row]:
    """Measured roofs of London beside generated roofs under Cardiff's sky: months and the height of days,
    each over its mean."""
    table = columns("pv/london_pv_30min_kw.parquet")
    stamp = next(values for values in table.values() if np.issubdtype(values.dtype, np.datetime64))
    month = stamp.astype("datetime64[M]").astype(int) % 12 + 1
    rows, x = [], np.arange(1, 13)
    courses, ratios = [], []
    for name, values in table.items():
        if not name.endswith("_kw"):
            continue
        known = ~np.isnan(values)
        course = np.array(
            [values[known & (month == m)].mean() if (known & (month == m)).sum() > 600 else np.nan for m in x]
        )
        if np.isnan(course).any():
            continue
        courses.append(course / course.mean())
        ratios.append(float(np.quantile(values[known], 0.999)) / course.mean())
        axis.plot(x, courses[-1], color=MEASURED, lw=0.8, marker="o", ms=2)
    roofs = population.sample_roofs(40, 2001)
    made = population.pv_kw_per_kwp(
        population.sample_weather("cardiff", YEAR, 2001), roofs.tilt_deg, roofs.azimuth_deg, roofs.shading
    )
    by_month = np.array([made[:, month_ == MONTHS].mean(axis=(1, 2)) for month_ in x]).T
    relative = by_month / by_month.mean(axis=1, keepdims=True)
    axis.fill_between(x, relative.min(axis=0), relative.max(axis=0), color=GENERATED, alpha=0.25, lw=0)
    axis.plot(x, relative.mean(axis=0), color=GENERATED, lw=2)
    axis.set_xticks(x)
    axis.set_xlabel("month")
    axis.set_ylabel("PV, mean of month / of year")
    peak = np.quantile(made.reshape(40, -1), 0.999, axis=1) / made.mean(axis=(1, 2))
    if courses:
        error = float(np.sqrt(np.mean((np.mean(courses, axis=0) - relative.mean(axis=0)) ** 2)))
        rows.append(
            (
                "PV by month over the mean, London roofs (hourly data)",
                f"{len(courses)} roofs with a whole year",
                "40 roofs, Cardiff",
                f"{error:.2f} rms",
            )
        )
        rows.append(
            (
                "PV: height passed 0.1 % of the time over mean",
                " ".join(f"{r:.1f}" for r in ratios),
                f"{peak.mean():.1f} ({peak.min():.1f} to {peak.max():.1f})",
                "",
            )
        )
    return rows


def devices(path: Path) -> list[Row]:
    """PV months, load of vehicles, heat and programmes."""
    figure, axes = plt.subplots(2, 3, figsize=(11, 5.6))
    rows = photovoltaics(axes[0, 0])
    rows += _vehicles(axes[0, 1]) + _heat(axes[0, 2])
    for axis, name in zip(axes[1], population.APPLIANCES, strict=True):
        for programme, style in zip(population.programmes(name, 5), ("-", "--", ":", "-."), strict=False):
            minutes = np.arange(len(programme.power_kw)) * 5.0
            axis.step(
                minutes,
                programme.power_kw,
                where="post",
                color=GENERATED if name != "tumble_dryer" else THIRD,
                ls=style,
                label=f"{programme.energy_kwh:.2f} kWh, {programme.share:.0%}",
            )
        axis.set_title(
            name.replace("_", " ") + (" (assumed)" if name == "tumble_dryer" else ""), loc="left", fontsize=10
        )
        axis.set_xlabel("minutes")
        axis.set_ylim(0, 3.2)
        axis.legend(fontsize=8, loc="upper right")
    axes[1, 0].set_ylabel("kW")
    save(figure, path)
    return rows


def _vehicles(axis: plt.Axes) -> list[Row]:
    hours = np.arange(24) + 0.5
    measured = pool("winter_ev")
    vehicles = population.sample_vehicles(300, 2001)
    days = [day for day in YEAR[:28] if day.weekday() < 5]
    load, told = population.uncontrolled_charging_kw(vehicles, days), population.vehicle_days(vehicles, days)
    axis.plot(
        hours,
        measured.mean(axis=0).reshape(24, 12).mean(axis=1),
        color=MEASURED,
        lw=1.2,
        label="pool (3 kW, every car charges)",
    )
    axis.plot(
        hours,
        load.mean(axis=(0, 1)).reshape(24, 4).mean(axis=1),
        color=GENERATED,
        lw=2,
        label="generated, workdays",
    )
    axis.set_xlabel("hour of local clock")
    axis.set_ylabel("kW per car")
    axis.set_ylim(0, 1.7)
    axis.legend(fontsize=8)
    energy, made = measured.sum(axis=1) / 12.0, told.energy_kwh[told.drives]
    quantiles = (np.quantile(energy, [0.1, 0.5, 0.9]), np.quantile(made, [0.1, 0.5, 0.9]))
    text = [
        f"{values.mean():.1f} ({q[0]:.1f}, {q[1]:.1f}, {q[2]:.1f})"
        for values, q in zip((energy, made), quantiles, strict=True)
    ]
    return [
        (
            "EV: energy of a session, kWh: mean (10, 50, 90 %)",
            text[0],
            text[1],
            f"{made.mean() / energy.mean() - 1:+.0%}",
        )
    ]


def _heat(axis: plt.Axes) -> list[Row]:
    hours = np.arange(24) + 0.5
    measured = pool("winter_ehp")
    dwellings = population.sample_dwellings(300, 2001)
    cold = np.full((1, population.QUARTERS), 4.0)
    heat = population.space_heat_kw(dwellings, cold)
    water = population.hot_water_kw(dwellings, YEAR[14:42])
    flow = population.flow_temperature_c(dwellings, cold)
    electric = heat / population.heat_pump_cop(cold[None], flow)
    electric = electric[:, 0] + (
        water / population.heat_pump_cop(np.full_like(water, 4.0), np.full_like(water, 52.0))
    ).mean(axis=1)
    axis.plot(
        hours,
        measured.mean(axis=0).reshape(24, 12).mean(axis=1),
        color=MEASURED,
        lw=1.2,
        label="pool of heat pumps",
    )
    axis.plot(
        hours,
        electric.mean(axis=0).reshape(24, 4).mean(axis=1),
        color=GENERATED,
        lw=2,
        label="generated, 4 C outside",
    )
    axis.set_xlabel("hour of local clock")
    axis.set_ylabel("kW electric per home")
    axis.set_ylim(0, 2.7)
    axis.legend(fontsize=8, loc="upper left")
    daily, made = measured.sum(axis=1) / 12.0, electric.sum(axis=1) / 4.0
    texts = [
        f"{v.mean():.1f} ({np.quantile(v, 0.1):.1f}, {np.quantile(v, 0.5):.1f}, {np.quantile(v, 0.9):.1f})"
        for v in (daily, made)
    ]
    return [
        (
            "Heat pump, winter day, kWh electric: mean (10, 50, 90 %)",
            texts[0],
            texts[1],
            f"{made.mean() / daily.mean() - 1:+.0%}",
        )
    ]


def appliances_in_homes() -> list[Row]:
    """Homes with all three appliances as devices, started as preferred, beside the same homes without devices."""
    days = YEAR[:56]
    sample = population.sample_households("uk", 184, 2001)
    appliances = population.sample_appliances(184, 2001)
    owned = {name: np.ones(184, dtype=bool) for name in population.APPLIANCES}
    whole = population.base_load_kw(sample, days)
    rest = population.base_load_kw(
        sample, days, removed_kw=population.expected_appliance_kw(appliances, owned)
    )
    both = rest + population.appliance_load_kw(appliances, days, owned)
    rows = []
    for name, figure in (
        ("mean load, kW", lambda load: load.mean()),
        ("joint peak, kW per home", lambda load: load.mean(axis=0).max()),
        ("median highest load, kW", lambda load: np.median(load.max(axis=(1, 2)))),
    ):
        before, after = figure(whole), figure(both)
        label = f"184 homes (uk) in winter, appliances inside the load / as devices: {name}"
        rows.append((label, f"{before:.2f} (no devices)", f"{after:.2f}", f"{after / before - 1:+.1%}"))
    return rows

"""Fit the population models to the measured data and write the parameters that ship.

    python tools/calibrate_population.py        (MAS2TERING_DATA names the folder of measured data)

Writes `src/mas2tering/study/population/calibration.json`: distributions and parameters, no records.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from population_fit import appliances, devices, households, measured, quarters, weather

from mas2tering.study.population import agreement
from mas2tering.study.population.household_load import base_load_kw, sample_households
from mas2tering.study.population.household_model import household_model

TARGET = measured.ROOT / "src" / "mas2tering" / "study" / "population" / "calibration.json"
TUNING_SEED = 1000  # never a seed of the comparison or of the tests
TUNING_HOMES = 240
ENWL = "Low Voltage Network Solutions (Electricity North West, University of Manchester)"
CYCLES = "REFIT, UK-DALE and IDEAL, one house each (CC BY 4.0)"
SOURCES = {
    "household_uk": (
        "Low Carbon London (UK Power Networks, London Datastore), 184 homes, measured days of 2013, 30 min",
        "B",
    ),
    "household_nl": ("Liander open data Zonnedael, 40 Dutch homes, January to May 2013, 15 min", "B"),
    "household_ch": (
        "ResidentialEnergyConsumption 1.1.0 (University of Bamberg), 64 Swiss meters, ISO weeks 44-49, "
        "15 min; season borrowed from household_uk",
        "A: CC BY-SA 4.0",
    ),
    "quarter_split": ("Liander open data Zonnedael, 40 Dutch homes, 15 min", "B"),
    "weather_cardiff": (
        "TMYx of Cardiff Weather Centre (climate.onebuilding.org); changes within the hour: NSRDB 2019 "
        "near Uccle",
        "B",
    ),
    "weather_belgium": (
        "Open-Meteo archive, Belgium 2024 (CC BY 4.0); changes within the hour: NSRDB 2019 near Uccle",
        "B",
    ),
    "photovoltaics": (f"{ENWL}, pool of summer PV profiles", "B"),
    "electric_vehicles": (f"{ENWL}, pool of winter EV profiles", "B"),
    "heating": (
        f"{ENWL}, pools of winter heat pumps and micro-CHP; Schaffer et al. 2022, "
        "doi:10.1038/s41597-022-01502-3 (CC BY 4.0); hplib 1.9 database (MIT)",
        "B (pools), A (the others)",
    ),
    "washing_machine": (CYCLES, "A"),
    "dishwasher": (CYCLES, "A"),
    "tumble_dryer": (
        "assumed, from values usual on energy labels; habits of washing_machine",
        "assumed",
    ),
}


def plain(value: object, digits: int = 4) -> object:
    """Lists and short numbers, for JSON."""
    if isinstance(value, dict):
        return {key: plain(item, digits) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        # Components of tables are many and small: a thousandth of a logarithm is more than they are known to.
        return np.round(value, 3).tolist() if value.size > 300 else plain(value.tolist(), digits)
    if isinstance(value, list):
        return [plain(item, digits) for item in value]
    return float(f"{value:.{digits}g}") if isinstance(value, float | np.floating) else value


def set_means_right(
    block: dict[str, object], split: dict[str, object], homes: measured.MeasuredHomes
) -> None:
    """Correct the means of each hour of workdays and weekends, by which the fit of quantiles is a few per
    cent off.

    Half of the correction (geometrically) counts every home the same, half by what it uses: joint loads
    follow the latter.
    """
    weekend = np.array([day.weekday() >= 5 for day in homes.dates])
    steps = homes.load_kw.shape[2]

    def shape(load: np.ndarray) -> np.ndarray:
        relative = agreement.coarser(load, 24) / agreement.home_means(load)[:, None, None]
        each = np.stack([np.nanmean(relative[:, days], axis=(0, 1)) for days in (~weekend, weekend)])
        energy = np.stack([agreement.daily_shape(load, days) for days in (~weekend, weekend)])
        return np.sqrt(each * energy / energy.mean())

    wanted = shape(homes.load_kw)
    for _ in range(3):
        model = household_model(plain(block), plain(split))
        made = base_load_kw(
            sample_households("nl", TUNING_HOMES, TUNING_SEED, model=model), homes.dates, model=model
        )
        block["mean_correction"] = (
            np.asarray(block["mean_correction"]) * wanted / shape(agreement.coarser(made, steps))
        )


def population_fits() -> dict[str, households.Fit]:
    """How each population is fitted.

    The common part was tuned on the correlation of loads between homes and on the joint load's highest per
    cent, the headroom of peaks on the law of homes' highest loads; with seeds below 2001.
    """
    ordinary = households.Fit(
        harmonics=2,
        scores=20,
        weekend_scores=2,
        window_hours=1.0,
        tail_slope=0.85,
        peak_headroom=1.35,
        common_bound=3.0,
        common_tilt=1.0,
    )
    fine = replace(ordinary, harmonics=1, window_hours=0.6, tail_slope=0.6)
    return {
        "uk": ordinary,
        "nl": replace(fine, peak_headroom=1.08, common_bound=2.0, common_tilt=1.5),
        "ch": replace(fine, peak_headroom=1.25, common_bound=5.0, common_tilt=0.0, season_of_london=True),
    }


def fit_households() -> dict[str, dict[str, object]]:
    """Blocks of the three populations and of the division of half-hours."""
    split = quarters.fit_quarter_split(measured.dutch())
    blocks: dict[str, dict[str, object]] = {"quarter_split": split}
    homes = {"uk": measured.london(), "nl": measured.dutch(), "ch": measured.swiss()}
    for name, fit in population_fits().items():
        print(name)
        block = households.fit_population(homes[name], fit)
        set_means_right(block, split, homes[name])
        blocks[f"household_{name}"] = block
    return blocks


def main() -> None:
    """Fit everything and write the file."""
    blocks = fit_households()
    print("weather")
    blocks["weather_cardiff"] = weather.fit_site(weather.cardiff())
    blocks["weather_belgium"] = weather.fit_site(weather.belgium())
    print("devices")
    blocks["photovoltaics"] = devices.fit_photovoltaics()
    blocks["electric_vehicles"] = devices.fit_vehicles()
    blocks["heating"] = devices.fit_heating()
    blocks["washing_machine"] = appliances.fit_appliance("washing_machine", 4)
    blocks["dishwasher"] = appliances.fit_appliance("dishwasher", 3)
    blocks["tumble_dryer"] = appliances.dryer(blocks["washing_machine"])
    told = {}
    for name, block in blocks.items():
        source, licence = SOURCES[name]
        told[name] = {"source": source, "licence": licence, **plain(block)}
    TARGET.write_text(
        "{\n"
        + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in told.items())
        + "\n}\n",
        encoding="utf-8",
    )
    print(TARGET.stat().st_size // 1000, "kB")


if __name__ == "__main__":
    main()

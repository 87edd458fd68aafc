"""Fit of the weather model to a typical or measured year."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.study.population.sun import clear_sky_w_m2, sun_position
from population_fit.measured import columns
from population_fit.numerics import ndtri, nonnegative_least_squares

LEVELS = np.array([0.005, 0.05, 0.15, 0.3, 0.45, 0.6, 0.75, 0.87, 0.95, 0.995])
LOWEST_COS_ZENITH = 0.12
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Year:
    """Hours of days ``[days, 24]``: irradiance is the mean of the hour, temperature that at its end. UTC.

    ``sun_shift_hours``: how early the irradiance of the file lies against the sun (found by its correlation
    with a clear sky).
    """

    latitude_deg: float
    longitude_deg: float
    day_of_year: Array
    ghi_w_m2: Array
    temperature_c: Array
    consecutive: NDArray[np.bool_]
    sun_shift_hours: float = 0.0


def cardiff() -> Year:
    """The typical year of Cardiff; months come from different years."""
    table = columns("weather/cardiff_tmyx_hourly.parquet")
    month = table["month"].reshape(365, 24)[:, 0]
    return Year(
        51.483,
        -3.183,
        np.arange(1.0, 366.0),
        table["ghi_wh_m2"].reshape(365, 24).astype(float),
        table["temp_c"].reshape(365, 24).astype(float),
        np.concatenate([[False], month[1:] == month[:-1]]),
        0.5,
    )


def belgium() -> Year:
    """Belgium in 2024 (Open-Meteo archive). Place not given by the source: Uccle's is assumed."""
    table = columns("weather/be_openmeteo_archive_2024_hourly.parquet")
    # An hour is labelled with its end, so the first hour of a day carries 01:00.
    hours = (len(table["temp_c"]) - 1) // 24 * 24
    ghi, temperature = (
        table[name][1 : hours + 1].reshape(-1, 24).astype(float) for name in ("ghi_w_m2", "temp_c")
    )
    days = len(ghi)
    return Year(50.81, 4.34, (np.arange(days) - 1) % 366 + 1.0, ghi, temperature, np.arange(days) > 0)


def clear_index(year: Year) -> Array:
    """Hourly index ``[days, 24]``, NaN where the sun is low."""
    minute = (np.arange(24 * 12) + 0.5) / 12.0 + year.sun_shift_hours
    cosine, _ = sun_position(
        year.day_of_year[:, None], minute[None, :], year.latitude_deg, year.longitude_deg
    )
    clear = clear_sky_w_m2(cosine).reshape(-1, 24, 12).mean(axis=2)
    return np.where(
        cosine.reshape(-1, 24, 12).mean(axis=2) > LOWEST_COS_ZENITH,
        year.ghi_w_m2 / np.maximum(clear, 1.0),
        np.nan,
    )


def month_laws(index: Array, day_of_year: Array) -> Array:
    """Quantiles of the index around each month, ``[12, levels]``, months either side counted in."""
    laws = []
    for month in range(12):
        distance = np.abs((day_of_year - (15.2 + 30.437 * month) + 182.6) % 365.25 - 182.6)
        laws.append(np.nanquantile(index[distance <= 30.0], LEVELS))
    return np.array(laws)


def standing(index: Array, day_of_year: Array) -> Array:
    """Normal score of each hour among those of the days around it."""
    out = np.full_like(index, np.nan)
    for row, day in enumerate(day_of_year):
        near = np.abs((day_of_year - day + 182.6) % 365.25 - 182.6) <= 30.0
        pool = np.sort(index[near][~np.isnan(index[near])])
        known = ~np.isnan(index[row])
        rank = np.clip(np.searchsorted(pool, index[row, known]), 0, len(pool) - 1)
        out[row, known] = ndtri((rank + 0.5) / len(pool))
    return out


def fast_correlation() -> dict[float, float]:
    """Correlation of the standing over quarter-hours in Belgium 2019 (satellite: levels are low, so only the
    shape is used)."""
    table = columns("weather/uccle_nsrdb_2019_15min.parquet", ["ghi_w_m2"])
    ghi = table["ghi_w_m2"].astype(float).reshape(365, 96)
    cosine, _ = sun_position(np.arange(1.0, 366.0)[:, None], np.arange(96)[None, :] / 4.0, 50.81, 4.34)
    index = np.where(cosine > 0.2, ghi / np.maximum(clear_sky_w_m2(cosine), 1.0), np.nan)
    z = standing(index, np.arange(1.0, 366.0))
    hour = float(np.nanmean(z[:, 4:] * z[:, :-4]))
    return {lag / 4.0: float(np.nanmean(z[:, lag:] * z[:, :-lag])) / hour for lag in (1, 2, 3)}


def fit_sky(z: Array, consecutive: NDArray[np.bool_]) -> dict[str, object]:
    """Shares and memories of the process behind the clearness."""
    variance = float(np.nanmean(z**2))
    lags, values = [], []
    for lag in range(1, 9):
        lags.append(float(lag))
        values.append(float(np.nanmean(z[:, lag:] * z[:, :-lag])) / variance)
    for hours, ratio in fast_correlation().items():
        lags.append(hours)
        values.append(min(ratio * values[0], 0.99))
    linked = consecutive.copy()
    for day in (1, 2, 3, 5):
        reach = (
            linked[day:].copy()
            if day == 1
            else np.array([consecutive[k : k + day].all() for k in range(1, len(z) - day + 1)])
        )
        early, late = z[:-day][reach], z[day:][reach]
        for shift in (
            -4,
            -2,
            2,
            4,
        ):  # not 0: what the hour of the day has in common comes from clear-sky model and horizon
            lags.append(24.0 * day + shift)
            values.append(float(np.nanmean(np.roll(late, -shift, axis=1) * early)) / variance)
    lag, value = np.array(lags), np.array(values)
    within, slow = np.array([0.5, 2.0, 6.0]), np.array([0.6, 2.5])
    basis = np.stack(
        [np.exp(-lag / tau) for tau in within] + [np.exp(-lag / 24.0 / tau) for tau in slow], axis=1
    )
    share = nonnegative_least_squares(np.vstack([basis, 3 * np.ones(5)]), np.append(value, 3.0))
    miss = float(np.sqrt(np.mean((basis @ share - value) ** 2)))
    print(f"    sky: shares {share.round(3)}, autocorrelation missed by {miss:.3f}")
    share = share / share.sum()
    return {"within_share": share[:3], "within_hours": within, "slow_share": share[3:], "slow_days": slow}


def harmonics(values: Array, day_of_year: Array, pairs: int) -> Array:
    """Least squares of constant and pairs of cosine and sine of the year."""
    angle = 2.0 * np.pi * (day_of_year - 0.5) / 365.2425
    design = np.stack(
        [np.ones_like(angle)] + [f(k * angle) for k in range(1, pairs + 1) for f in (np.cos, np.sin)], axis=1
    )
    return np.linalg.lstsq(design, values, rcond=None)[0]


def value_of(coefficients: Array, day_of_year: Array) -> Array:
    """The fitted course."""
    angle = 2.0 * np.pi * (day_of_year - 0.5) / 365.2425
    out = np.full_like(angle, coefficients[0])
    for k in range(1, (len(coefficients) + 1) // 2):
        out += coefficients[2 * k - 1] * np.cos(k * angle) + coefficients[2 * k] * np.sin(k * angle)
    return out


def fit_temperature(year: Year, z: Array) -> dict[str, object]:
    """Yearly course, anomaly, swing over the day and what a clear sky does to each."""
    daily, day = year.temperature_c.mean(axis=1), year.day_of_year
    mean = harmonics(daily, day, 2)
    rest = daily - value_of(mean, day)
    sky = np.nan_to_num(np.nanmean(z, axis=1))
    sky = (sky - sky.mean()) / sky.std()
    angle = 2.0 * np.pi * (day - 0.5) / 365.2425
    design = np.stack([sky, sky * np.cos(angle), sky * np.sin(angle)], axis=1)
    on_mean = np.linalg.lstsq(design, rest, rcond=None)[0]
    own = rest - design @ on_mean
    spread = harmonics(np.abs(own) * np.sqrt(np.pi / 2.0), day, 1)
    unit = own / value_of(spread, day)
    linked = year.consecutive[1:]
    memory = float((unit[1:] * unit[:-1])[linked].mean() / (unit**2).mean())
    spread *= float(unit.std())
    middle = 0.5 * (
        year.temperature_c + np.roll(year.temperature_c, 1, axis=1)
    )  # mean of an hour from its two ends
    middle[:, 0] = year.temperature_c[:, 0]
    drift = (np.arange(24) - 11.5) / 24.0
    trend = np.gradient(daily)[:, None] * drift[None, :]
    course = middle - middle.mean(axis=1, keepdims=True) - trend
    month = np.minimum(((day - 1) / 30.5).astype(int), 11)
    shape = np.stack(
        [course[np.isin(month, [(m - 1) % 12, m, (m + 1) % 12])].mean(axis=0) for m in range(12)]
    )
    shape -= shape.mean(axis=1, keepdims=True)
    width = shape.max(axis=1) - shape.min(axis=1)
    shape /= width[:, None]
    swing = (course * shape[month]).sum(axis=1) / (shape[month] ** 2).sum(axis=1)
    swing_mean = harmonics(swing, day, 1)
    left = swing - value_of(swing_mean, day)
    on_swing = np.linalg.lstsq(design, left, rcond=None)[0]
    wander = course - swing[:, None] * shape[month]
    memory_hour = float((wander[:, 1:] * wander[:, :-1]).mean() / (wander**2).mean())
    print(f"    temperature: memory {memory:.2f}, deviation {rest.std():.2f} K")
    return {
        "temperature_mean": mean,
        "temperature_spread": spread,
        "temperature_memory": memory,
        "sky_on_temperature": on_mean,
        "swing_mean": swing_mean,
        "sky_on_swing": on_swing,
        "swing_shape": shape,
        "noise_variance": float((wander**2).mean()),
        "noise_hours": -1.0 / np.log(memory_hour),
        "design_temperature_c": float(np.quantile(daily, 0.01)),
    }


def fit_site(year: Year) -> dict[str, object]:
    """All parameters of a site."""
    index = clear_index(year)
    z = standing(index, year.day_of_year)
    return {
        "latitude_deg": year.latitude_deg,
        "longitude_deg": year.longitude_deg,
        "clear_index_levels_z": ndtri(LEVELS),
        "clear_index_quantiles": month_laws(index, year.day_of_year),
        "sky": fit_sky(z, year.consecutive),
        **fit_temperature(year, z),
    }

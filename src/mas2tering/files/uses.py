"""Where a community uses profiles, what for, and whether what the file holds fits that."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.community import Community, SiteWeather
from mas2tering.domain.devices import (
    AirConditioning,
    Device,
    FixedLoad,
    HeatPump,
    HotWater,
    House,
    MicroChp,
    PvPlant,
    Tank,
    WindTurbine,
)
from mas2tering.domain.profiles import (
    ConstantProfile,
    DailyProfile,
    FileProfile,
    ProfileError,
    ProfileReader,
    ProfileSource,
    Series,
    series_on,
)
from mas2tering.domain.tariffs import DynamicPrice, Tariff
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.files.grid import skipped_by_clock
from mas2tering.files.problems import Finding
from mas2tering.files.published import Location
from mas2tering.files.wording import counted, found, one_of

FloatArray = NDArray[np.float64]
_POWER = ("kW", "kWh", "W")


@dataclass(frozen=True)
class Purpose:
    """What a profile is for: the units that make sense, and the range of its values (in any of these)."""

    name: str
    units: tuple[str, ...]
    least: float | None = None
    most: float | None = None
    hint: str = ""


# 100 MW even in W, and a price that no currency knows: what lies beyond is a slip of the keyboard.
_HUGE, _DEAR = 1e8, 1e9
LOAD = Purpose("a load", _POWER, least=-_HUGE, most=_HUGE)
GAINS = Purpose("heat gains", _POWER, least=-_HUGE, most=_HUGE)
HEAT_DEMAND = Purpose("a heat demand", _POWER, least=0, most=_HUGE)
_POSITIVE = " (generation is positive here)"
SUN = Purpose("available generation", (*_POWER, "kW_per_kWp"), least=0, most=_HUGE, hint=_POSITIVE)
WIND = Purpose("available generation", (*_POWER, "factor"), least=0, most=_HUGE, hint=_POSITIVE)
OUTDOORS = Purpose("an outdoor temperature", ("degC",), least=-60, most=60, hint=" degrees Celsius")
IRRADIANCE = Purpose("an irradiance", ("W_per_m2",), least=0, most=1600, hint=" W/m2 on the horizontal")
PERFORMANCE = Purpose("a performance figure", ("factor",), least=0.1, most=20)
PRICE = Purpose("a market price", ("per_kWh", "per_MWh"), least=-_DEAR, most=_DEAR)


@dataclass(frozen=True)
class Use:
    """A profile at its place in the document."""

    location: Location
    source: ProfileSource
    purpose: Purpose
    rating: tuple[str, float | None] = ("", None)


def community_uses(community: Community) -> Iterator[Use]:
    """All profiles of a community."""
    if community.weather is not None:
        yield from weather_uses(community.weather)
    for k, tariff in enumerate(community.tariffs):
        yield from tariff_uses(("tariffs", k), tariff)
    for k, home in enumerate(community.homes):
        for j, device in enumerate(home.devices):
            yield from device_uses(("homes", k, "devices", j), device)


def weather_uses(weather: SiteWeather) -> Iterator[Use]:
    """The profiles of a place's weather."""
    yield Use(("weather", "irradiance"), weather.irradiance, IRRADIANCE)
    yield Use(("weather", "temperature"), weather.temperature, OUTDOORS)


def tariff_uses(location: Location, tariff: Tariff) -> Iterator[Use]:
    """The market prices of a tariff."""
    for side, price in (("import_price", tariff.import_price), ("export_price", tariff.export_price)):
        if isinstance(price, DynamicPrice):
            yield Use((*location, side, "market"), price.market, PRICE)


def device_uses(location: Location, device: Device) -> Iterator[Use]:
    """The profiles of a device."""
    match device:
        case FixedLoad():
            yield Use((*location, "profile"), device.profile, LOAD)
        case PvPlant():
            yield Use((*location, "profile"), device.profile, SUN, ("peak_power_kwp", device.peak_power_kwp))
        case WindTurbine():
            yield Use((*location, "profile"), device.profile, WIND, ("rated_power_kw", device.rated_power_kw))
        case HeatPump():
            yield from _performance(
                (*location, "coefficient_of_performance"), device.coefficient_of_performance
            )
            yield from _store((*location, "store"), device.store)
        case AirConditioning():
            yield from _performance((*location, "energy_efficiency_ratio"), device.energy_efficiency_ratio)
            yield from _store((*location, "store"), device.store)
        case HotWater() | MicroChp():
            yield from _store((*location, "store"), device.store)


def _performance(location: Location, source: float | ProfileSource) -> Iterator[Use]:
    if not isinstance(source, float):
        yield Use(location, source, PERFORMANCE)


def _store(location: Location, store: Tank | House) -> Iterator[Use]:
    if isinstance(store, Tank):
        yield Use((*location, "demand"), store.demand, HEAT_DEMAND)
        return
    yield Use((*location, "outdoor_temperature"), store.outdoor_temperature, OUTDOORS)
    if store.gains is not None:
        yield Use((*location, "gains"), store.gains, GAINS)


@dataclass(frozen=True)
class Checked:
    """What became of a use: mistakes, and what is legal but worth a word."""

    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()


def check_use(use: Use, reader: ProfileReader, zone: str | None, axis: TimeAxis | None) -> Checked:
    """Check a profile's unit and values; one from a file is read whole, and must cover ``axis`` if any."""
    findings = list(_unit_findings(use))
    source = use.source
    if not isinstance(source, FileProfile):
        values = np.atleast_1d(
            np.asarray(
                source.daily if isinstance(source, DailyProfile) else source.constant, dtype=np.float64
            )
        )
        if not findings:
            findings += _range_findings(use, values, partial(_daily_place, source))
        return Checked(tuple(findings), tuple(() if findings else _value_notes(use, values, "it")))
    try:
        series = reader.series(source)
    except ProfileError as error:
        return Checked((*findings, Finding(use.location, error.found, error.expected)))
    notes: list[str] = []
    if not findings:
        known = series.values[series.known]
        findings += _range_findings(use, series.values, partial(_series_place, series))
        notes += _value_notes(use, known, series.name)
    gap = list(_gap_findings(use, source, series, zone, notes))
    findings += gap
    if axis is not None and not gap:
        try:
            # What is covered does not depend on the values, which may be beyond all reckoning.
            series_on(axis, replace(series, values=np.zeros(len(series.values))), source.gaps)
        except ProfileError as error:
            expected = f"{error.expected} (the day of first_day)"
            findings.append(Finding(use.location, error.found, expected))
    return Checked(tuple(findings), tuple(notes))


def _unit_findings(use: Use) -> Iterator[Finding]:
    unit, (rating, size) = use.source.unit, use.rating
    at = (*use.location, "unit")
    if unit not in use.purpose.units:
        yield Finding(at, f"{found(unit)} for {use.purpose.name}", one_of(use.purpose.units))
    elif isinstance(use.source, ConstantProfile) and unit == "kWh":
        yield Finding(at, '"kWh" for a constant, which would depend on the length of a step', "kW or W")
    elif unit in ("kW_per_kWp", "factor") and rating and size is None:
        yield Finding(
            (*use.location[:-1], rating),
            f'nothing, while the profile has unit "{unit}"',
            "the rating that it multiplies",
        )


def _range_findings(use: Use, values: FloatArray, place: partial[str]) -> Iterator[Finding]:
    purpose = use.purpose
    limits: list[tuple[NDArray[np.bool_], str, str]] = []
    if purpose.least is not None:
        limits.append((values < purpose.least, f"below {purpose.least:g}", f"{purpose.least:g} or more"))
    if purpose.most is not None:
        limits.append((values > purpose.most, f"above {purpose.most:g}", f"{purpose.most:g} or less"))
    for wrong, word, expected in limits:
        k = np.flatnonzero(wrong)
        if len(k):
            where, count = place(int(k[0])), counted(len(k), "value")
            seen = f"{values[k[0]]:.6g} {where} for {purpose.name} ({count} {word})"
            yield Finding(use.location, seen, f"{expected}{purpose.hint}")


def _daily_place(source: ProfileSource, k: int) -> str:
    if not isinstance(source, DailyProfile):
        return "at all times"
    minutes = k * 1440 // len(source.daily)
    return f"at {minutes // 60:02}:{minutes % 60:02}"


def _series_place(series: Series, k: int) -> str:
    when = np.datetime64(series.start.replace(tzinfo=None), "m") + k * np.timedelta64(
        series.step_minutes, "m"
    )
    return f"at {when} ({series.clock} clock) in {series.name}"


def _gap_findings(
    use: Use, source: FileProfile, series: Series, zone: str | None, notes: list[str]
) -> Iterator[Finding]:
    gap = ~series.known
    if not gap.any():
        return
    if zone is not None:
        gap &= ~skipped_by_clock(series, zone)
    count = int(gap.sum())
    if not series.known.any():
        yield Finding(use.location, f"{series.name} without any value", "numbers")
    elif count and source.gaps == "refuse":
        first = _series_place(series, int(np.argmax(gap))).split(" in ")[0]
        where = f"{series.name} with {counted(count, 'missing value')} of {len(gap)}, the first {first}"
        rules = 'gaps = "hold", "interpolate", "previous_day" or "zero"'
        yield Finding(use.location, where, f"a value at every step, or a rule that fills gaps: {rules}")
    elif count:
        notes.append(
            f"{series.name}: {counted(count, 'missing value')} of {len(gap)}, "
            f'filled by the rule gaps = "{source.gaps}"'
        )


def _value_notes(use: Use, values: FloatArray, name: str) -> Iterator[str]:
    if not len(values):
        return
    unit, highest, lowest = use.source.unit, float(values.max()), float(values.min())
    size = max(highest, -lowest)
    if use.purpose is LOAD and lowest < 0:
        count = counted(int((values < 0).sum()), "value")
        yield f"{name}: {count} below 0 in a load (is there generation behind the meter?)"
    if use.purpose is PRICE and unit == "per_kWh" and size > 5:
        yield f"{name}: prices up to {size:g} per kWh (or is the unit per_MWh?)"
    if use.purpose is PRICE and unit == "per_MWh" and 0 < size < 2:
        yield f"{name}: prices up to {size:g} per MWh (or is the unit per_kWh?)"
    if use.purpose.units[:3] == _POWER and unit in ("kW", "kWh") and size > 500:
        yield f"{name}: values up to {size:g} {unit} in a home (or is the unit W?)"
    if use.purpose in (SUN, WIND) and unit == "kW_per_kWp" and highest > 1.5:
        yield f"{name}: {highest:g} kW per kWp (or is the unit kW?)"
    rating, rated = use.rating
    if rated is not None and unit in _POWER:
        yield f"{name}: its unit is {unit}, so {rating} = {rated:g} does not scale it"

"""A whole community: loads, weather, owners and their devices, tariffs, connections."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.community import Community, Connection, Home, SiteWeather
from mas2tering.domain.contracts import SupplyContract
from mas2tering.domain.devices import Device, FixedLoad
from mas2tering.domain.profiles import FileProfile, Series, SeriesTable, Unit
from mas2tering.study import population
from mas2tering.study.generator import devices
from mas2tering.study.generator.market import day_ahead_price_per_mwh, day_ahead_source
from mas2tering.study.generator.scenarios import Ownership, Scenario, draw_ownership
from mas2tering.study.generator.sites import MARKET, SITES, Site

FloatArray = NDArray[np.float64]
IRRADIANCE, OUTDOORS = "global_irradiance", "outdoor_temperature"
"""Columns of the weather beside a generated community."""
_APPLIANCE_SHARES = {"washing_machine": 0.95, "dishwasher": 0.55, "tumble_dryer": 0.45}


@dataclass(frozen=True)
class GeneratedCommunity:
    """A community with the series that its profiles name; ``notes`` are what who runs it should know."""

    community: Community
    profiles: SeriesTable
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class MeasuredLoads:
    """Loads that take the place of generated ones: one series and one name a home, and sentences about where
    they are from."""

    ids: tuple[str, ...]
    series: tuple[Series, ...]
    sources: tuple[str, ...]
    customers: tuple[str, ...] = ()
    phases: tuple[Literal["A", "B", "C"], ...] = ()


@dataclass(frozen=True)
class _Samples:
    """All that is drawn for a community, before it becomes devices."""

    dates: tuple[date, ...]
    own: Ownership
    vehicles: population.Vehicles
    vehicle_days: population.VehicleDays
    dwellings: population.Dwellings
    appliances: population.Appliances
    starts: dict[str, FloatArray]
    has_appliance: dict[str, NDArray[np.bool_]]
    roofs: population.Roofs


def generate_community(
    site_name: str,
    homes: int,
    scenario: Scenario,
    seed: int,
    first_day: date,
    days: int = 1,
    measured: MeasuredLoads | None = None,
) -> GeneratedCommunity:
    """A community of ``homes`` at a site in a scenario, with profiles for ``days`` days (and the morning
    after the last).

    With ``measured`` loads, homes own the devices of the scenario too; of those that get appliances as
    devices, what these are expected to draw is taken out of the measured load, as it is of generated ones.

    Raises:
        ValueError: no homes, or a site that is not there.
    """
    if homes < 1:
        raise ValueError("a community without homes; expected at least one")
    if site_name not in SITES:
        raise ValueError(f"no site {site_name!r}; expected one of {', '.join(SITES)}")
    site = SITES[site_name]
    dates = tuple(first_day + timedelta(days=k) for k in range(days + 1))
    samples = _draw(site, homes, scenario, seed, dates)
    series: dict[tuple[str, str], Series] = {}
    columns = _Columns(series, dates[0])
    weather = population.sample_weather(site.name, dates, seed, utc_offset_hours=_utc_offsets(site, dates))
    latitude, longitude = population.place_deg(site.name)
    here = SiteWeather(
        latitude_deg=latitude,
        longitude_deg=longitude,
        irradiance=devices.file_profile(columns.add(IRRADIANCE, weather.ghi_w_m2, "W_per_m2"), "W_per_m2"),
        temperature=devices.file_profile(columns.add(OUTDOORS, weather.temperature_c, "degC"), "degC"),
    )
    if site.has_market:
        columns.add(MARKET.column, day_ahead_price_per_mwh(dates, seed), MARKET.unit)
    built = _homes(site, homes, seed, samples, weather, columns, measured)
    notes = _notes(samples, measured, columns)
    community = Community(
        name=f"{site.title}, {homes} homes, scenario {scenario.name}"
        if measured is None
        else measured.sources[0],
        currency=site.currency,
        time_zone=site.time_zone,
        first_day=first_day,
        local_charges=site.local_charges,
        sources=(*_sources(site, scenario, measured), *notes),
        tariffs=site.tariffs,
        homes=built,
        weather=here,
    )
    return GeneratedCommunity(community, SeriesTable(series), notes)


def _draw(site: Site, homes: int, scenario: Scenario, seed: int, dates: tuple[date, ...]) -> _Samples:
    own = draw_ownership(scenario, homes, seed)
    appliances = population.sample_appliances(homes, seed)
    vehicles = population.sample_vehicles(homes, seed)
    random = np.random.default_rng([seed, 102])
    has = {
        name: (random.random(homes) < share) & own.smart_appliances
        for name, share in _APPLIANCE_SHARES.items()
    }
    return _Samples(
        dates=dates,
        own=own,
        vehicles=vehicles,
        vehicle_days=population.vehicle_days(vehicles, dates),
        dwellings=population.sample_dwellings(homes, seed, population.design_temperature_c(site.name)),
        appliances=appliances,
        starts=population.appliance_starts(appliances, dates),
        has_appliance=has,
        roofs=population.sample_roofs(homes, seed),
    )


@dataclass
class _Columns:
    """Series under way: local clock, from the first date on."""

    series: dict[tuple[str, str], Series]
    first_day: date

    def add(self, column: str, values: FloatArray, unit: Unit) -> str:
        """Add values of shape (days, steps of a day); returns the column's name."""
        flat = np.round(values.ravel(), 5)
        self.series[devices.PROFILES_FILE, column] = Series(
            name=f"{devices.PROFILES_FILE}:{column}",
            start=datetime.combine(self.first_day, time()),
            step_minutes=1440 // values.shape[-1],
            values=flat,
            known=np.ones(len(flat), dtype=bool),
            unit=unit,
            clock="local",
        )
        return column


def _homes(
    site: Site,
    homes: int,
    seed: int,
    samples: _Samples,
    weather: population.Weather,
    columns: _Columns,
    measured: MeasuredLoads | None,
) -> tuple[Home, ...]:
    removed = population.expected_appliance_kw(samples.appliances, samples.has_appliance)
    if measured is None:
        households = population.sample_households(site.load_population, homes=homes, seed=seed)
        loads = population.base_load_kw(households, samples.dates, removed_kw=removed)
        ids = tuple(f"home_{k + 1:0{len(str(homes))}d}" for k in range(homes))
    else:
        loads, ids = None, measured.ids
    heat = _heat_columns(samples, weather, columns, ids)
    shares = population.pv_kw_per_kwp(
        weather, samples.roofs.tilt_deg, samples.roofs.azimuth_deg, samples.roofs.shading
    )
    built = []
    for k in range(homes):
        random = np.random.default_rng([seed, 103, k])
        owned: list[Device] = []
        if loads is not None:
            owned.append(
                FixedLoad(
                    id="base_load",
                    profile=devices.file_profile(columns.add(f"{ids[k]}_load", loads[k], "kW"), "kW"),
                )
            )
        elif measured is not None:
            owned.append(_measured_load(measured, k, columns, removed[k]))
        if samples.own.pv[k]:
            owned.append(
                devices.roof(
                    float(samples.roofs.peak_kw[k]), columns.add(f"{ids[k]}_pv", shares[k], "kW_per_kWp")
                )
            )
        owned.extend(_owned(site, samples, k, random, heat.get(k, {})))
        built.append(_home(site, ids[k], k, homes, random, owned, measured))
    return tuple(built)


def _measured_load(
    measured: MeasuredLoads, home: int, columns: _Columns, removed_kw: FloatArray
) -> FixedLoad:
    series = without_appliances(measured.series[home], removed_kw)
    columns.series[devices.PROFILES_FILE, f"{measured.ids[home]}_load"] = series
    source = FileProfile(
        file=devices.PROFILES_FILE, column=f"{measured.ids[home]}_load", unit=series.unit, clock=series.clock
    )
    return FixedLoad(id="base_load", profile=source)


def without_appliances(series: Series, removed_kw: FloatArray) -> Series:
    """A measured load in kWh on whole days from midnight on, without appliances that become devices.

    ``removed_kw`` has shape (2, 24): what they are expected to draw on workdays and at weekends, by hour.
    """
    if not removed_kw.any():
        return series
    hours, per_day = series.step_minutes / 60, 1440 // series.step_minutes
    load_kw = np.where(series.known, series.values / hours, np.nan).reshape(-1, per_day)
    dates = [series.start.date() + timedelta(days=k) for k in range(len(load_kw))]
    left = population.without_appliances_kw(load_kw, dates, removed_kw).ravel() * hours
    return replace(series, values=np.where(series.known, left, 0.0))


def _notes(samples: _Samples, measured: MeasuredLoads | None, columns: _Columns) -> tuple[str, ...]:
    """What became of the appliances inside measured loads, in one sentence."""
    if measured is None:
        return ()
    removed = population.expected_appliance_kw(samples.appliances, samples.has_appliance)
    owners = np.flatnonzero(removed.sum(axis=(1, 2)) > 0)
    if not len(owners):
        return ("Measured loads hold the homes' own appliances; none of them is a device that may be moved.",)
    drawn = float((removed[owners].sum(axis=2) @ np.array([5.0, 2.0]) / 7).mean())
    given = 0.0
    for k in owners:
        before = measured.series[k]
        after = columns.series[devices.PROFILES_FILE, f"{measured.ids[k]}_load"]
        days = len(before.values) * before.step_minutes / 1440
        given += float((before.values - after.values).sum()) / days / len(owners)
    return (
        f"In {len(owners)} of {len(removed)} homes washing machine, dishwasher or dryer are devices that may be moved. Of the {drawn:.2f} "
        f"kWh a day and home that these are expected to draw, {given:.2f} were found in the measured loads and taken out of them (at most "
        "80 % of what lies above a home's floor).",
    )


def _owned(
    site: Site, samples: _Samples, home: int, random: np.random.Generator, heat: dict[str, str]
) -> list[Device]:
    """Battery, car, heat and appliances of a home, as far as it owns them."""
    own, owned = samples.own, list[Device]()
    if own.battery[home]:
        owned.append(devices.battery(random, float(samples.roofs.peak_kw[home]) if own.pv[home] else None))
    if own.electric_vehicle[home]:
        car = devices.vehicle(
            samples.vehicles,
            samples.vehicle_days,
            home,
            samples.dates,
            discharges=bool(own.vehicle_to_grid[home]),
        )
        owned.extend([car] if car is not None else [])
    if "house" in heat:
        owned.append(
            devices.heat_pump_with_house(samples.dwellings, home, heat["cop"], OUTDOORS, heat["house"])
        )
        owned.append(devices.hot_water(samples.dwellings, home, heat["water"]))
    elif "tank" in heat:
        owned.append(devices.heat_pump_with_tank(samples.dwellings, home, heat["cop"], heat["tank"]))
    elif "chp" in heat:
        owned.append(devices.micro_chp(samples.dwellings, home, heat["chp"], site.fuel_price_per_kwh))
    has = {name: bool(owners[home]) for name, owners in samples.has_appliance.items()}
    owned.extend(
        devices.programmes(
            samples.appliances, samples.starts, home, samples.dates, has, devices.Habits.draw(random)
        )
    )
    return owned


def _heat_columns(
    samples: _Samples, weather: population.Weather, columns: _Columns, ids: Sequence[str]
) -> dict[int, dict[str, str]]:
    """Series of heat demand and performance for the homes with a heat pump or a micro-CHP: names by what they
    are for."""
    space = population.space_heat_kw(samples.dwellings, weather.temperature_c)
    water = population.hot_water_kw(samples.dwellings, samples.dates)
    flow = population.flow_temperature_c(samples.dwellings, weather.temperature_c)
    found: dict[int, dict[str, str]] = {}
    for k in map(int, np.flatnonzero(samples.own.heat_pump | samples.own.micro_chp)):
        home = ids[k]
        if samples.own.micro_chp[k]:
            found[k] = {"chp": columns.add(f"{home}_heat", space[k] + water[k], "kW")}
            continue
        cop = columns.add(f"{home}_cop", population.heat_pump_cop(weather.temperature_c, flow[k]), "factor")
        if k % 2:
            found[k] = {"cop": cop, "tank": columns.add(f"{home}_heat", space[k] + water[k], "kW")}
        else:
            gains = columns.add(
                f"{home}_gains",
                np.full(space[k].shape, 0.07 * float(samples.dwellings.people[k]) + 0.1),
                "kW",
            )
            found[k] = {
                "cop": cop,
                "house": gains,
                "water": columns.add(f"{home}_water", water[k], "kW"),
            }
    return found


def _home(
    site: Site,
    home_id: str,
    index: int,
    homes: int,
    random: np.random.Generator,
    owned: list[Device],
    measured: MeasuredLoads | None,
) -> Home:
    tariff = site.tariffs[int(random.choice(len(site.tariffs), p=site.tariff_shares))]
    fuse = float(random.choice([kw for kw, _ in site.fuses_kw], p=[share for _, share in site.fuses_kw]))
    phase = ("A", "B", "C")[int(np.searchsorted(np.cumsum(site.phase_shares), (index + 0.5) / homes))]
    three_phase = bool(random.random() < site.three_phase_share)
    connection = Connection(fuse_kw=fuse, phases="ABC" if three_phase else _phase(phase))
    customer = None
    if measured is not None and measured.phases:
        connection = Connection(fuse_kw=fuse, phases=measured.phases[index])
        customer = measured.customers[index]
    return Home(
        id=home_id,
        connection=connection,
        supply=SupplyContract(tariff=tariff.id),
        customer=customer,
        devices=tuple(owned),
    )


def _phase(name: str) -> Literal["A", "B", "C"]:
    return "A" if name == "A" else "B" if name == "B" else "C"


def _utc_offsets(site: Site, dates: Sequence[date]) -> list[float]:
    zone = ZoneInfo(site.time_zone)
    noons = (datetime.combine(day, time(12), tzinfo=zone) for day in dates)
    return [
        (offset.total_seconds() if (offset := noon.utcoffset()) is not None else 0.0) / 3600 for noon in noons
    ]


def _sources(site: Site, scenario: Scenario, measured: MeasuredLoads | None) -> tuple[str, ...]:
    made = (
        f"Scenario {scenario.name} ({scenario.description}): shares of homes that own an asset are assumed, the same homes own it in "
        "every later scenario.",
        "Weather, heat demand, electric vehicles and appliances are generated from statistics of measured data (docs/generated-homes.md).",
        *site.sources,
    )
    if site.has_market:
        made = (*made, day_ahead_source())
    if measured is not None:
        return (*measured.sources, *made)
    return (
        f"Base loads are generated from the statistics of measured homes, population '{site.load_population}'.",
        *made,
    )

"""Statistical models of homes, from which communities are generated.

Everything is numpy; parameters are package data (`calibration.json`, distributions only) and every draw comes
from ``numpy.random.default_rng`` on a seed sequence of (seed, stream, home or block of days). So home ``i``
is the same whatever the number of homes asked for, and a date is the same whatever other dates are asked for.

Time: a day is 96 quarter-hours of local wall clock, as if it had 24 hours. The caller repeats or drops the
hour of a clock change. Arrays are ``[homes, days, 96]`` or ``[days, 96]`` of mean power over the quarter
(kW), consumption positive. `to_step` gives the same power at 5, 15, 30 or 60 min.

>>> from datetime import date
>>> from mas2tering.study import population
>>> days = [date(2013, 1, 16), date(2013, 1, 17)]
>>> homes = population.sample_households("uk", homes=3, seed=7)
>>> population.base_load_kw(homes, days).shape
(3, 2, 96)

Base load (`household_load`)
    ``sample_households(population, homes, seed) -> HouseholdSample`` (``yearly_kwh [homes]`` and what shapes
    a home; ``take(rows)``); ``base_load_kw(sample, dates, removed_kw=None) -> [homes, days, 96]``;
    populations ``uk nl ch be``. ``removed_kw [homes, 2, 24]`` (workday, weekend; local hour) is the expected
    power of devices that the caller puts into the home by itself: it is taken out where it would have run, so
    that the home's energy stays calibrated. For washing machine, dishwasher and dryer it comes from
    ``expected_appliance_kw``. Electric vehicles, heat pumps, PV and micro-CHP are added on top and nothing is
    taken out for them (the measured homes had next to none; the Swiss had).
Weather and PV (`weather`, `photovoltaics`)
    ``sample_weather(site, dates, seed, utc_offset_hours=0.0) -> Weather`` (``temperature_c``, ``ghi_w_m2``,
    ``dhi_w_m2``, ``dni_w_m2`` …: all ``[days, 96]``), sites ``cardiff belgium``;
    ``design_temperature_c(site)``; ``sample_roofs(homes, seed) -> Roofs`` (``peak_kw``, ``tilt_deg``,
    ``azimuth_deg`` clockwise from north, ``shading``); ``pv_kw_per_kwp(weather, tilt_deg, azimuth_deg,
    shading) -> [roofs, days, 96]``, positive generation per kW of modules.
Electric vehicles (`electric_vehicles`)
    ``sample_vehicles(homes, seed, three_phase=False) -> Vehicles`` (``charger_kw``, ``battery_kwh``);
    ``vehicle_days(vehicles, dates) -> VehicleDays`` (``drives``, ``leave_hour``, ``return_hour``,
    ``energy_kwh`` at the plug: ``[homes, days]``; the car leaves, comes home and then needs that energy
    before it leaves again); ``uncontrolled_charging_kw(vehicles, dates) -> [homes, days, 96]``.
Heating (`heating`)
    ``sample_dwellings(homes, seed, design_temperature_c) -> Dwellings`` (heat loss, heat capacity, time
    constant, people, hot water, heat pump and micro-CHP rating, flow temperature); ``space_heat_kw(dwellings,
    temperature_c [days, 96])`` and ``hot_water_kw(dwellings, dates)``, both heat ``[homes, days, 96]``;
    ``flow_temperature_c(dwellings, outdoor_c)``, ``heat_pump_cop(outdoor_c, flow_c)``.
Wet appliances (`appliances`)
    ``programmes(appliance, step_minutes) -> tuple[Programme, ...]`` (``power_kw``, ``share``, ``energy_kwh``)
    of ``washing_machine dishwasher tumble_dryer``; ``sample_appliances(homes, seed) -> Appliances``
    (``programme`` index and ``runs_per_week`` of each home); ``appliance_starts(appliances, dates) ->
    {appliance: [homes, days]}`` in hours of local clock, NaN where it does not run;
    ``expected_appliance_kw(appliances, owned) -> [homes, 2, 24]`` and ``appliance_load_kw(appliances, dates,
    owned) -> [homes, days, 96]`` with ``owned = {appliance: bool [homes]}``.
Measured loads (`measured_load`)
    ``without_appliances_kw(load_kw [days, steps], dates, removed_kw [2, 24]) -> [days, steps]``: the same for
    a measured home.
Agreement (`agreement`): distances between measured and generated loads, pure functions.
"""

from mas2tering.study.population.appliances import (
    APPLIANCES,
    Appliances,
    Programme,
    appliance_load_kw,
    appliance_starts,
    expected_appliance_kw,
    programmes,
    sample_appliances,
)
from mas2tering.study.population.electric_vehicles import (
    VehicleDays,
    Vehicles,
    sample_vehicles,
    uncontrolled_charging_kw,
    vehicle_days,
)
from mas2tering.study.population.heating import (
    Dwellings,
    flow_temperature_c,
    heat_pump_cop,
    hot_water_kw,
    sample_dwellings,
    space_heat_kw,
)
from mas2tering.study.population.household_load import HouseholdSample, base_load_kw, sample_households
from mas2tering.study.population.household_model import POPULATIONS
from mas2tering.study.population.measured_load import without_appliances_kw
from mas2tering.study.population.photovoltaics import Roofs, pv_kw_per_kwp, sample_roofs
from mas2tering.study.population.steps import QUARTERS, to_step
from mas2tering.study.population.weather import (
    SITES,
    Weather,
    design_temperature_c,
    mean_temperature_c,
    place_deg,
    sample_weather,
)

__all__ = [
    "APPLIANCES",
    "POPULATIONS",
    "QUARTERS",
    "SITES",
    "Appliances",
    "Dwellings",
    "HouseholdSample",
    "Programme",
    "Roofs",
    "VehicleDays",
    "Vehicles",
    "Weather",
    "appliance_load_kw",
    "appliance_starts",
    "base_load_kw",
    "design_temperature_c",
    "expected_appliance_kw",
    "flow_temperature_c",
    "heat_pump_cop",
    "hot_water_kw",
    "mean_temperature_c",
    "place_deg",
    "programmes",
    "pv_kw_per_kwp",
    "sample_appliances",
    "sample_dwellings",
    "sample_households",
    "sample_roofs",
    "sample_vehicles",
    "sample_weather",
    "space_heat_kw",
    "to_step",
    "uncontrolled_charging_kw",
    "vehicle_days",
    "without_appliances_kw",
]

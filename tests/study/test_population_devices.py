"""Weather, PV, vehicles, heat and appliances: physics holds, days stand by themselves, expectation meets the
draws."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.study import population
from mas2tering.study.population.sun import clear_sky_w_m2, sun_position

SEED = 3001
SUMMER = [date(2014, 6, 16) + timedelta(days=count) for count in range(14)]
WINTER = [date(2014, 12, 15) + timedelta(days=count) for count in range(14)]
YEAR = [date(2014, 1, 1) + timedelta(days=count) for count in range(365)]


@pytest.mark.parametrize("site", population.SITES)
def test_weather_of_a_year_is_that_of_the_site(site):
    weather = population.sample_weather(site, YEAR, SEED)
    yearly = weather.ghi_w_m2.sum() / 4000.0
    assert 950.0 < yearly < 1180.0  # data: 1079 (Cardiff), 1085 (Belgium) kWh/m2
    assert 10.0 < weather.temperature_c.mean() < 13.0
    assert np.all(weather.ghi_w_m2[weather.cos_zenith <= 0.0] == 0.0)
    assert np.all(weather.dhi_w_m2 <= weather.ghi_w_m2 + 1e-9)
    assert np.all(weather.ghi_w_m2 <= weather.extraterrestrial_w_m2 + 1e-9)
    beam = weather.dni_w_m2 * np.maximum(weather.cos_zenith, 0.0)
    seen = weather.cos_zenith > 0.02
    assert (weather.ghi_w_m2 - weather.dhi_w_m2)[seen] == pytest.approx(beam[seen])


@settings(max_examples=10)
@given(day=st.integers(0, 364), site=st.sampled_from(population.SITES), seed=st.integers(0, 10**9))
def test_a_date_has_the_same_weather_alone(day, site, seed):
    several = population.sample_weather(site, [YEAR[day - 1], YEAR[day], date(2016, 2, 29)], seed)
    alone = population.sample_weather(site, [YEAR[day]], seed)
    assert np.array_equal(alone.ghi_w_m2[0], several.ghi_w_m2[1])
    assert np.array_equal(alone.temperature_c[0], several.temperature_c[1])


def test_summer_time_moves_the_sun_an_hour_later():
    standard, summer = (population.sample_weather("cardiff", SUMMER, SEED, offset) for offset in (0.0, 1.0))
    assert summer.cos_zenith[:, 4:] == pytest.approx(standard.cos_zenith[:, :-4])


def test_the_sun_stands_where_the_almanac_says():
    # Greenwich, equinox of 20 March 2013: noon at about 12:07, as high as 90 degrees less the latitude.
    hours = np.arange(0.0, 24.0, 1.0 / 60.0)
    cosine, azimuth = sun_position(np.array(79.0), hours, 51.48, 0.0)
    noon = int(cosine.argmax())
    assert hours[noon] == pytest.approx(12.0 + 7.0 / 60.0, abs=0.03)
    assert np.rad2deg(np.arcsin(cosine[noon])) == pytest.approx(90.0 - 51.48, abs=0.5)
    assert azimuth[noon] == pytest.approx(180.0, abs=0.5)
    assert azimuth[noon - 240] < 130.0 < 230.0 < azimuth[noon + 240]
    assert clear_sky_w_m2(np.array([1.0, 0.0, -0.5])) == pytest.approx([1037.0, 0.0, 0.0], abs=1.0)


def test_pv_knows_season_tilt_and_inverter():
    summer, winter = (population.sample_weather("cardiff", days, SEED) for days in (SUMMER, WINTER))
    tilt, south, north = np.array([35.0]), np.array([180.0]), np.array([0.0])
    make = [population.pv_kw_per_kwp(weather, tilt, south).sum() for weather in (summer, winter)]
    assert make[0] > 3.0 * make[1] > 0.0
    assert population.pv_kw_per_kwp(winter, tilt, north).sum() < 0.5 * make[1]
    bright = population.pv_kw_per_kwp(summer, tilt, south, inverter_kw_per_kwp=0.5)
    assert bright.max() <= 0.5
    shaded = population.pv_kw_per_kwp(summer, tilt, south, np.array([0.2]))
    assert 0.78 * make[0] < shaded.sum() < 0.84 * make[0]  # cooler modules work a little better
    flat = population.pv_kw_per_kwp(summer, np.array([0.0, 0.0]), np.array([90.0, 270.0]))
    assert flat[0] == pytest.approx(flat[1])


def test_a_community_has_one_sky_and_many_roofs():
    roofs = population.sample_roofs(50, SEED)
    assert np.all((roofs.peak_kw >= 1.0) & (roofs.peak_kw <= 4.0))
    assert np.all((roofs.shading >= 0.0) & (roofs.shading <= 0.15))
    weather = population.sample_weather("belgium", YEAR[::5], SEED)
    energy = population.pv_kw_per_kwp(weather, roofs.tilt_deg, roofs.azimuth_deg, roofs.shading).mean(
        axis=(1, 2)
    )
    yearly = energy * 8760.0
    assert np.all((yearly > 550.0) & (yearly < 1150.0))
    assert 800.0 < yearly.mean() < 1050.0


def test_vehicles_leave_come_back_and_charge_what_they_need():
    vehicles = population.sample_vehicles(60, SEED)
    days = YEAR[:56]
    told = population.vehicle_days(vehicles, days)
    assert np.all(told.return_hour >= told.leave_hour + 1.0)
    assert np.all(told.energy_kwh <= 0.85 * vehicles.battery_kwh[:, None])
    assert np.all((told.energy_kwh > 0.0) == told.drives)
    assert set(vehicles.charger_kw) <= {3.7, 7.4}
    load = population.uncontrolled_charging_kw(vehicles, days)
    assert np.all(load <= vehicles.charger_kw[:, None, None] + 1e-9)
    # But for what runs over from the day before and into the day after, load is need.
    need = told.energy_kwh.sum()
    assert load.sum() / 4.0 == pytest.approx(need, rel=0.02)
    alone = population.uncontrolled_charging_kw(vehicles, days[20:21])
    assert np.array_equal(alone[:, 0], load[:, 20])


def test_three_phases_bring_faster_chargers():
    assert 11.0 in population.sample_vehicles(60, SEED, three_phase=True).charger_kw


def test_cold_needs_heat_and_a_heat_pump_works_harder_for_it():
    dwellings = population.sample_dwellings(200, SEED, population.design_temperature_c("cardiff"))
    air = np.repeat(np.array([[-5.0], [5.0], [14.0], [20.0]]), 96, axis=1)
    heat = population.space_heat_kw(dwellings, air).sum(axis=(0, 2))
    assert np.all(np.diff(heat) < 0.0)
    assert heat[-1] == 0.0
    flow = population.flow_temperature_c(dwellings, air)
    assert np.all(flow[:, 0].mean(axis=-1) > flow[:, 1].mean(axis=-1))
    cop = population.heat_pump_cop(air, flow)
    assert np.all((cop >= 1.0) & (cop < 7.0))
    assert np.all(np.diff(cop.mean(axis=(0, 2)))[:2] > 0.5)
    assert np.all(dwellings.heat_pump_kw >= 4.0)
    assert 15.0 < np.median(dwellings.time_constant_h) < 40.0


def test_heat_of_a_day_is_loss_times_degrees():
    dwellings = population.sample_dwellings(20, SEED)
    air = np.full((1, 96), 5.5)
    daily = population.space_heat_kw(dwellings, air).sum(axis=(1, 2)) / 4.0
    assert daily == pytest.approx(dwellings.heat_loss_kw_per_k * 10.0 * 24.0)


def test_hot_water_of_a_year_is_what_people_use():
    dwellings = population.sample_dwellings(100, SEED)
    drawn = population.hot_water_kw(dwellings, YEAR[::7])
    daily = drawn.sum(axis=2).mean(axis=1) / 4.0
    assert np.mean(daily / dwellings.hot_water_kwh_per_day) == pytest.approx(1.0, abs=0.03)
    assert np.all(drawn >= 0.0)
    assert np.mean(drawn > 0.1) < 0.6  # draws, not a steady trickle


@pytest.mark.parametrize("appliance", population.APPLIANCES)
def test_a_programme_has_the_same_energy_at_every_step(appliance):
    fine, coarse, hourly = (population.programmes(appliance, step) for step in (5, 15, 60))
    assert sum(programme.share for programme in fine) == pytest.approx(1.0, abs=1e-3)
    for several in zip(fine, coarse, hourly, strict=True):
        assert [p.energy_kwh for p in several] == pytest.approx([several[0].energy_kwh] * 3)
        assert 0.2 < several[0].energy_kwh < 3.5
        assert max(several[0].power_kw) < 2.6


def test_expected_appliances_are_the_mean_of_what_they_do():
    homes = 150
    appliances = population.sample_appliances(homes, SEED)
    rng = np.random.default_rng(1)
    owned = {name: rng.random(homes) < 0.7 for name in population.APPLIANCES}
    load = population.appliance_load_kw(appliances, YEAR[:70], owned)
    expected = population.expected_appliance_kw(appliances, owned)
    weekend = np.array([day.weekday() >= 5 for day in YEAR[:70]])
    for kind in (0, 1):
        hourly = load[:, weekend == kind].mean(axis=(0, 1)).reshape(24, 4).mean(axis=1)
        assert hourly.mean() == pytest.approx(expected[:, kind].mean(), rel=0.06)
        assert np.abs(hourly - expected[:, kind].mean(axis=0)).max() < 0.25 * hourly.max()


def test_starts_of_a_day_stand_by_themselves_and_nobody_starts_what_it_has_not():
    appliances = population.sample_appliances(30, SEED)
    starts = population.appliance_starts(appliances, YEAR[:30])
    alone = population.appliance_starts(appliances, YEAR[17:18])
    for name, hours in starts.items():
        assert np.array_equal(hours[:, 17:18], alone[name], equal_nan=True)
        known = hours[~np.isnan(hours)]
        assert np.all((known >= 0.0) & (known < 24.0))
        weekly = 7.0 * np.mean(~np.isnan(hours))
        assert weekly == pytest.approx(appliances.runs_per_week[name].mean(), rel=0.2)
    nobody = {name: np.zeros(30, dtype=bool) for name in population.APPLIANCES}
    assert population.appliance_load_kw(appliances, YEAR[:3], nobody).sum() == 0.0
    assert population.expected_appliance_kw(appliances, nobody).sum() == 0.0


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="no site 'oslo'"):
        population.sample_weather("oslo", SUMMER, SEED)
    with pytest.raises(ValueError, match="no appliance 'oven'"):
        population.programmes("oven")
    with pytest.raises(ValueError, match="multiple of 5"):
        population.programmes("dishwasher", 7)

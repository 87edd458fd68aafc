"""What a user may write: no unknown field, no boolean or quoted number, nothing that is not finite, nothing that cannot be."""

import importlib
import math
import pkgutil
from datetime import time

import pytest
from pydantic import ValidationError

import mas2tering.domain
from mas2tering.domain.community import Community, Connection, Home, SiteWeather
from mas2tering.domain.contracts import AggregationContract, SupplyContract
from mas2tering.domain.devices import (
    AirConditioning,
    ApplianceProgramme,
    Battery,
    Boiler,
    ComfortBand,
    ElectricVehicle,
    FixedLoad,
    HeatPump,
    HotWater,
    House,
    MicroChp,
    PvPlant,
    Stay,
    Tank,
    TurnedOut,
    WindTurbine,
)
from mas2tering.domain.devices.base import DeviceBase
from mas2tering.domain.flexibility import FlexibilityRequest
from mas2tering.domain.profiles import ConstantProfile, DailyProfile, FileProfile
from mas2tering.domain.tariffs import (
    CapacityCharge,
    DynamicPrice,
    FlatPrice,
    LocalCharges,
    NetMetering,
    PriceBand,
    Tariff,
    TimeOfUsePrice,
    TwoRatePrice,
)
from mas2tering.domain.windows import ClockWindow, Words

KW = {"constant": 1.0, "unit": "kW"}
NIGHT = {"begin": "22:00", "end": "06:00 next day"}
FLAT = {"kind": "flat", "price_per_kwh": 0.3}
TANK = {"type": "tank", "capacity_kwh": 8.0, "initial_kwh": 4.0, "demand": KW}
HOUSE = {
    "type": "house",
    "heat_capacity_kwh_per_k": 5.0,
    "heat_loss_kw_per_k": 0.2,
    "initial_temperature_c": 20.0,
    "lowest_c": 19.0,
    "highest_c": 22.0,
    "outdoor_temperature": {"constant": 5.0, "unit": "degC"},
}
STAY = {
    "arrives": "18:00",
    "departs": "07:00 next day",
    "arrival_energy_kwh": 10.0,
    "departure_energy_kwh": 30.0,
}
TARIFF = {"id": "t", "supplier": "s", "import_price": FLAT, "export_price": FLAT}
HOME = {"id": "h", "connection": {"fuse_kw": 9.2}, "supply": {"tariff": "t"}}
SAMPLES: dict[type[Words], dict[str, object]] = {
    AggregationContract: {"aggregator": "a", "fee_per_day": 0.1, "calls_per_day": 2},
    AirConditioning: {
        "id": "ac",
        "electrical_power_kw": 1.0,
        "energy_efficiency_ratio": 3.0,
        "store": HOUSE,
    },
    ApplianceProgramme: {
        "id": "dish",
        "power_kw": [2.0, 0.1],
        "profile_step_minutes": 15,
        "earliest_start": "08:00",
        "latest_end": "20:00",
        "delay_cost_per_hour": 0.01,
        "worth": 0.5,
        "after": "wash",
        "longest_wait_minutes": 60,
    },
    Battery: {
        "id": "battery",
        "capacity_kwh": 8.0,
        "charge_power_kw": 3.0,
        "discharge_power_kw": 3.0,
        "charge_efficiency": 0.95,
        "discharge_efficiency": 0.95,
        "initial_energy_kwh": 4.0,
        "minimum_energy_kwh": 1.0,
        "standby_loss_per_hour": 0.001,
        "wear_cost_per_kwh": 0.01,
        "end_energy_minimum_kwh": 2.0,
        "end_value_per_kwh": 0.1,
    },
    Boiler: {"heat_power_kw": 9.0, "efficiency": 0.9},
    CapacityCharge: {"price_per_kw_month": 4.0, "reached_kw": 2.5, "billing_minutes": 15},
    ClockWindow: NIGHT,
    ComfortBand: NIGHT | {"lowest_c": 16.0, "highest_c": 20.0},
    Community: {
        "name": "c",
        "currency": "EUR",
        "time_zone": "Europe/Brussels",
        "tariffs": [TARIFF],
        "homes": [HOME],
    },
    Connection: {"fuse_kw": 9.2},
    ConstantProfile: KW,
    DailyProfile: {"daily": [1.0] * 24, "unit": "kW"},
    DynamicPrice: {
        "market": {"constant": 50.0, "unit": "per_MWh"},
        "multiplier": 1.0,
        "adder_per_kwh": 0.1,
        "cap_per_kwh": 1.0,
        "vat": 0.21,
    },
    ElectricVehicle: {
        "id": "ev",
        "capacity_kwh": 50.0,
        "charge_power_kw": 7.4,
        "charge_efficiency": 0.9,
        "discharge_power_kw": 3.0,
        "discharge_efficiency": 0.9,
        "minimum_energy_kwh": 5.0,
        "wear_cost_per_kwh": 0.02,
        "end_value_per_kwh": 0.1,
        "stays": [STAY],
    },
    FileProfile: {"file": "m.csv", "column": "load", "unit": "kW"},
    FixedLoad: {"id": "base", "profile": KW, "priority": 5},
    FlatPrice: FLAT,
    FlexibilityRequest: {"buyer": "w", "power_kw": 20.0, "price_per_kwh": 0.3, "hours": [NIGHT]},
    HeatPump: {"id": "hp", "electrical_power_kw": 2.0, "coefficient_of_performance": 3.0, "store": TANK},
    Home: HOME,
    HotWater: {"id": "dhw", "electrical_power_kw": 2.0, "store": TANK},
    House: HOUSE | {"discomfort_cost_per_kelvin_hour": 0.3, "end_value_per_kwh": 0.05},
    LocalCharges: {"buyer_per_kwh": 0.03, "seller_per_kwh": 0.01},
    MicroChp: {
        "id": "chp",
        "electrical_power_kw": 1.0,
        "heat_power_kw": 6.0,
        "fuel_power_kw": 7.8,
        "minimum_electrical_power_kw": 0.4,
        "minimum_heat_power_kw": 3.0,
        "minimum_fuel_power_kw": 4.0,
        "fuel_price_per_kwh": 0.05,
        "start_cost": 0.02,
        "minimum_up_minutes": 60,
        "minimum_down_minutes": 60,
        "store": TANK,
    },
    NetMetering: {},
    PriceBand: {"price_per_kwh": 0.3, "windows": [NIGHT]},
    PvPlant: {"id": "pv", "profile": KW, "peak_power_kwp": 4.0},
    SiteWeather: {
        "latitude_deg": 51.5,
        "longitude_deg": -3.2,
        "irradiance": {"constant": 200.0, "unit": "W_per_m2"},
        "temperature": {"constant": 9.0, "unit": "degC"},
    },
    Stay: STAY | {"wished_energy_kwh": 40.0, "wish_value_per_kwh": 0.2},
    SupplyContract: {"tariff": "t"},
    Tank: TANK
    | {
        "minimum_kwh": 1.0,
        "loss_per_hour": 0.01,
        "unserved_heat_cost_per_kwh": 1.0,
        "end_value_per_kwh": 0.1,
    },
    Tariff: TARIFF | {"standing_charge_per_day": 0.5},
    TimeOfUsePrice: {
        "base_price_per_kwh": 0.2,
        "bands": [{"price_per_kwh": 0.3, "windows": [NIGHT]}],
    },
    TurnedOut: {"day": "2013-04-17", "stay": 0, "arrives": "20:00", "arrival_energy_kwh": 5.0},
    TwoRatePrice: {"day_price_per_kwh": 0.3, "night_price_per_kwh": 0.2, "night": [NIGHT]},
    WindTurbine: {"id": "wind", "profile": KW, "rated_power_kw": 2.0},
}
NUMBERS = [
    (words, name)
    for words, sample in SAMPLES.items()
    for name, value in sample.items()
    if isinstance(value, int | float)
]
LISTS_OF_NUMBERS = [(ApplianceProgramme, "power_kw"), (DailyProfile, "daily")]


def _all_words(base: type[Words] = Words) -> set[type[Words]]:
    return {found for sub in base.__subclasses__() for found in {sub, *_all_words(sub)}}


def test_every_word_has_a_sample_here():
    for module in pkgutil.walk_packages(mas2tering.domain.__path__, "mas2tering.domain."):
        importlib.import_module(module.name)
    of_domain = {words for words in _all_words() if words.__module__.startswith("mas2tering.domain")}
    assert of_domain - {DeviceBase} == set(SAMPLES)


def test_every_number_of_every_word_has_a_sample_here():
    optional_on_purpose: set[str] = {"priority"}
    for words, sample in SAMPLES.items():
        numeric = {
            name
            for name, found in words.model_json_schema()["properties"].items()
            if {"number", "integer"}
            & {found.get("type"), *(option.get("type") for option in found.get("anyOf", []))}
        }
        assert numeric - optional_on_purpose <= set(sample), words.__name__


@pytest.mark.parametrize("words", SAMPLES, ids=lambda words: words.__name__)
class TestEveryWord:
    def test_reads_its_sample_and_gives_it_back(self, words):
        value = words.model_validate(SAMPLES[words])
        assert words.model_validate(value.model_dump()) == value
        assert words.model_validate_json(value.model_dump_json()) == value

    def test_refuses_a_field_that_it_does_not_know(self, words):
        with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
            words.model_validate(SAMPLES[words] | {"colour": "red"})

    def test_does_not_change(self, words):
        value = words.model_validate(SAMPLES[words])
        for name in words.model_fields:
            with pytest.raises(ValidationError, match="frozen"):
                setattr(value, name, getattr(value, name))


@pytest.mark.parametrize("bad", [True, False, "1", math.nan, math.inf, -math.inf, None, [1.0]], ids=repr)
@pytest.mark.parametrize(("words", "name"), NUMBERS, ids=lambda v: v if isinstance(v, str) else v.__name__)
def test_a_number_is_a_finite_number(words, name, bad):
    field = words.model_fields[name]
    if bad is None and not field.is_required() and field.default is None:
        return  # may be left out, also in so many words
    with pytest.raises(ValidationError):
        words.model_validate(SAMPLES[words] | {name: bad})


@pytest.mark.parametrize("bad", [True, "1", math.nan, math.inf], ids=repr)
@pytest.mark.parametrize(("words", "name"), LISTS_OF_NUMBERS)
def test_a_list_of_numbers_too(words, name, bad):
    values = list(SAMPLES[words][name])  # type: ignore[call-overload]
    with pytest.raises(ValidationError):
        words.model_validate(SAMPLES[words] | {name: [bad, *values[1:]]})


_MAY_BE_NEGATIVE = (
    "price_per_kwh",
    "value_per_kwh",
    "adder_per_kwh",
    "cap_per_kwh",
    "_c",
    "constant",
    "multiplier",
    "_deg",
)


@pytest.mark.parametrize(("words", "name"), NUMBERS, ids=lambda v: v if isinstance(v, str) else v.__name__)
def test_only_prices_temperatures_places_and_profiles_may_be_negative(words, name):
    negative = SAMPLES[words] | {name: -1 if isinstance(SAMPLES[words][name], int) else -1e-3}
    fits = name.endswith(_MAY_BE_NEGATIVE) and name not in ("fuel_price_per_kwh", "wish_value_per_kwh")
    if name in ("lowest_c", "highest_c", "initial_temperature_c"):
        negative = SAMPLES[words] | {"lowest_c": -3.0, "highest_c": -1.0}
    if fits:
        words.model_validate(negative)
        return
    with pytest.raises(ValidationError):
        words.model_validate(negative)


@pytest.mark.parametrize(
    ("words", "changed", "message"),
    [
        (Battery, {"initial_energy_kwh": 9.0}, "initial_energy_kwh 9 is above capacity_kwh 8"),
        (Battery, {"minimum_energy_kwh": 9.0}, "minimum_energy_kwh 9 is above capacity_kwh 8"),
        (Battery, {"end_energy_minimum_kwh": 9.0}, "end_energy_minimum_kwh 9 is above capacity_kwh 8"),
        (Battery, {"initial_energy_kwh": 0.5}, "initial_energy_kwh 0.5 is below minimum_energy_kwh 1"),
        (Battery, {"charge_efficiency": 1.01}, "less than or equal to 1"),
        (Battery, {"charge_efficiency": 0.0}, "greater than or equal to 0.01"),
        (Battery, {"standby_loss_per_hour": 1.0}, "less than 1"),
        (Battery, {"capacity_kwh": 0.0}, "greater than or equal to 0.001"),
        (Battery, {"priority": 6}, "less than or equal to 5"),
        (Battery, {"priority": 2.0}, "valid integer"),
        (Battery, {"id": ""}, "at least 1 character"),
        (Battery, {"id": " b"}, "match pattern"),
        (Battery, {"control": "sometimes"}, "'platform' or 'never'"),
        (Battery, {"phase": "D"}, "'A', 'B' or 'C'"),
        (Stay, {"departs": "07:00"}, 'departs 07:00 is not after arrives 18:00; expected a later time, or "07:00 next day"'),
        (Stay, {"wished_energy_kwh": 20.0}, "wished_energy_kwh 20 is below departure_energy_kwh 30"),
        (ElectricVehicle, {"stays": []}, "at least 1 item"),
        (ElectricVehicle, {"capacity_kwh": 20.0}, "stays\\[0\\].departure_energy_kwh 30 is above capacity_kwh 20"),
        (ApplianceProgramme, {"latest_end": "07:00"}, "latest_end 07:00 is not after earliest_start 08:00"),
        (ApplianceProgramme, {"preferred_start": "07:45"}, "preferred_start 07:45 lies outside the window 08:00 to 20:00"),
        (ApplianceProgramme, {"preferred_start": "20:00"}, "lies outside the window"),
        (ApplianceProgramme, {"after": None}, "longest_wait_minutes without after"),
        (ApplianceProgramme, {"power_kw": []}, "at least 1 item"),
        (ApplianceProgramme, {"power_kw": [-1.0]}, "greater than or equal to 0"),
        (ApplianceProgramme, {"profile_step_minutes": 0}, "greater than or equal to 1"),
        (ApplianceProgramme, {"profile_step_minutes": 61}, "less than or equal to 60"),
        (Tank, {"initial_kwh": 8.5}, "initial_kwh 8.5 is above capacity_kwh 8"),
        (Tank, {"minimum_kwh": 8.5}, "minimum_kwh 8.5 is above capacity_kwh 8"),
        (House, {"lowest_c": 22.0}, "lowest_c 22 is not below highest_c 22; expected a band"),
        (ComfortBand, {"highest_c": 16.0}, "lowest_c 16 is not below highest_c 16"),
        (ComfortBand, {"end": "06:00"}, "end 06:00 is not after begin 22:00"),
        (HeatPump, {"coefficient_of_performance": 21.0}, "less than or equal to 20"),
        (HeatPump, {"coefficient_of_performance": True}, "valid number"),
        (AirConditioning, {"store": TANK}, "house"),
        (HotWater, {"store": HOUSE}, "tank"),
        (MicroChp, {"minimum_heat_power_kw": None}, "only some of minimum_electrical_power_kw"),
        (MicroChp, {"minimum_fuel_power_kw": 8.0}, "minimum_fuel_power_kw 8 is above fuel_power_kw 7.8"),
        (DailyProfile, {"daily": [1.0] * 23}, "23 values; expected 24, 48, 96, 144 or 288"),
        (TimeOfUsePrice, {"bands": []}, "at least 1 item"),
        (TwoRatePrice, {"night": []}, "at least 1 item"),
        (CapacityCharge, {"billing_minutes": 20}, "15, 30 or 60"),
        (DynamicPrice, {"vat": 21.0}, "less than or equal to 1"),
        (Connection, {"phases": "AB"}, "'A', 'B', 'C' or 'ABC'"),
        (Connection, {"fuse_kw": 0.0}, "greater than or equal to 0.001"),
        (Community, {"currency": "euro"}, "match pattern"),
        (Community, {"time_zone": "Europe/Bruxelles"}, "'Europe/Bruxelles' is not a time zone"),
        (Community, {"homes": []}, "at least 1 item"),
        (Community, {"tariffs": []}, "at least 1 item"),
        (Community, {"format": "mas2tering-community/2"}, "mas2tering-community/1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(words, changed, message):
    with pytest.raises(ValidationError, match=message):
        words.model_validate(SAMPLES[words] | changed)


def test_a_time_written_as_toml_has_it_is_a_clock_time():
    assert ClockWindow.model_validate({"begin": time(6, 30), "end": "07:00"}).begin == "06:30"


def _programme(name: str, after: str | None = None) -> dict[str, object]:
    return SAMPLES[ApplianceProgramme] | {
        "kind": "programme",
        "id": name,
        "after": after,
        "longest_wait_minutes": None,
    }


@pytest.mark.parametrize(
    ("devices", "phases", "message"),
    [
        (["a", "a"], "A", "device id 'a' is used 2 times"),
        ([("a", "b")], "A", "a: after 'b' names no programme of this home; expected one of \\['a'\\]"),
        ([("a", "b"), ("b", "a")], "A", "a: after leads back to itself"),
        ([("a", "a")], "A", "a: after leads back to itself"),
        (["a", ("b", "a"), ("c", "a")], "A", "2 programmes come after 'a'; expected one at most"),
    ],
)
def test_devices_of_a_home_fit_together(devices, phases, message):
    made = [_programme(*((d,) if isinstance(d, str) else d)) for d in devices]
    with pytest.raises(ValidationError, match=message):
        Home.model_validate(HOME | {"devices": made})


def test_a_device_is_on_a_phase_of_the_connection():
    on_b = SAMPLES[Battery] | {"kind": "battery", "phase": "B"}
    for phases, fits in (("A", False), ("B", True), ("ABC", True)):
        home = HOME | {"connection": {"fuse_kw": 9.0, "phases": phases}, "devices": [on_b]}
        if fits:
            Home.model_validate(home)
            continue
        with pytest.raises(ValidationError, match="phase B is not at the connection; expected one of A"):
            Home.model_validate(home)


def test_every_problem_of_a_home_is_reported_at_once():
    with pytest.raises(ValidationError) as caught:
        Home.model_validate(HOME | {"devices": [_programme("a"), _programme("a"), _programme("b", "c")]})
    assert "used 2 times" in str(caught.value)
    assert "names no programme" in str(caught.value)


def test_a_programme_knows_its_duration_and_energy():
    run = ApplianceProgramme.model_validate(SAMPLES[ApplianceProgramme])
    assert run.duration_minutes == 30
    assert run.energy_kwh == pytest.approx(0.525)


def test_a_home_has_the_tariff_of_its_contract():
    other = TARIFF | {"id": "other"}
    community = Community.model_validate(SAMPLES[Community] | {"tariffs": [other, TARIFF]})
    assert community.tariff_of(community.homes[0]).id == "t"

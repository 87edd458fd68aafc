"""Tariffs on an axis, with values worked out by hand."""

from datetime import date

import numpy as np
import pytest
from pydantic import ValidationError

from mas2tering.domain.profiles import (
    ConstantProfile,
    DailyProfile,
    FileProfile,
    ProfileError,
    Series,
    SeriesTable,
)
from mas2tering.domain.tariffs import (
    CapacityCharge,
    DynamicPrice,
    FlatPrice,
    NetMetering,
    PriceBand,
    Tariff,
    TimeOfUsePrice,
    TwoRatePrice,
    billing_steps,
    capacity_charged,
    peak_beyond_reached,
    tariff_on,
)
from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES, TimeAxis
from mas2tering.domain.windows import ClockWindow

WEDNESDAY = date(2013, 4, 17)
NO_FILES = SeriesTable({})


def window(begin: str, end: str, *days: str) -> ClockWindow:
    return ClockWindow(begin=begin, end=end, **({"days": days} if days else {}))


def on(step: int, price, export=None, *, day: date = WEDNESDAY, reader=NO_FILES, **more):
    tariff = Tariff(
        id="t",
        supplier="s",
        import_price=price,
        export_price=export or FlatPrice(price_per_kwh=0.04),
        **more,
    )
    return tariff_on(TimeAxis.of_days(day, "Europe/London", step), tariff, reader)


def test_a_flat_price_is_flat():
    found = on(15, FlatPrice(price_per_kwh=0.3), FlatPrice(price_per_kwh=-0.01))
    assert (found.import_price_per_kwh == 0.3).all()
    assert (found.export_price_per_kwh == -0.01).all()
    assert found.import_price_per_kwh.shape == (96,)


TWO_RATE = TwoRatePrice(
    day_price_per_kwh=0.3, night_price_per_kwh=0.1, night=(window("22:30", "07:30 next day"),)
)


def test_a_night_price_that_changes_inside_a_step_holds_for_its_share():
    found = on(60, TWO_RATE).import_price_per_kwh
    assert found[:7] == pytest.approx([0.1] * 7)
    assert found[7] == found[22] == pytest.approx(0.2)
    assert found[8:22] == pytest.approx([0.3] * 14)
    assert found[23] == pytest.approx(0.1)


@pytest.mark.parametrize(("day", "night_hours"), [(date(2013, 3, 31), 8), (date(2013, 10, 27), 10)])
def test_the_night_is_shorter_or_longer_when_clocks_change(day, night_hours):
    found = on(30, TWO_RATE, day=day).import_price_per_kwh
    assert np.isclose(found, 0.1).sum() / 2 == night_hours


def test_of_bands_that_overlap_the_later_holds():
    price = TimeOfUsePrice(
        base_price_per_kwh=0.2,
        bands=(
            PriceBand(price_per_kwh=0.3, windows=(window("16:00", "21:00"),)),
            PriceBand(price_per_kwh=0.5, windows=(window("17:00", "19:00"), window("01:00", "02:00"))),
            PriceBand(price_per_kwh=9.0, windows=(window("00:00", "24:00", "sat", "sun"),)),
        ),
    )
    found = on(60, price).import_price_per_kwh
    assert found[[0, 1, 2, 15, 16, 17, 18, 19, 20, 21]] == pytest.approx(
        [0.2, 0.5, 0.2, 0.2, 0.3, 0.5, 0.5, 0.3, 0.3, 0.2]
    )
    assert (on(60, price, day=date(2013, 4, 20)).import_price_per_kwh == 9.0).all()


def test_two_bands_that_meet_inside_a_step_share_it():
    price = TimeOfUsePrice(
        base_price_per_kwh=0.1,
        bands=(
            PriceBand(price_per_kwh=0.2, windows=(window("06:00", "07:30"),)),
            PriceBand(price_per_kwh=0.4, windows=(window("07:30", "09:00"),)),
        ),
    )
    assert on(60, price).import_price_per_kwh[6:9] == pytest.approx([0.2, 0.3, 0.4])


@pytest.mark.parametrize("step", STEP_LENGTHS_MINUTES)
def test_the_mean_price_of_a_day_does_not_depend_on_the_step(step):
    assert on(step, TWO_RATE).import_price_per_kwh.mean() == pytest.approx((9 * 0.1 + 15 * 0.3) / 24)


def market(*prices: float, unit: str = "per_MWh") -> DailyProfile:
    return DailyProfile(daily=tuple(float(p) for p in np.resize(prices, 24)), unit=unit)


def test_a_dynamic_price_is_the_market_s_with_all_that_comes_on_top():
    """(1 + vat) min(cap, multiplier market + adder + bands in force): 0.05 to -0.1 EUR/kWh on the market."""
    price = DynamicPrice(
        market=market(50, -100, 400),
        multiplier=1.1,
        adder_per_kwh=0.02,
        bands=(PriceBand(price_per_kwh=0.07, windows=(window("00:00", "01:30"),)),),
        cap_per_kwh=0.4,
        vat=0.25,
    )
    found = on(60, price).import_price_per_kwh
    assert found[0] == pytest.approx(1.25 * (0.055 + 0.02 + 0.07))
    assert found[1] == pytest.approx(1.25 * (-0.11 + 0.02 + 0.035))
    assert found[2] == pytest.approx(1.25 * 0.4)
    assert found[3] == pytest.approx(1.25 * (0.055 + 0.02))
    assert found[4] < 0


def test_hourly_prices_are_held_over_quarter_hours_and_quarter_hours_averaged():
    hourly = DynamicPrice(market=market(0.1, 0.3, unit="per_kWh"))
    assert on(15, hourly).import_price_per_kwh[:8] == pytest.approx([0.1] * 4 + [0.3] * 4)
    quarters = DailyProfile(daily=tuple(0.1 * (k % 4) for k in range(96)), unit="per_kWh")
    assert on(60, DynamicPrice(market=quarters)).import_price_per_kwh == pytest.approx([0.15] * 24)


def test_net_metering_pays_what_is_charged():
    dynamic = DynamicPrice(market=market(50, -100), vat=0.21)
    found = on(60, dynamic, NetMetering())
    assert (found.export_price_per_kwh == found.import_price_per_kwh).all()


def test_a_filled_gap_of_the_market_is_repeated_once():
    known = np.ones(48, dtype=bool)
    known[30] = False
    start = TimeAxis.of_days(WEDNESDAY, "Europe/London", 60).start
    table = SeriesTable({("p.csv", "price"): Series("p.csv price", start, 60, np.ones(48), known, "per_MWh")})
    source = FileProfile(file="p.csv", column="price", unit="per_MWh", gaps="hold")
    price = DynamicPrice(market=source)
    assert on(60, price, price, reader=table).filled == ()
    known[3] = False
    (words,) = on(60, price, price, reader=table).filled
    assert "1 values of 24 missing, filled by rule 'hold'" in words
    refused = DynamicPrice(market=source.model_copy(update={"gaps": "refuse"}))
    with pytest.raises(ProfileError):
        on(60, refused, reader=table)


def test_charges_are_taken_over_and_days_are_of_24_hours():
    charge = CapacityCharge(price_per_kw_month=4.0, billing_minutes=60, reached_kw=2.5)
    found = on(
        15,
        FlatPrice(price_per_kwh=0.3),
        capacity_charge=charge,
        standing_charge_per_day=0.6,
        day=date(2013, 3, 31),
    )
    assert found.capacity_charge == charge
    assert found.standing_charge_per_day == 0.6
    assert found.days == pytest.approx(23 / 24)


@pytest.mark.parametrize("unit", ["kW", "kWh", "degC", "factor"])
def test_a_market_price_has_the_unit_of_a_price(unit):
    with pytest.raises(ValidationError, match="expected per_kWh or per_MWh"):
        DynamicPrice(market=ConstantProfile(constant=1.0, unit=unit))


def test_net_metering_is_no_import_price():
    with pytest.raises(ValidationError):
        Tariff(
            id="t", supplier="s", import_price={"kind": "net_metering"}, export_price={"kind": "net_metering"}
        )


def test_the_capacity_charge_is_the_month_s_pro_rata_on_what_goes_beyond_the_peak_reached():
    """Hours of 4, 2 (one quarter-hour of 8 kW) and feeding in, on a day of 24 h; 30.4375 days a month."""
    charge = CapacityCharge(price_per_kw_month=6.0, billing_minutes=60, reached_kw=2.5)
    found = on(15, FlatPrice(price_per_kwh=0.3), capacity_charge=charge)
    net_kw = np.zeros(96)
    net_kw[0:4], net_kw[6], net_kw[8:12] = 4.0, 8.0, -9.0
    assert billing_steps(found) == 4
    assert peak_beyond_reached(found, net_kw) == pytest.approx(1.5)
    assert capacity_charged(found, net_kw) == pytest.approx(6.0 * 1.5 / 30.4375)
    assert capacity_charged(found, net_kw / 2) == 0.0
    assert capacity_charged(on(15, FlatPrice(price_per_kwh=0.3)), net_kw) == 0.0
    half_hours = CapacityCharge(price_per_kw_month=6.0, billing_minutes=15)
    assert billing_steps(on(30, FlatPrice(price_per_kwh=0.3), capacity_charge=half_hours)) == 1

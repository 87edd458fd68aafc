"""The two places for which communities are generated: clock, currency, connections, and what suppliers offer
there.

Every figure has its source, or is marked as illustrative; a study that needs others writes its own community
file.
"""

from dataclasses import dataclass
from typing import Literal

from mas2tering.domain.profiles import FileProfile
from mas2tering.domain.tariffs import (
    CapacityCharge,
    DynamicPrice,
    FlatPrice,
    LocalCharges,
    PriceBand,
    Tariff,
    TimeOfUsePrice,
    TwoRatePrice,
)
from mas2tering.domain.windows import ClockWindow

MARKET = FileProfile(file="profiles.parquet", column="day_ahead_price", unit="per_MWh", clock="local")
"""Where the generated day-ahead prices stand beside a community file."""


@dataclass(frozen=True)
class Site:
    """A place.

    ``fuses_kw`` are per phase, with the share of homes that has each; ``tariff_shares`` say how many homes
    are with which tariff; ``phase_shares`` how single-phase homes spread over the phases.
    ``fuel_price_per_kwh`` is that of gas.
    """

    name: Literal["cardiff", "belgium"]
    title: str
    time_zone: str
    currency: str
    load_population: str
    fuses_kw: tuple[tuple[float, float], ...]
    three_phase_share: float
    phase_shares: tuple[float, float, float]
    tariffs: tuple[Tariff, ...]
    tariff_shares: tuple[float, ...]
    local_charges: LocalCharges
    fuel_price_per_kwh: float
    has_market: bool
    sources: tuple[str, ...]


_EVENING = ClockWindow(begin="16:00", end="20:00")
_NIGHT = ClockWindow(begin="00:00", end="07:00")

CARDIFF = Site(
    name="cardiff",
    title="Cardiff",
    time_zone="Europe/London",
    currency="GBP",
    load_population="uk",
    # 60, 80 and 100 A at 230 V.
    fuses_kw=((13.8, 0.2), (18.4, 0.6), (23.0, 0.2)),
    three_phase_share=0.0,
    # Customers on phases A, B and C of the real network of 184 customers (Electricity North West, network
    # 22).
    phase_shares=(69 / 184, 65 / 184, 50 / 184),
    tariffs=(
        Tariff(
            id="flat",
            supplier="Flat Energy",
            import_price=FlatPrice(price_per_kwh=0.14228),
            export_price=FlatPrice(price_per_kwh=0.0485),
            standing_charge_per_day=0.20,
            source="import: flat tariff of the Low Carbon London trial, 2013; export: UK feed-in export tariff of about 2016, illustrative",
        ),
        Tariff(
            id="economy7",
            supplier="Two Rate Energy",
            import_price=TwoRatePrice(day_price_per_kwh=0.17, night_price_per_kwh=0.075, night=(_NIGHT,)),
            export_price=FlatPrice(price_per_kwh=0.0485),
            standing_charge_per_day=0.20,
            source="Economy 7, level of about 2015-2017, illustrative; seven hours from midnight",
        ),
        Tariff(
            id="time_of_use",
            supplier="Hour Energy",
            import_price=TimeOfUsePrice(
                base_price_per_kwh=0.135,
                bands=(
                    PriceBand(price_per_kwh=0.065, windows=(_NIGHT,)),
                    PriceBand(price_per_kwh=0.285, windows=(_EVENING,)),
                ),
            ),
            export_price=FlatPrice(price_per_kwh=0.0485),
            standing_charge_per_day=0.20,
            source="three bands with an evening peak, illustrative",
        ),
    ),
    tariff_shares=(0.25, 0.40, 0.35),
    local_charges=LocalCharges(buyer_per_kwh=0.02, seller_per_kwh=0.0),
    fuel_price_per_kwh=0.045,
    has_market=False,
    sources=("Tariffs: see each tariff; local charges and the gas price are assumed.",),
)

_BELGIAN_NIGHT = (
    ClockWindow(begin="22:00", end="07:00 next day", days=("mon", "tue", "wed", "thu")),
    ClockWindow(begin="22:00", end="24:00", days=("fri",)),
    ClockWindow(begin="00:00", end="24:00", days=("sat", "sun")),
    ClockWindow(begin="00:00", end="07:00", days=("mon",)),
)

BELGIUM = Site(
    name="belgium",
    title="Belgian community",
    time_zone="Europe/Brussels",
    currency="EUR",
    load_population="be",
    # 40 A single-phase; 25 A on each of three phases.
    fuses_kw=((9.2, 1.0),),
    three_phase_share=0.3,
    phase_shares=(1 / 3, 1 / 3, 1 / 3),
    tariffs=(
        Tariff(
            id="bihourly",
            supplier="Dag en Nacht",
            import_price=TwoRatePrice(day_price_per_kwh=0.29, night_price_per_kwh=0.22, night=_BELGIAN_NIGHT),
            export_price=FlatPrice(price_per_kwh=0.05),
            standing_charge_per_day=0.20,
            source="Belgian two-rate tariff, all-in level of 2014-2017, illustrative; 22:00-07:00 and weekends",
        ),
        Tariff(
            id="dynamic",
            supplier="Spot",
            import_price=DynamicPrice(market=MARKET, adder_per_kwh=0.011 + 0.1140693),
            export_price=DynamicPrice(market=MARKET, adder_per_kwh=-0.00905),
            capacity_charge=CapacityCharge(price_per_kw_month=3.4938417, billing_minutes=15, reached_kw=2.5),
            standing_charge_per_day=0.317,
            source="dynamic contract in Flanders, April 2024: adders, grid and levies, capacity tariff (at least 2.5 kW are billed); "
            "day-ahead prices are generated",
        ),
    ),
    tariff_shares=(0.55, 0.45),
    local_charges=LocalCharges(buyer_per_kwh=0.03, seller_per_kwh=0.0),
    fuel_price_per_kwh=0.07,
    has_market=True,
    sources=("Tariffs: see each tariff; local charges and the gas price are assumed.",),
)

SITES: dict[str, Site] = {site.name: site for site in (CARDIFF, BELGIUM)}

"""The built-in ``minimal``: two homes with an electric vehicle each, a network fee at the peak hours in their tariff,
and the end of a rural line behind which both are."""

from datetime import date

from mas2tering.domain.community import Community, Connection, Home
from mas2tering.domain.contracts import AggregationContract, SupplyContract
from mas2tering.domain.devices import ApplianceProgramme, ElectricVehicle, FixedLoad, PvPlant, Stay
from mas2tering.domain.network import EN_50160, Bus, Customer, Network, Source, Transformer
from mas2tering.domain.profiles import DailyProfile, SeriesTable
from mas2tering.domain.tariffs import FlatPrice, PriceBand, Tariff, TimeOfUsePrice
from mas2tering.domain.windows import ClockWindow
from mas2tering.study.generator.cables import MAIN_50, SERVICE_16
from mas2tering.study.generator.community import GeneratedCommunity

_QUIET_KW = (0.15,) * 6 + (
    0.3,
    0.6,
    0.5,
    0.3,
    0.25,
    0.3,
    0.4,
    0.3,
    0.25,
    0.25,
    0.4,
    0.7,
    0.9,
    0.9,
    0.8,
    0.6,
    0.4,
    0.2,
)
_LIVELY_KW = (0.2,) * 6 + (
    0.4,
    0.8,
    0.7,
    0.5,
    0.5,
    0.6,
    0.7,
    0.5,
    0.4,
    0.4,
    0.6,
    1.1,
    1.3,
    1.2,
    1.0,
    0.8,
    0.5,
    0.3,
)
_SUNNY_DAY_KW_PER_KWP = (
    (0.0,) * 6 + (0.03, 0.13, 0.28, 0.43, 0.55, 0.63, 0.66, 0.64, 0.56, 0.44, 0.30, 0.16, 0.05) + (0.0,) * 5
)


def minimal_community(first_day: date) -> GeneratedCommunity:
    """Two homes; every number is written here, none is drawn."""
    tariff = Tariff(
        id="peak_fee",
        supplier="Village Energy",
        import_price=TimeOfUsePrice(
            base_price_per_kwh=0.25,
            bands=(
                PriceBand(price_per_kwh=0.19, windows=(ClockWindow(begin="23:00", end="07:00 next day"),)),
                PriceBand(price_per_kwh=0.33, windows=(ClockWindow(begin="17:00", end="20:00"),)),
            ),
        ),
        export_price=FlatPrice(price_per_kwh=0.06),
        standing_charge_per_day=0.2,
        source="illustrative; the network operator's fee of 0.08 at the peak hours is part of the price",
    )
    homes = (
        Home(
            id="north",
            customer="north",
            connection=Connection(fuse_kw=9.2, phases="A"),
            supply=SupplyContract(tariff=tariff.id),
            aggregation=AggregationContract(aggregator="village_aggregator", assets=("ev",)),
            devices=(
                FixedLoad(id="base_load", profile=DailyProfile(daily=_QUIET_KW, unit="kW")),
                _car(arrival_kwh=18.0, arrives="17:45"),
            ),
        ),
        Home(
            id="south",
            customer="south",
            connection=Connection(fuse_kw=9.2, phases="A"),
            supply=SupplyContract(tariff=tariff.id),
            aggregation=AggregationContract(
                aggregator="village_aggregator", assets=("ev", "washing_machine")
            ),
            devices=(
                FixedLoad(id="base_load", profile=DailyProfile(daily=_LIVELY_KW, unit="kW")),
                PvPlant(
                    id="pv",
                    profile=DailyProfile(daily=_SUNNY_DAY_KW_PER_KWP, unit="kW_per_kWp"),
                    peak_power_kwp=4.0,
                    curtailable=True,
                ),
                _car(arrival_kwh=26.0, arrives="16:30"),
                ApplianceProgramme(
                    id="washing_machine",
                    power_kw=(1.9, 1.2, 0.3, 0.3, 0.2, 0.5),
                    profile_step_minutes=15,
                    earliest_start="08:00",
                    latest_end="22:00",
                    preferred_start="18:30",
                    delay_cost_per_hour=0.005,
                ),
            ),
        ),
    )
    community = Community(
        name="Minimal: two homes with an electric vehicle each",
        currency="EUR",
        time_zone="Europe/Brussels",
        first_day=first_day,
        sources=("Every number of this example is made up, to be read and changed.",),
        tariffs=(tariff,),
        homes=homes,
    )
    return GeneratedCommunity(community, SeriesTable({}))


def _car(arrival_kwh: float, arrives: str) -> ElectricVehicle:
    return ElectricVehicle(
        id="ev",
        capacity_kwh=50.0,
        charge_power_kw=7.4,
        charge_efficiency=0.9,
        stays=(
            Stay(
                arrives=arrives,
                departs="07:30 next day",
                arrival_energy_kwh=arrival_kwh,
                departure_energy_kwh=40.0,
            ),
        ),
    )


def minimal_network() -> Network:
    """A pole transformer of 16 kVA, 60 m of line, and both homes at its end on the same phase, so that it carries one car that
    charges at full power, or two that do not. The transformer's figures are assumed. Voltages keep to EN 50160.
    """
    return Network(
        "minimal",
        (Bus("11 kV line"), Bus("pole"), Bus("farms"), Bus("north"), Bus("south")),
        (
            MAIN_50.cable("line", "pole", "farms", 60.0, "line"),
            SERVICE_16.cable("service north", "farms", "north", 20.0, "line"),
            SERVICE_16.cable("service south", "farms", "south", 35.0, "line"),
        ),
        (Customer("north", "north", ("A",)), Customer("south", "south", ("A",))),
        Source("11 kV line", 11.0),
        Transformer(
            "pole",
            "11 kV line",
            "pole",
            hv_kv=11.0,
            lv_kv=0.4,
            rating_kva=16.0,
            impedance=0.04,
            load_loss_kw=0.45,
            no_load_loss_kw=0.06,
            no_load_current=0.01,
            assumed=True,
        ),
        EN_50160,
        sources=("The network is made up: standard figures of a rural line, to be read and changed.",),
    )

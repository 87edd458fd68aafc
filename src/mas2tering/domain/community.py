"""Homes, and the community that they form behind one substation."""

from datetime import date
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator, model_validator

from mas2tering.domain.contracts import AggregationContract, SupplyContract
from mas2tering.domain.devices import ApplianceProgramme, Device
from mas2tering.domain.flexibility import FlexibilityRequest
from mas2tering.domain.profiles import ProfileSource
from mas2tering.domain.tariffs import LocalCharges, Tariff
from mas2tering.domain.time_axis import FIRST_YEAR, LAST_YEAR, ClockTime
from mas2tering.domain.units import LatitudeDeg, LongitudeDeg, PowerKw
from mas2tering.domain.windows import Words


class Connection(Words):
    """The home's connection: one phase or three, and what the fuse lets through on each, in kW (amperes times
    volts)."""

    fuse_kw: PowerKw
    phases: Literal["A", "B", "C", "ABC"] = "A"


class Home(Words):
    """A home: its connection, its contracts, its devices.

    Without ``device_records``, signed ones by the devices themselves, the meter alone says what it did: then the network
    operator pays what an order adds to the bill, and nothing for what lies beside it.
    """

    id: str = Field(min_length=1)
    connection: Connection
    supply: SupplyContract
    aggregation: AggregationContract | None = None
    customer: str | None = None
    device_records: Annotated[bool, Field(strict=True)] = True
    devices: tuple[Device, ...] = ()

    @model_validator(mode="after")
    def _devices_are_distinct(self) -> Self:
        problems = list(_device_problems(self))
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _device_problems(home: Home) -> list[str]:
    ids = [device.id for device in home.devices]
    problems = [
        f"device id {name!r} is used {ids.count(name)} times; expected ids that differ"
        for name in dict.fromkeys(ids)
        if ids.count(name) > 1
    ]
    programmes = {device.id: device for device in home.devices if isinstance(device, ApplianceProgramme)}
    for device in programmes.values():
        seen, current = {device.id}, device
        while current.after is not None:
            if current.after not in programmes:
                problems.append(
                    f"{current.id}: after {current.after!r} names no programme of this home; "
                    f"expected one of {sorted(programmes)}"
                )
                break
            if current.after in seen:
                problems.append(
                    f"{device.id}: after leads back to itself; expected an order with a first programme"
                )
                break
            seen.add(current.after)
            current = programmes[current.after]
    followed = [device.after for device in programmes.values() if device.after is not None]
    for name in dict.fromkeys(followed):
        if followed.count(name) > 1:
            problems.append(f"{followed.count(name)} programmes come after {name!r}; expected one at most")
    for owned in home.devices:
        if owned.phase is not None and owned.phase not in home.connection.phases:
            problems.append(
                f"{owned.id}: phase {owned.phase} is not at the connection; "
                f"expected one of {home.connection.phases}"
            )
    return problems


class SiteWeather(Words):
    """Where the homes are and the weather there, from which generation is forecast: global irradiance on the horizontal
    (W_per_m2) and air temperature (degC)."""

    latitude_deg: LatitudeDeg
    longitude_deg: LongitudeDeg
    irradiance: ProfileSource
    temperature: ProfileSource


class Community(Words):
    """A community: where and when, its tariffs, its homes.

    ``day_starts_at`` is the local time at which a planning day begins (06:00 keeps a night's charging in one
    piece); ``sources`` are sentences about where the data is from, which every report repeats;
    ``flexibility_requests`` are those of wholesale market aggregators, who buy from the local market; ``network`` names the
    low-voltage network behind which the homes are: a folder or a file beside this one, or a built-in name; ``weather`` is
    that of the place, where it is known.
    """

    format: Literal["mas2tering-community/1"] = "mas2tering-community/1"
    name: str = Field(min_length=1)
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", json_schema_extra={"examples": ["EUR", "GBP"]})]
    time_zone: Annotated[str, Field(json_schema_extra={"examples": ["Europe/London"]})]
    day_starts_at: ClockTime = "06:00"
    first_day: date | None = None
    local_charges: LocalCharges = LocalCharges()
    sources: tuple[str, ...] = ()
    tariffs: Annotated[tuple[Tariff, ...], Field(min_length=1)]
    homes: Annotated[tuple[Home, ...], Field(min_length=1)]
    flexibility_requests: tuple[FlexibilityRequest, ...] = ()
    network: Annotated[str | None, Field(min_length=1)] = None
    weather: SiteWeather | None = None

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name!r} is not a time zone; expected a name such as Europe/London")
        ZoneInfo(name)
        return name

    @field_validator("first_day")
    @classmethod
    def _is_planned(cls, day: date | None) -> date | None:
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(f"the date {day}; expected a date from {FIRST_YEAR} to {LAST_YEAR}")
        return day

    def tariff_of(self, home: Home) -> Tariff:
        """The tariff of a home's supply contract."""
        return next(tariff for tariff in self.tariffs if tariff.id == home.supply.tariff)

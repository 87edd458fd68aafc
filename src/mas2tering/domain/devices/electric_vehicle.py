"""An electric vehicle and its stays at home."""

from datetime import date
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from mas2tering.domain.devices.base import DeviceBase
from mas2tering.domain.time_axis import FIRST_YEAR, LAST_YEAR, ClockTime, clock_minutes
from mas2tering.domain.units import (
    CapacityKwh,
    CostPerKwh,
    Efficiency,
    EnergyKwh,
    PowerKw,
    PowerOrNoneKw,
    PricePerKwh,
)
from mas2tering.domain.windows import WEEKDAYS, Weekdays, Words, check_order


class Stay(Words):
    """The car is plugged in from ``arrives`` until ``departs``, on the weekdays on which it arrives.

    It comes with ``arrival_energy_kwh`` in its battery and must leave with ``departure_energy_kwh``. Beyond
    that, up to ``wished_energy_kwh``, it takes energy where a stored kWh costs less than
    ``wish_value_per_kwh`` (opportunistic charging).
    """

    arrives: ClockTime
    departs: ClockTime
    days: Weekdays = WEEKDAYS
    arrival_energy_kwh: EnergyKwh
    departure_energy_kwh: EnergyKwh
    wished_energy_kwh: EnergyKwh | None = None
    wish_value_per_kwh: CostPerKwh = 0.0

    @model_validator(mode="after")
    def _comes_before_it_leaves(self) -> Self:
        check_order("arrives", self.arrives, "departs", self.departs)
        if self.wished_energy_kwh is not None and self.wished_energy_kwh < self.departure_energy_kwh:
            raise ValueError(
                f"wished_energy_kwh {self.wished_energy_kwh:g} is below departure_energy_kwh "
                f"{self.departure_energy_kwh:g}; "
                "expected at least what the car must leave with"
            )
        return self


_AS_IT_CAME = ("arrives", "departs", "arrival_energy_kwh")


class TurnedOut(Words):
    """What became of the stay ``stays[stay]`` that was to begin on ``day``: it did not come, or at another time, or with
    something else in its battery. What is not given came as expected.

    Plans that know the day know it; an energy box on a lived day learns it when it happens.
    """

    day: date
    stay: int = Field(default=0, strict=True, ge=0)
    comes: bool = Field(default=True, strict=True)
    arrives: ClockTime | None = None
    departs: ClockTime | None = None
    arrival_energy_kwh: EnergyKwh | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if not FIRST_YEAR <= self.day.year <= LAST_YEAR:
            raise ValueError(f"the day {self.day}; expected a date from {FIRST_YEAR} to {LAST_YEAR}")
        said = [name for name in _AS_IT_CAME if getattr(self, name) is not None]
        if said and not self.comes:
            raise ValueError(
                f"comes = false with {said[0]}; expected one of the two: the car came, or it did not"
            )
        return self

    def of(self, expected: Stay) -> Stay | None:
        """The stay as it came, None where it did not.

        Raises:
            ValueError: it would end before it begins.
        """
        if not self.comes:
            return None
        given = {name: value for name in _AS_IT_CAME if (value := getattr(self, name)) is not None}
        came = expected.model_copy(update=given)
        check_order("arrives", came.arrives, "departs", came.departs)
        return came


class ElectricVehicle(DeviceBase):
    """A car with its charger; vehicle-to-grid where ``discharge_power_kw`` is above zero. Powers are at the
    meter's side. ``turned_out`` are the stays that came otherwise than expected."""

    kind: Literal["ev"] = "ev"
    capacity_kwh: CapacityKwh
    charge_power_kw: PowerKw
    charge_efficiency: Efficiency
    discharge_power_kw: PowerOrNoneKw = 0.0
    discharge_efficiency: Efficiency = 1.0
    minimum_energy_kwh: EnergyKwh = 0.0
    wear_cost_per_kwh: CostPerKwh = 0.0
    end_value_per_kwh: PricePerKwh | None = None
    stays: tuple[Stay, ...] = Field(min_length=1)
    turned_out: tuple[TurnedOut, ...] = ()

    def came(self, day: date, stay: int) -> Stay | None:
        """The stay ``stays[stay]`` of ``day`` as it came; None where the car did not come."""
        expected = self.stays[stay]
        change = next((t for t in self.turned_out if (t.day, t.stay) == (day, stay)), None)
        return expected if change is None else change.of(expected)

    @model_validator(mode="after")
    def _energies_fit(self) -> Self:
        for k, stay in enumerate(self.stays):
            for name in ("arrival_energy_kwh", "departure_energy_kwh", "wished_energy_kwh"):
                value = getattr(stay, name)
                if value is not None and value > self.capacity_kwh:
                    raise ValueError(
                        f"stays[{k}].{name} {value:g} is above capacity_kwh {self.capacity_kwh:g}; "
                        "expected no more than the capacity"
                    )
        return self

    @model_validator(mode="after")
    def _turns_out_possible(self) -> Self:
        named = set[tuple[date, int]]()
        for k, change in enumerate(self.turned_out):
            place = f"turned_out[{k}]"
            if change.stay >= len(self.stays):
                raise ValueError(
                    f"{place}.stay is {change.stay}; expected less than {len(self.stays)}, the number of stays"
                )
            if WEEKDAYS[change.day.weekday()] not in self.stays[change.stay].days:
                raise ValueError(
                    f"{place}.day {change.day} is a {WEEKDAYS[change.day.weekday()]}; expected a day on which "
                    f"stays[{change.stay}] begins"
                )
            if (change.day, change.stay) in named:
                raise ValueError(f"{place} is the second of one stay on {change.day}; expected each once")
            named.add((change.day, change.stay))
            energy = change.arrival_energy_kwh
            if energy is not None and energy > self.capacity_kwh:
                raise ValueError(
                    f"{place}.arrival_energy_kwh {energy:g} is above capacity_kwh {self.capacity_kwh:g}; "
                    "expected no more than the capacity"
                )
            self._does_not_meet_another(place, change.day)
        return self

    def _does_not_meet_another(self, place: str, day: date) -> None:
        """Hold that the stays around a day, as they came, lie one after the other."""
        taken = sorted(
            (
                one.toordinal() * 1440 + clock_minutes(stay.arrives),
                one.toordinal() * 1440 + clock_minutes(stay.departs),
            )
            for one in (date.fromordinal(day.toordinal() + n) for n in range(-3, 4))
            for k in range(len(self.stays))
            if WEEKDAYS[one.weekday()] in self.stays[k].days and (stay := self.came(one, k)) is not None
        )
        if any(later[0] < earlier[1] for earlier, later in pairwise(taken)):
            raise ValueError(
                f"{place} meets another stay of the car around {day}; expected stays one after the other"
            )

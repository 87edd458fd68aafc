"""One day of a home as it comes: its models in whatever state it begins, and what was expected of it."""

from collections.abc import Sequence
from datetime import date

from mas2tering.coordination.lived_day import Day
from mas2tering.domain.community import Community, Home
from mas2tering.domain.devices import ElectricVehicle
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.profiles import ProfileError, ProfileReader
from mas2tering.domain.tariffs import TariffOnAxis, tariff_on
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.compile import Carry, compile_home
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.model import HomeModel
from mas2tering.study.lived.outlooks import Outlooks

_EVERY_MINUTES = 60


def steps_of_an_hour(step_minutes: int) -> int:
    """Steps from one valuation of what stores hold to the next."""
    return max(1, _EVERY_MINUTES // step_minutes)


class Course:
    """One day of a home as it comes, in whatever state somebody begins it."""

    def __init__(
        self,
        community: Community,
        home: Home,
        k: int,
        reader: ProfileReader,
        outlooks: Outlooks,
        day: date,
        step_minutes: int,
        notes: list[str],
    ) -> None:
        zone, starts = community.time_zone, community.day_starts_at
        axes = [TimeAxis.of_days(day, zone, step_minutes, days=n, day_starts_at=starts) for n in (1, 2)]
        self._home, self._k, self._reader, self._outlooks, self._notes = home, k, reader, outlooks, notes
        self._tariffs = _tariffs(community, home, axes, reader, notes)
        self._made: dict[int, Outlook] = {}

    def day(self, carry: Carry) -> Day:
        """The day's models, in a state."""
        today = self._models(self._tariffs[0], carry)
        if len(self._tariffs) > 1:
            try:
                ahead = self._models(self._tariffs[1], carry)
            except ProfileError:
                self._notes.append(_SHORT_SIGHTED)
                del self._tariffs[1]
            else:
                return Day(today[0], ahead[0], today[1], ahead[1])
        return Day(today[0], today[0], today[1], today[1])

    def _models(self, tariff: TariffOnAxis, carry: Carry) -> tuple[HomeModel, HomeModel]:
        """The home on an axis as it comes, and with its cars as they are expected."""
        came = compile_home(self._home, tariff, self._reader, carry)
        otherwise = any(isinstance(d, ElectricVehicle) and d.turned_out for d in self._home.devices)
        return came, compile_home(
            self._home, tariff, self._reader, carry, expected=True
        ) if otherwise else came

    def outlook_of(self, day: Day) -> Outlook:
        """What was expected on the axis on which the home looks ahead."""
        axis = day.ahead.axis
        if axis.steps not in self._made:
            self._made[axis.steps] = self._outlooks.of_home(self._k, axis)
        return self._made[axis.steps]


def _tariffs(
    community: Community, home: Home, axes: Sequence[TimeAxis], reader: ProfileReader, notes: list[str]
) -> list[TariffOnAxis]:
    """The home's prices today, and on the longer axis where they are known."""
    tariff = community.tariff_of(home)
    found = [tariff_on(axes[0], tariff, reader)]
    try:
        found.append(tariff_on(axes[1], tariff, reader))
    except ProfileError:
        notes.append(_SHORT_SIGHTED)
    return found


_SHORT_SIGHTED = "on the last day nothing is known of the morrow: what stores hold at its end is valued at what refilling costs"


def carried(plan: HomePlan) -> Carry:
    """What a day hands on to the next: content of stores, and whether machines run."""
    contents = {
        device.device: float(device.content[-1])
        for device in plan.devices
        if device.content is not None and device.content[-1] == device.content[-1]
    }
    running = {
        device.device: bool(device.power_kw[-1] < 0) for device in plan.devices if device.kind == "micro_chp"
    }
    return Carry(contents, running)

"""Wishes that cannot all be met: legal, since planning relaxes them, but worth a word to their author."""

from collections.abc import Iterator

from mas2tering.domain.community import Community, Home
from mas2tering.domain.devices import ApplianceProgramme, Device, ElectricVehicle
from mas2tering.domain.devices.electric_vehicle import Stay
from mas2tering.domain.time_axis import clock_minutes
from mas2tering.domain.windows import WEEKDAYS
from mas2tering.files.problems import Finding
from mas2tering.files.published import Location

_WEEK = 7 * 1440


def community_notes(community: Community) -> Iterator[str]:
    """What is legal in a community but may be a mistake."""
    used = {home.supply.tariff for home in community.homes}
    for tariff in community.tariffs:
        if tariff.id not in used:
            yield f"tariff {tariff.id}: no home is supplied at it"
    for home in community.homes:
        if not home.devices:
            yield f"home {home.id}: it has no device, so nothing happens in it"
        for device in home.devices:
            yield from (f"home {home.id}: {device.id}: {note}" for note in _device_notes(home, device))


def _device_notes(home: Home, device: Device) -> Iterator[str]:
    if isinstance(device, ApplianceProgramme):
        yield from _programme_notes(home, device)
    elif isinstance(device, ElectricVehicle):
        for stay in device.stays:
            yield from _stay_notes(device, stay)


def _programme_notes(home: Home, programme: ApplianceProgramme) -> Iterator[str]:
    window = clock_minutes(programme.latest_end) - clock_minutes(programme.earliest_start)
    names = f"{programme.earliest_start}-{programme.latest_end}"
    if window < programme.duration_minutes:
        yield f"the window {names} is shorter than the programme, {duration_text(programme.duration_minutes)}"
        return
    begin, steps = clock_minutes(programme.earliest_start), {device.id: device for device in home.devices}
    first, seen = programme.after, {programme.id}
    while first is not None and first not in seen:
        earlier = steps[first]
        if not isinstance(earlier, ApplianceProgramme):
            return
        seen.add(first)
        done = clock_minutes(earlier.earliest_start) + earlier.duration_minutes
        if done + programme.duration_minutes > clock_minutes(programme.latest_end) and begin < done:
            yield f"the window {names} leaves no time after {first}, which ends at {_clock(done)} or later"
            return
        first = earlier.after


def _stay_notes(car: ElectricVehicle, stay: Stay) -> Iterator[str]:
    need = stay.departure_energy_kwh - stay.arrival_energy_kwh
    minutes = clock_minutes(stay.departs) - clock_minutes(stay.arrives)
    needed = need / (car.charge_power_kw * car.charge_efficiency) * 60
    if needed > minutes + 1e-9:
        yield (
            f"the stay {stay.arrives}-{stay.departs} is too short to charge {need:g} kWh "
            f"at {car.charge_power_kw:g} kW, which takes {duration_text(round(needed + 0.5))}"
        )


def overlapping_stays(location: Location, device: Device) -> Iterator[Finding]:
    """Stays of a car that is at home twice at the same time."""
    if not isinstance(device, ElectricVehicle):
        return
    taken: list[tuple[int, int, int]] = []
    for k, stay in enumerate(device.stays):
        length = clock_minutes(stay.departs) - clock_minutes(stay.arrives)
        for day in stay.days:
            begin = WEEKDAYS.index(day) * 1440 + clock_minutes(stay.arrives)
            other = next(
                (o for o, b, n in taken if (begin - b) % _WEEK < n or (b - begin) % _WEEK < length), None
            )
            if other is not None:
                place = (*location, "stays", k)
                seen = (
                    f"{day} {stay.arrives}-{stay.departs}, when the car is at home already (stays[{other}])"
                )
                yield Finding(
                    place,
                    seen if other != k else f"{stay.arrives}-{stay.departs}, longer than a day",
                    "stays one after the other",
                )
                break
            taken.append((k, begin, length))


def duration_text(minutes: int) -> str:
    """``1 h 45``, ``2 h``, ``30 min``."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02}" if rest else f"{hours} h"


def _clock(minutes: int) -> str:
    day, rest = divmod(minutes, 1440)
    return f"{rest // 60:02}:{rest % 60:02}" + (" next day" if day else "")

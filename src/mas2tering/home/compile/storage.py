"""Batteries and electric vehicles as linear stores."""

from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from mas2tering.domain.devices import Battery, ElectricVehicle, Stay
from mas2tering.domain.errors import Clash
from mas2tering.domain.time_axis import clock_minutes, local_instant
from mas2tering.domain.windows import WEEKDAYS
from mas2tering.home.compile.context import Context, FloatArray, refill_price
from mas2tering.home.model import LinearStore


def battery_store(device: Battery, phase: int | None, context: Context) -> LinearStore:
    """A battery over the whole axis."""
    n, hours = context.axis.steps, context.axis.step_hours
    gain_in = np.full(n, device.charge_efficiency * hours)
    power_in = np.full(n, device.charge_power_kw)
    lower = np.full(n, device.minimum_energy_kwh)
    initial = context.contents_kwh.get(device.id, device.initial_energy_kwh)
    retention = (1 - device.standby_loss_per_hour) ** hours
    if device.standby_loss_per_hour > 0:
        # A battery left alone below its minimum by its own losses breaks no rule.
        lower = np.minimum(lower, initial * retention ** np.arange(1, n + 1))
    if device.end_energy_minimum_kwh is not None:
        reachable = _reachable(initial, retention, gain_in * power_in)[-1]
        if device.end_energy_minimum_kwh > reachable + 1e-9:
            context.clashes.append(
                Clash(
                    device.id,
                    f"{device.end_energy_minimum_kwh:g} kWh at the end of the day cannot be reached from "
                    f"{initial:g} kWh at "
                    f"{device.charge_power_kw:g} kW",
                    f"ends with {reachable:.2f} kWh",
                )
            )
        lower[-1] = max(lower[-1], min(device.end_energy_minimum_kwh, reachable))
    end_value = device.end_value_per_kwh
    if end_value is None:
        end_value = refill_price(context, gain_in, power_in, device.capacity_kwh, device.wear_cost_per_kwh)
    return LinearStore(
        device=device.id,
        kind=device.kind,
        phase=phase,
        first_step=0,
        retention=retention,
        initial_kwh=initial,
        gain_in=gain_in,
        gain_out=hours / device.discharge_efficiency,
        power_in_kw=power_in,
        power_out_kw=np.full(n, device.discharge_power_kw),
        lower_kwh=lower,
        upper_kwh=np.full(n, device.capacity_kwh),
        wear_cost_per_kwh=device.wear_cost_per_kwh,
        end_value_per_kwh=end_value,
        setpoint_kwh=lower,
        priority=device.priority,
        drain_kwh=np.zeros(n),
        relief_kwh=np.zeros(n),
        relief_cost_per_kwh=0.0,
        soft_lower_kwh=np.zeros(n),
        soft_lower_price=np.zeros(n),
        soft_upper_kwh=np.zeros(n),
        soft_upper_price=np.zeros(n),
    )


def vehicle_stores(device: ElectricVehicle, phase: int | None, context: Context) -> list[LinearStore]:
    """One store for each stay that overlaps the axis, in order of time."""
    axis = context.axis
    visits = [
        visit
        for k, stay in enumerate(device.stays)
        for day in axis.local_dates
        if WEEKDAYS[day.weekday()] in stay.days
        and (visit := _visit(device, day, k, context)) is not None
        and visit.arrives < axis.end
        and visit.departs > axis.start
    ]
    stores = [_stay_store(device, phase, visit, context) for visit in sorted(visits, key=lambda v: v.arrives)]
    return [store for store in stores if store is not None]


@dataclass(frozen=True)
class _Visit:
    """One stay on a day, by the instant."""

    name: str
    arrives: datetime
    departs: datetime
    stay: Stay


def _visit(device: ElectricVehicle, day: date, k: int, context: Context) -> _Visit | None:
    """A stay as it came, or as it is expected when the axis begins: where the car should be there and is not, it is
    expected any moment; None where it did not come, or is known to be over."""
    name, zone, start = f"{day}#{k}", context.axis.zone, context.axis.start

    def visit(stay: Stay) -> _Visit:
        times = [local_instant(day, clock_minutes(clock), zone) for clock in (stay.arrives, stay.departs)]
        return _Visit(name, times[0], times[1], stay)

    stay = device.came(day, k)
    came = None if stay is None else visit(stay)
    if not context.expected or (came is not None and came.stay is device.stays[k]):
        return came
    expected = visit(device.stays[k])
    if came is not None and came.departs <= start:
        return None
    if came is not None and came.arrives < start:
        return replace(came, departs=expected.departs)
    return replace(expected, arrives=max(expected.arrives, start))


def _stay_store(
    device: ElectricVehicle, phase: int | None, visit: _Visit, context: Context
) -> LinearStore | None:
    arrives, departs, stay = visit.arrives, visit.departs, visit.stay
    axis, plugged = context.axis, context.axis.overlap(arrives, departs)
    used = np.flatnonzero(plugged > 1e-9)
    if not len(used):
        return None
    first, n = int(used[0]), int(used[-1] - used[0] + 1)
    plugged = plugged[first : first + n]
    gain_in = np.full(n, device.charge_efficiency * axis.step_hours)
    power_in = device.charge_power_kw * plugged
    initial = _energy_at_start(device, arrives, stay, context)
    due = _energy_due(initial, arrives, departs, stay, context)
    reachable = _reachable(initial, 1.0, gain_in * power_in)[-1]
    if due > reachable + 1e-9:
        context.clashes.append(_too_short(device, stay, due, reachable, plugged.sum() * axis.step_hours))
        due = float(reachable)
    lower = np.full(n, min(device.minimum_energy_kwh, initial))
    lower[-1] = max(lower[-1], due)
    need = stay.departure_energy_kwh
    wished = need if stay.wished_energy_kwh is None else stay.wished_energy_kwh
    soft_lower, soft_price, end_value = np.zeros(n), np.zeros(n), 0.0
    if departs <= axis.end:
        soft_lower[-1], soft_price[-1] = _wish(device, stay, wished, initial, due, context)
    elif device.end_value_per_kwh is not None:
        end_value = device.end_value_per_kwh
    else:
        end_value = refill_price(context, gain_in, power_in, need - stay.arrival_energy_kwh, 0.0)
    # Without V2G nothing beyond what is wished is of use: the car takes no more.
    top = device.capacity_kwh if device.discharge_power_kw > 0 else max(wished, initial, due)
    return LinearStore(
        device=device.id,
        kind=device.kind,
        phase=phase,
        first_step=first,
        retention=1.0,
        initial_kwh=initial,
        gain_in=gain_in,
        gain_out=axis.step_hours / device.discharge_efficiency,
        power_in_kw=power_in,
        power_out_kw=device.discharge_power_kw * plugged,
        lower_kwh=lower,
        upper_kwh=np.full(n, top),
        wear_cost_per_kwh=device.wear_cost_per_kwh if device.discharge_power_kw > 0 else 0.0,
        end_value_per_kwh=end_value,
        setpoint_kwh=np.full(n, max(due, min(need, float(reachable)))),
        priority=device.priority,
        drain_kwh=np.zeros(n),
        relief_kwh=np.zeros(n),
        relief_cost_per_kwh=0.0,
        soft_lower_kwh=soft_lower,
        soft_lower_price=soft_price,
        soft_upper_kwh=np.zeros(n),
        soft_upper_price=np.zeros(n),
        visit=visit.name,
    )


def _wish(
    device: ElectricVehicle, stay: Stay, wished: float, initial: float, due: float, context: Context
) -> tuple[float, float]:
    """Energy (kWh) that the car should rather leave with, and what each kWh short of it costs."""
    if device.discharge_power_kw > 0 and initial > due:
        # Energy that the car brought beyond its need is not free for the taking: it will be refilled
        # elsewhere.
        steps, hours = context.axis.steps, context.axis.step_hours
        gain_in = np.full(steps, device.charge_efficiency * hours)
        power_in = np.full(steps, device.charge_power_kw)
        worth = refill_price(context, gain_in, power_in, device.capacity_kwh, 0.0)
        if worth > stay.wish_value_per_kwh:
            return initial, worth
    return wished, stay.wish_value_per_kwh


def _energy_at_start(device: ElectricVehicle, arrives: datetime, stay: Stay, context: Context) -> float:
    """What is in the car when its stay enters the axis.

    A stay that began before the axis goes on from the day before; on a first day its night's charging is
    taken as done.
    """
    if arrives >= context.axis.start:
        return stay.arrival_energy_kwh
    return context.contents_kwh.get(device.id, max(stay.departure_energy_kwh, stay.arrival_energy_kwh))


def _energy_due(initial: float, arrives: datetime, departs: datetime, stay: Stay, context: Context) -> float:
    """What must be in the car at the end of its stay, or at the end of the axis where the stay goes on beyond
    it.

    Then the part due is the part of the remaining stay that lies on the axis: the bulk of a night's charging
    is not put off to a day that the plan does not see, and a stay that has just begun is not filled in a
    hurry.
    """
    if departs <= context.axis.end:
        return stay.departure_energy_kwh
    begins = max(context.axis.start, arrives)
    seen = (context.axis.end - begins) / (departs - begins)
    return initial + max(0.0, stay.departure_energy_kwh - initial) * seen


def _reachable(initial: float, retention: float, inflow_kwh: FloatArray) -> FloatArray:
    """The highest content at the end of each step, if nothing is drawn."""
    levels = np.empty(len(inflow_kwh))
    level = initial
    for k, inflow in enumerate(inflow_kwh):
        level = retention * level + inflow
        levels[k] = level
    return levels


def _too_short(
    device: ElectricVehicle, stay: Stay, due: float, reachable: float, plugged_hours: float
) -> Clash:
    hours, minutes = divmod(round(plugged_hours * 60), 60)
    return Clash(
        device.id,
        f"{due:.1f} kWh by {stay.departs} cannot be reached: "
        f"it is plugged in from {stay.arrives} ({hours} h {minutes:02d}) at "
        f"{device.charge_power_kw:g} kW with {stay.arrival_energy_kwh:.1f} kWh on arrival",
        f"charges at full power all the time and leaves with {reachable:.1f} kWh",
    )

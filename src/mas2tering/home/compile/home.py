"""A whole home: each device by its own translation, those that nobody may touch as they would run anyway."""

from dataclasses import dataclass, field, replace

from mas2tering.domain.community import Home
from mas2tering.domain.devices import (
    AirConditioning,
    ApplianceProgramme,
    Battery,
    Device,
    ElectricVehicle,
    FixedLoad,
    HeatPump,
    HotWater,
    MicroChp,
    PvPlant,
    WindTurbine,
)
from mas2tering.domain.profiles import ProfileReader
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.home import model as arrays
from mas2tering.home.compile.context import Context
from mas2tering.home.compile.heat import cogeneration_of, cooling_store, heating_store, water_store
from mas2tering.home.compile.programmes import chains_of
from mas2tering.home.compile.storage import battery_store, vehicle_stores
from mas2tering.home.rules.without_platform import as_fixed_loads


@dataclass(frozen=True)
class Carry:
    """The state in which a day begins: content of stores in kWh and whether machines run, by device; empty
    for the first day."""

    contents_kwh: dict[str, float] = field(default_factory=dict)
    running: dict[str, bool] = field(default_factory=dict)


def compile_home(
    home: Home,
    tariff: TariffOnAxis,
    reader: ProfileReader,
    carry: Carry | None = None,
    *,
    expected: bool = False,
) -> arrays.HomeModel:
    """The model of a home on the axis of its tariff.

    Args:
        home: its devices and contract.
        tariff: prices on the axis.
        reader: where profiles lie.
        carry: the state in which the axis begins.
        expected: cars come and go as is expected when the axis begins, instead of as they came.

    Raises:
        ProfileError: a profile that a device needs cannot be had.
    """
    carry = carry or Carry()
    context = Context(tariff.axis, tariff, reader, dict(carry.contents_kwh), dict(carry.running), expected)
    compiled = _compile_devices(home, home.devices, context)
    untouched = [device.id for device in home.devices if device.control == "never"]
    if untouched:
        compiled = as_fixed_loads(compiled, frozenset(untouched))
    return replace(compiled, clashes=tuple(context.clashes), notes=tuple(dict.fromkeys(context.notes)))


def _compile_devices(home: Home, devices: tuple[Device, ...], context: Context) -> arrays.HomeModel:
    fixed: list[arrays.FixedLoad] = []
    generation: list[arrays.Generation] = []
    stores: list[arrays.LinearStore] = []
    cogeneration: list[arrays.Cogeneration] = []
    programmes: list[ApplianceProgramme] = []
    for device in devices:
        phase = phase_index(home, device)
        if isinstance(device, FixedLoad):
            fixed.append(arrays.FixedLoad(device.id, device.kind, phase, context.values(device.profile)))
        elif isinstance(device, PvPlant | WindTurbine):
            source = _generation(device, phase, context)
            if device.curtailable and device.control == "platform":
                generation.append(source)
            else:
                fixed.append(arrays.FixedLoad(device.id, device.kind, phase, -source.available_kw))
        elif isinstance(device, Battery):
            stores.append(battery_store(device, phase, context))
        elif isinstance(device, ElectricVehicle):
            stores.extend(vehicle_stores(device, phase, context))
        elif isinstance(device, HeatPump):
            stores.append(heating_store(device, phase, context))
        elif isinstance(device, AirConditioning):
            stores.append(cooling_store(device, phase, context))
        elif isinstance(device, HotWater):
            stores.append(water_store(device, phase, context))
        elif isinstance(device, MicroChp):
            cogeneration.append(cogeneration_of(device, phase, context))
        else:
            programmes.append(device)
    return arrays.HomeModel(
        home=home.id,
        axis=context.axis,
        tariff=context.tariff,
        fuse_kw=home.connection.fuse_kw,
        phases=len(home.connection.phases),
        fixed=tuple(fixed),
        generation=tuple(generation),
        stores=tuple(stores),
        chains=chains_of(programmes, {p.id: phase_index(home, p) for p in programmes}, context),
        cogeneration=tuple(cogeneration),
    )


def phase_index(home: Home, device: Device) -> int | None:
    """Which of the home's phases a device is on: None where it is on all of them, or the home has one
    alone."""
    if len(home.connection.phases) == 1 or device.phase is None:
        return None
    return "ABC".index(device.phase)


def _generation(device: PvPlant | WindTurbine, phase: int | None, context: Context) -> arrays.Generation:
    values = context.values(device.profile)
    scale = device.peak_power_kwp if isinstance(device, PvPlant) else device.rated_power_kw
    if device.profile.unit in ("kW_per_kWp", "factor"):
        values = values * (1.0 if scale is None else scale)
    return arrays.Generation(device.id, device.kind, phase, values.clip(min=0.0))

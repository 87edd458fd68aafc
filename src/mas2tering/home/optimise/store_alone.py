"""Homes in which one store at a time is all that moves, where feeding in is dearer than drawing.

There the bill is concave in the meter's power. One integer a step for its sign makes ties without end at
constant prices (a battery alone took up to 26 s); the store's own dynamic programme knows no ties and is exact.
"""

import numpy as np

from mas2tering.home.answer.pools import pack_stores, store_at
from mas2tering.home.answer.priced_store import FlowCosts, plan_priced_store
from mas2tering.home.model import Decision, FloatArray, HomeModel, LinearStore, StoreDecision

_MOST_ROOM = 600_000
"""Breakpoints at which the dynamic programme is given up: about as long as the integer search would take."""


def plan_store_alone(model: HomeModel) -> Decision | None:
    """The best decision of a home in which no more than one store moves at a time; None where more moves, or
    where that cannot be told exactly."""
    if not _are_alone(model):
        return None
    generation = tuple(source.available_kw for source in model.generation)
    beside_kw = model.fixed_kw - sum(generation, np.zeros(model.axis.steps))
    pool = pack_stores([model])
    stores = []
    for k, store in enumerate(model.stores):
        low_kw, high_kw = _room_of_fuse(model, store)
        if model.generation and np.any(low_kw > -store.power_out_kw):
            return None  # beside a fuse that binds, generation may have to give way
        flow_kwh = np.empty(store.steps)
        costs = _flow_costs(model, store, beside_kw[store.window], low_kw, high_kw)
        if not plan_priced_store(costs, store_at(pool, k), _MOST_ROOM, flow_kwh):
            return None
        charge = np.divide(flow_kwh, store.gain_in, out=np.zeros(store.steps), where=flow_kwh > 0.0)
        emptied = np.maximum(-flow_kwh, 0.0)
        discharge = emptied / store.gain_out if store.discharges else np.zeros(store.steps)
        stores.append(StoreDecision(charge, discharge, np.zeros(store.steps)))
    return Decision(generation, tuple(stores), (), ())


def _are_alone(model: HomeModel) -> bool:
    """Whether at each step one store at most is there (a car's stays follow one another), and nothing else."""
    tariff = model.tariff
    worth_keeping = min(tariff.import_price_per_kwh.min(), tariff.export_price_per_kwh.min()) >= 0.0
    there = np.zeros(model.axis.steps)
    for store in model.stores:
        there[store.window] += 1
    return (
        there.max() == 1
        and not (model.chains or model.cogeneration or any(s.relief_kwh.any() for s in model.stores))
        and (worth_keeping or not model.generation)
        and tariff.capacity_charge is None
    )


def _room_of_fuse(model: HomeModel, store: LinearStore) -> tuple[FloatArray, FloatArray]:
    """The least and the most power of the store that every phase's fuse has room for, both of shape (n,)."""
    loads_kw = model.fixed_by_phase_kw
    for source in model.generation:
        if source.phase is None or model.phases == 1:
            loads_kw -= source.available_kw / model.phases
        else:
            loads_kw[source.phase] -= source.available_kw
    loads_kw = loads_kw[:, store.window]
    if store.phase is None or model.phases == 1:
        shares = np.full((model.phases, 1), 1.0 / model.phases)
        return (
            ((-model.fuse_kw - loads_kw) / shares).max(axis=0),
            ((model.fuse_kw - loads_kw) / shares).min(axis=0),
        )
    return -model.fuse_kw - loads_kw[store.phase], model.fuse_kw - loads_kw[store.phase]


def _flow_costs(
    model: HomeModel, store: LinearStore, beside_kw: FloatArray, low_kw: FloatArray, high_kw: FloatArray
) -> FlowCosts:
    """Charging and discharging, each while the meter imports and while it exports: four pieces."""
    tariff, hours, wear = model.tariff, model.axis.step_hours, store.wear_cost_per_kwh
    prices = (tariff.import_price_per_kwh[store.window], tariff.export_price_per_kwh[store.window])
    # A store that cannot be emptied (a tank) or not be filled in a step has no piece there, whatever the scale.
    gain_in = np.where(store.gain_in > 0.0, store.gain_in, 1.0)
    gain_out = np.full(store.steps, store.gain_out if store.gain_out > 0.0 else 1.0)
    pieces = []
    for charges in (True, False):
        gain = gain_in if charges else gain_out
        least_kw = np.maximum(0.0 if charges else -store.power_out_kw, low_kw)
        most_kw = np.minimum(store.power_in_kw if charges else 0.0, high_kw)
        for imports, price in zip((True, False), prices, strict=True):
            begin = np.maximum(least_kw, -beside_kw) if imports else least_kw
            end = most_kw if imports else np.minimum(most_kw, -beside_kw)
            slope = hours * (price + (wear if charges else -wear)) / gain
            pieces.append((begin * gain, end * gain, slope, hours * price * beside_kw))
    begin, end, slope, offset = (np.stack(part, axis=1) for part in zip(*pieces, strict=True))
    return FlowCosts(begin, end, slope, offset)

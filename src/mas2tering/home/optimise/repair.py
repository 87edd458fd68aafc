"""What a relaxation leaves to be mended before its point is a plan."""

from dataclasses import replace

import numpy as np

from mas2tering.home.model import Decision, HomeModel, StoreDecision


def one_direction(model: HomeModel, decision: Decision) -> Decision:
    """The decision with no store charging and discharging at once: the same content with less drawn from the
    meter."""
    stores = []
    for store, flows in zip(model.stores, decision.stores, strict=True):
        both = np.minimum(flows.charge_kw, flows.discharge_kw) > 0
        if not both.any():
            stores.append(flows)
            continue
        flow = store.gain_in * flows.charge_kw - store.gain_out * flows.discharge_kw
        charge = np.where(both, np.maximum(flow, 0.0) / store.gain_in, flows.charge_kw)
        discharge = np.where(both, np.maximum(-flow, 0.0) / store.gain_out, flows.discharge_kw)
        stores.append(StoreDecision(charge, discharge, flows.unserved_kwh))
    return replace(decision, stores=tuple(stores))

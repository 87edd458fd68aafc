"""What a community's homes could trade on a day as it turned out, with nothing negotiated anew."""

import numpy as np

from mas2tering.domain.local_market import FloatArray
from mas2tering.domain.tariffs import LocalCharges


def gain_of_matching(
    net_kw: FloatArray,
    buying_per_kwh: FloatArray,
    selling_per_kwh: FloatArray,
    charges: LocalCharges,
    hours: float,
) -> float:
    """What homes save together if in each step what some feed in goes to those who draw, dearest first, from the cheapest.

    This is the most that a local market can settle of loads as they were lived; that loads themselves move for each other's
    sake is what negotiating adds.

    Args:
        net_kw: load of each home at its meter, import positive, shape (homes, steps).
        buying_per_kwh: import price of each home's supplier, likewise.
        selling_per_kwh: export price, likewise.
        charges: what each local kWh costs buyer and seller besides.
        hours: length of a step.
    """
    total = 0.0
    for k in range(net_kw.shape[1]):
        drawn, fed = np.maximum(net_kw[:, k], 0.0), np.maximum(-net_kw[:, k], 0.0)
        if not (drawn.any() and fed.any()):
            continue
        # Worth of the n-th kW by value falling among buyers, by price rising among sellers: both are steps of the same sum.
        buyers = np.argsort(-buying_per_kwh[:, k], kind="stable")
        sellers = np.argsort(selling_per_kwh[:, k], kind="stable")
        ends_drawn, ends_fed = np.cumsum(drawn[buyers]), np.cumsum(fed[sellers])
        edges = np.unique(np.concatenate(([0.0], ends_drawn, ends_fed)))
        edges = edges[edges <= min(ends_drawn[-1], ends_fed[-1])]
        middles = 0.5 * (edges[1:] + edges[:-1])
        worth = buying_per_kwh[buyers[np.searchsorted(ends_drawn, middles)], k] - charges.buyer_per_kwh
        asked = selling_per_kwh[sellers[np.searchsorted(ends_fed, middles)], k] + charges.seller_per_kwh
        total += float(np.maximum(worth - asked, 0.0) @ np.diff(edges)) * hours
    return total

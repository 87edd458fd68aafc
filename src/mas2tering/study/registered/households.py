"""What is known of households of a community, and how much of it a service may be told."""

from collections.abc import Sequence

import numpy as np

from mas2tering.domain.community import Community, Home
from mas2tering.domain.devices import HeatPump
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.anonymise import (
    UNKNOWN,
    Generalised,
    HouseholdAttributes,
    TooFewHomesError,
    generalise,
)

K, DIVERSITY = 5, 2
_BANDS = 4


def attributes_of(community: Community) -> HouseholdAttributes:
    """What a community file says of its households: the kind of heating where it is a heat pump, and the tariff."""
    return HouseholdAttributes(
        {
            "heating": [_heating(home) for home in community.homes],
            "tariff_band": [home.supply.tariff[:60] for home in community.homes],
        }
    )


def told_of(attributes: HouseholdAttributes, loads: Sequence[MeasuredSeries]) -> Generalised | None:
    """Attributes so coarse that five homes share them, in two bands of consumption at least; None where there are too few
    homes for that, so that nothing is told."""
    means_kw = np.array([_mean(load) for load in loads])
    bands = np.searchsorted(np.quantile(means_kw, np.linspace(0, 1, _BANDS + 1)[1:-1]), means_kw)
    try:
        return generalise(attributes, bands, K, DIVERSITY)
    except TooFewHomesError:
        return None


def _mean(load: MeasuredSeries) -> float:
    known_kw = load.mean_kw[~np.isnan(load.mean_kw)]
    return float(known_kw.mean()) if len(known_kw) else 0.0


def _heating(home: Home) -> str:
    return "heat pump" if any(isinstance(device, HeatPump) for device in home.devices) else UNKNOWN

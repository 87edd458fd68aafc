"""Random communities of a few homes over every kind of device, and days of the local market in them."""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st
from market_verifier import Published, published
from random_homes import NO_FILES, compiled, random_homes, random_tariffs, some_devices

from mas2tering.coordination.local_market import MarketBudget
from mas2tering.coordination.market_day import MarketDay, market_day
from mas2tering.domain.community import Home
from mas2tering.domain.flexibility import FlexibilityRequest, Requested
from mas2tering.domain.local_market import SupplierPrices
from mas2tering.domain.tariffs import LocalCharges, TariffOnAxis
from mas2tering.domain.windows import ClockWindow
from mas2tering.home.optimise import best_plan
from mas2tering.settlement import as_document

CHARGES = (LocalCharges(), LocalCharges(), LocalCharges(buyer_per_kwh=0.03, seller_per_kwh=0.01))


@dataclass(frozen=True)
class RandomCommunity:
    """Homes, and the tariff of each; tariffs of the same name are the same."""

    homes: tuple[Home, ...]
    tariffs: tuple[TariffOnAxis, ...]
    charges: LocalCharges

    @property
    def words(self) -> str:
        """What there is, in a line."""
        homes = "; ".join(
            f"{tariff.id}: {' '.join(device.id for device in home.devices)}"
            for home, tariff in zip(self.homes, self.tariffs, strict=True)
        )
        return f"charges {self.charges.buyer_per_kwh:g} and {self.charges.seller_per_kwh:g}; {homes}"


@st.composite
def random_communities(draw, least: int = 3, most: int = 8) -> RandomCommunity:
    """One to three tariffs, some with a capacity charge, prices below zero, or export that is dearer than import at times."""
    tariffs = [replace(draw(random_tariffs()), id=f"tariff {k}") for k in range(draw(st.integers(1, 3)))]
    homes, own = [], []
    for k in range(draw(st.integers(least, most))):
        phases = draw(st.sampled_from(["A", "A", "ABC"]))
        fuse = draw(st.sampled_from([1000.0, 1000.0, 12.0]))
        home = draw(random_homes(*draw(some_devices(0, 3)), fuse_kw=fuse, phases=phases))
        homes.append(home.model_copy(update={"id": f"home {k}"}))
        own.append(draw(st.sampled_from(tariffs)))
    return RandomCommunity(tuple(homes), tuple(own), draw(st.sampled_from(CHARGES)))


@st.composite
def requests(draw) -> tuple[FlexibilityRequest, ...]:
    """One or two, at prices from below what any supplier pays to above what most ask."""
    found = []
    for k in range(draw(st.integers(1, 2))):
        begin = draw(st.integers(6, 20))
        window = ClockWindow(begin=f"{begin:02}:00", end=f"{begin + draw(st.integers(1, 3)):02}:00")
        price, power = draw(st.floats(-0.1, 0.8)), draw(st.floats(0.1, 40.0))
        found.append(
            FlexibilityRequest(buyer=f"buyer {k}", power_kw=power, price_per_kwh=price, hours=(window,))
        )
    return tuple(found)


def wanted_of(models, charges: LocalCharges, requested: Requested) -> Requested:
    """What of requests these members could deliver, by what their devices can feed in at most."""
    prices = (
        np.array([getattr(model.tariff, name) for model in models])
        for name in ("import_price_per_kwh", "export_price_per_kwh")
    )
    most_kw = sum(np.maximum(model.reach_kw[1], 0.0) for model in models)
    return requested.within_reach(SupplierPrices(*prices), charges, models[0].axis.step_hours * most_kw)


def traded(
    community: RandomCommunity,
    budget: MarketBudget | None = None,
    asked: tuple[FlexibilityRequest, ...] = (),
) -> tuple[MarketDay, Published]:
    """A day of the market in it, and what is published of that."""
    models = [compiled(home, tariff) for home, tariff in zip(community.homes, community.tariffs, strict=True)]
    alone = [best_plan(model) for model in models]
    suppliers = [f"supplier of {tariff.id}" for tariff in community.tariffs]
    requested = Requested.on(models[0].axis, asked)
    day = market_day(models, alone, suppliers, community.charges, "EUR", budget, requested=requested)
    wanted = wanted_of(models, community.charges, requested)
    document = as_document(day.settlement)
    return day, published(
        day, community.homes, community.tariffs, NO_FILES, community.charges, document, wanted
    )

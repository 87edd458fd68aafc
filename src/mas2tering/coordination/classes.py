"""Members by tariff, and the rows in which their answers are summed: a class too small to hide its members is merged."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.community.secure_sum.classes import TooFewError, merge_small_classes
from mas2tering.community.sums import RoundSums, supplier_cost
from mas2tering.community.terms import Terms
from mas2tering.community.weighing import TradingRows
from mas2tering.domain.flexibility import Requested, sold
from mas2tering.domain.local_market import SupplierPrices
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.tariffs import LocalCharges, TariffOnAxis
from mas2tering.home.model import HomeModel, IntArray


@dataclass(frozen=True)
class Classes:
    """The class of each home (homes,), and the prices of the classes.

    Sums are made in rows (``row_of_home``, ``row_prices``): a class each, and one for all members whose classes are
    too small (``is_merged``). What merged members pay at their suppliers' prices is part of their cost beside
    energy; only what moves with the local price is energy in the sums. ``trading_rows`` are the same rows where plans are
    weighed. ``words`` say what was merged. ``requested`` is what buyers
    outside the community ask for, who belong to no class.
    """

    of_home: IntArray
    suppliers: SupplierPrices
    row_of_home: IntArray
    row_prices: SupplierPrices
    trading_rows: TradingRows
    is_merged: NDArray[np.bool_]
    words: tuple[str, ...]
    requested: Requested

    @staticmethod
    def of(models: Sequence[HomeModel], requested: Requested | None = None) -> "Classes":
        """Classes in the order in which their tariffs first appear; buyers whose requests are ``requested`` are no members
        of any."""
        first: dict[tuple[str, bytes, bytes], TariffOnAxis] = {}
        keys = []
        for tariff in (model.tariff for model in models):
            # By prices too: a name alone may stand for two things.
            bought, sold = tariff.import_price_per_kwh, tariff.export_price_per_kwh
            keys.append((tariff.id, bought.tobytes(), sold.tobytes()))
            first.setdefault(keys[-1], tariff)
        order = {key: position for position, key in enumerate(first)}
        of_home = np.array([order[key] for key in keys], dtype=np.int64)
        suppliers = SupplierPrices(
            np.array([tariff.import_price_per_kwh for tariff in first.values()]),
            np.array([tariff.export_price_per_kwh for tariff in first.values()]),
        )
        names = [f"{tariff.id} ({position})" for position, tariff in enumerate(first.values())]
        requested = requested or Requested.nothing(suppliers.import_price_per_kwh.shape[1])
        return _in_rows(of_home, suppliers, names, requested)

    @property
    def of_homes(self) -> SupplierPrices:
        """Prices of each home, a row each."""
        return SupplierPrices(
            self.suppliers.import_price_per_kwh[self.of_home],
            self.suppliers.export_price_per_kwh[self.of_home],
        )

    def cost(self, plans: Sequence[HomePlan], terms: Terms, charges: LocalCharges) -> float:
        """What plans cost the community with its best trades under terms of the classes; what buyers gain is counted in, as
        if they were members."""
        sums = self._sums_of(plans)
        borne = SupplierPrices(terms.buy_up_to_per_kwh, terms.sell_from_per_kwh)
        bids = self.requested.after(charges)
        return (
            supplier_cost(sums, self.suppliers)
            - sold(sums.drawn_kwh, sums.fed_in_kwh, borne, LocalCharges(), bids).gain
        )

    def _sums_of(self, plans: Sequence[HomePlan]) -> RoundSums:
        energy_cost = sum(plan.costs.energy_bought - plan.costs.energy_sold for plan in plans)
        net_kwh = plans[0].axis.step_hours * np.array([plan.net_kw for plan in plans])
        shape = self.suppliers.import_price_per_kwh.shape
        drawn, fed_in = np.zeros(shape), np.zeros(shape)
        np.add.at(drawn, self.of_home, np.maximum(net_kwh, 0.0))
        np.add.at(fed_in, self.of_home, np.maximum(-net_kwh, 0.0))
        return RoundSums(sum(plan.costs.cost for plan in plans) - energy_cost, drawn, fed_in, 0.0)


def _in_rows(
    of_home: IntArray, suppliers: SupplierPrices, names: Sequence[str], requested: Requested
) -> Classes:
    """Classes with the rows in which they are summed."""
    counts = Counter(int(k) for k in of_home)
    try:
        merged = merge_small_classes({names[k]: count for k, count in counts.items()})
    except TooFewError as few:
        whole = np.zeros(len(of_home), dtype=bool)
        each = TradingRows.of_classes(suppliers, requested)
        return Classes(of_home, suppliers, of_home, suppliers, each, whole, (str(few),), requested)
    small = {names.index(name) for group in merged.groups.values() if len(group) > 1 for name in group}
    alone = [k for k in range(len(names)) if k not in small]
    row_of_class = np.full(len(names), len(alone), dtype=np.int64)
    row_of_class[alone] = np.arange(len(alone))
    bought, sold = suppliers.import_price_per_kwh, suppliers.export_price_per_kwh
    rows = SupplierPrices(bought[alone], sold[alone])
    trading = TradingRows.of_classes(rows, requested)
    if small:
        those = sorted(small)
        trading = TradingRows(
            SupplierPrices(
                np.vstack([rows.import_price_per_kwh, bought[those].min(axis=0)]),
                np.vstack([rows.export_price_per_kwh, sold[those].max(axis=0)]),
            ),
            np.array([*[False] * len(alone), True]),
            requested,
        )
        # At the edges of all prices: what is left of merged members in the sums follows the local price. No further, since
        # the search looks at all prices between the rows'.
        highest = requested.beside(suppliers).import_price_per_kwh.max(axis=0)
        rows = SupplierPrices(
            np.vstack([rows.import_price_per_kwh, highest]),
            np.vstack([rows.export_price_per_kwh, sold.min(axis=0)]),
        )
    is_merged = np.isin(of_home, sorted(small))
    return Classes(
        of_home, suppliers, row_of_class[of_home], rows, trading, is_merged, merged.words, requested
    )

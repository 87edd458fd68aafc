"""Orders to homes with real devices: plans judged by the home's own judge, money by the settlement, both looked at apart."""

import json
from dataclasses import replace

import numpy as np
import pytest
from golden_homes import load_golden
from payment_verifier import looked_at_day

from mas2tering.coordination.local_market import MarketBudget
from mas2tering.coordination.market_day import market_day
from mas2tering.domain.plans import Costs, HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.evaluate import plan_of
from mas2tering.home.optimise import best_decision
from mas2tering.settlement.flexibility import (
    PlannedHome,
    after_orders_document,
    payment_statement_of,
    payments,
    settle_after_orders,
    statement_after_orders,
)


class JudgedAgain:
    """What lies beside the bill of plans that a home's own judge made from the declared model, device by device."""

    def beside_bill(self, plan: HomePlan) -> Costs:
        return sum((device.costs for device in plan.devices), Costs())


def less_at_the_peak(model, bound_kw) -> HomePlan:
    """The plan with another 2.00 per kWh on the community's sixteen highest steps, at the home's own tariff again."""
    dearer = np.where(np.argsort(np.argsort(-bound_kw)) < 16, 2.0, 0.0)
    tariff = replace(
        model.tariff,
        import_price_per_kwh=model.tariff.import_price_per_kwh + dearer,
        export_price_per_kwh=model.tariff.export_price_per_kwh + dearer,
    )
    _, decision = best_decision(replace(model, tariff=tariff))
    return plan_of(model, decision, "optimal")


def test_a_peak_is_shaved_and_nobody_with_an_order_is_worse_off_at_its_tariff():
    models = [replace(model, home=f"home_{k}") for k, model in enumerate(load_golden("suppliers_20")[0][:6])]
    alone = [best_decision(model)[0] for model in models]
    charges = LocalCharges(buyer_per_kwh=0.01, seller_per_kwh=0.01)
    day = market_day(models, alone, ["supplier"] * 6, charges, "EUR", MarketBudget(gap=2e-3))
    bound = day.agreement.plans if day.settlement.worthwhile else alone
    total_kw = sum(plan.net_kw for plan in bound)
    homes = [
        PlannedHome(plan, less_at_the_peak(model, total_kw) if k else plan, model.tariff, "Grid Friends")
        for k, (model, plan) in enumerate(zip(models, bound, strict=True))
    ]
    paid = payments(homes, JudgedAgain(), "Grid Co", "EUR")
    assert paid.total > 0
    assert 2 <= len(paid.called) <= 5
    assert paid.worse_off == 0
    for row in paid.rows:
        assert row.loss.ordered.cost == pytest.approx(row.plan.costs.cost)
    found = settle_after_orders(day.settlement, paid, day.settlement.price_per_kwh)
    assert found.ledger.imbalance == 0
    assert looked_at_day(json.loads(json.dumps(after_orders_document(found)))) == []
    for member in found.members:
        statement = statement_after_orders(found, member.id)
        assert sum(line.amount for line in statement.lines) == statement.paid
        assert payment_statement_of(paid, member.id) == statement.payment

"""The money of use case 3: what the distribution system operator pays for its orders, and the day settled after them.

``payments`` recomputes each called home's loss against the plan it was bound to and pays the delivered share of it;
``settle_after_orders`` then settles the local market of the plans that are carried out, against what use case 2 would have
cost. ``payments_document`` and ``after_orders_document`` publish both, ``payment_statement_of`` and
``statement_after_orders`` explain them to a home.
"""

from mas2tering.settlement.flexibility.after_orders import SettlementAfterOrders, settle_after_orders
from mas2tering.settlement.flexibility.delivery import Delivery, Tolerance, delivery_of
from mas2tering.settlement.flexibility.loss import Loss
from mas2tering.settlement.flexibility.order import Direction, FlexOrder, order_of
from mas2tering.settlement.flexibility.payment import Payment, Payments, PlannedHome, payments
from mas2tering.settlement.flexibility.publish import (
    FlexibilityFigures,
    after_orders_document,
    flexibility_figures,
    payments_document,
)
from mas2tering.settlement.flexibility.sharing import Guarantee
from mas2tering.settlement.flexibility.statement import (
    PaymentStatement,
    StatementAfterOrders,
    payment_statement_of,
    statement_after_orders,
)

__all__ = [
    "Delivery",
    "Direction",
    "FlexOrder",
    "FlexibilityFigures",
    "Guarantee",
    "Loss",
    "Payment",
    "PaymentStatement",
    "Payments",
    "PlannedHome",
    "SettlementAfterOrders",
    "StatementAfterOrders",
    "Tolerance",
    "after_orders_document",
    "delivery_of",
    "flexibility_figures",
    "order_of",
    "payment_statement_of",
    "payments",
    "payments_document",
    "settle_after_orders",
    "statement_after_orders",
]

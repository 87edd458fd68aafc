"""The money of use case 2: what each member pays, why, and proof that nobody lost.

``settle`` turns the plans to which members are bound, and the negotiated price, into a :class:`Settlement`: trades, bills,
gains shared, a ledger in whole cents. ``as_document`` publishes it so that anybody can work it out again, ``statement_of``
explains it to a member. ``compared`` says what the keys of energy-sharing law and two price rules would have made of the
same day, ``coefficients`` makes the table of such a key for the distribution system operator.

Money of use case 3, payments for orders and the day after them: ``settlement.flexibility``.

Pure: no files, no clock; what a member's day costs alone is asked for through ``domain.plans.CostsAlone``.
"""

from mas2tering.settlement.allocation import Allocation, Rule
from mas2tering.settlement.bills import Fee, Member
from mas2tering.settlement.coefficients import CoefficientTable, coefficients
from mas2tering.settlement.comparison import Outcome, allocations, compared
from mas2tering.settlement.ledger import Account, AccountKind, Entry, EntryKind, Ledger
from mas2tering.settlement.publish import as_document, key_figures
from mas2tering.settlement.settle import Settlement, settle
from mas2tering.settlement.statement import Statement, StatementLine, statement_of

__all__ = [
    "Account",
    "AccountKind",
    "Allocation",
    "CoefficientTable",
    "Entry",
    "EntryKind",
    "Fee",
    "Ledger",
    "Member",
    "Outcome",
    "Rule",
    "Settlement",
    "Statement",
    "StatementLine",
    "allocations",
    "as_document",
    "coefficients",
    "compared",
    "key_figures",
    "settle",
    "statement_of",
]

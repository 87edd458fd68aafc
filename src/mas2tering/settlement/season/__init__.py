"""The season's rule: commitments at the gate, days held out by lot, losses recomputed, deductions, money and words.

A day goes ``committed_day`` -> ``judged``; a season of judged days ``settled_season`` -> ``season_statement_of``.
``docs/fair-money.md`` holds the rule's proofs beside their assumptions, and what attacks on it earn.
"""

from mas2tering.settlement.season.account import (
    Finding,
    SeasonAccount,
    account_of,
    medians_of,
)
from mas2tering.settlement.season.claims import (
    Call,
    Debt,
    call_text,
    debts_of,
    why_day_does_not_count,
    why_not_called,
)
from mas2tering.settlement.season.commitment import (
    Commitment,
    Declaration,
    Opening,
    Signatures,
    sealed,
    signed_text,
    why_not_bound,
)
from mas2tering.settlement.season.feeder import FeederDenies, denied_by_feeder, with_feeder
from mas2tering.settlement.season.hold_out import Draw, drawn, held_out_by, probabilities, sealed_secret
from mas2tering.settlement.season.judging import (
    CommittedDay,
    DeviceRecord,
    Expected,
    JudgedDay,
    Lived,
    Recomputes,
    committed_day,
    judged,
)
from mas2tering.settlement.season.money import (
    EntryStore,
    Parties,
    SettledSeason,
    accounts_of,
    monthly_entries,
    paid_so_far,
    settled_season,
)
from mas2tering.settlement.season.reward import rewards_of
from mas2tering.settlement.season.rule import SeasonRule, weight_of
from mas2tering.settlement.season.sanctions import Standing, Verdict, appealed, reasons_of, verdict_of
from mas2tering.settlement.season.statement import SeasonStatement, season_statement_of

__all__ = [
    "Call",
    "Commitment",
    "CommittedDay",
    "Debt",
    "Declaration",
    "DeviceRecord",
    "Draw",
    "EntryStore",
    "Expected",
    "FeederDenies",
    "Finding",
    "JudgedDay",
    "Lived",
    "Opening",
    "Parties",
    "Recomputes",
    "SeasonAccount",
    "SeasonRule",
    "SeasonStatement",
    "SettledSeason",
    "Signatures",
    "Standing",
    "Verdict",
    "account_of",
    "accounts_of",
    "appealed",
    "call_text",
    "committed_day",
    "debts_of",
    "denied_by_feeder",
    "drawn",
    "held_out_by",
    "judged",
    "medians_of",
    "monthly_entries",
    "paid_so_far",
    "probabilities",
    "reasons_of",
    "rewards_of",
    "sealed",
    "sealed_secret",
    "season_statement_of",
    "settled_season",
    "signed_text",
    "verdict_of",
    "weight_of",
    "why_day_does_not_count",
    "why_not_bound",
    "why_not_called",
    "with_feeder",
]

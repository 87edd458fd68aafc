"""Anonymisation: the service view that only receipts open, the released data set, and the attack that measures both."""

from mas2tering.history.anonymise.attack import AttackReport, Hits, measure_attack
from mas2tering.history.anonymise.attributes import ANY, HIERARCHIES, UNKNOWN, HouseholdAttributes
from mas2tering.history.anonymise.custody import keep_keys, kept_keys, write_private
from mas2tering.history.anonymise.gate import ReceiptGate, SelectionRefusedError, ViewRows, erase_home
from mas2tering.history.anonymise.generalise import Generalised, TooFewHomesError, class_sizes, generalise
from mas2tering.history.anonymise.look_ups import (
    BrokenLogError,
    FileLookUpLog,
    LookUp,
    LookUpLog,
    MemoryLookUpLog,
)
from mas2tering.history.anonymise.micro_aggregate import Groups, group_means, grouped
from mas2tering.history.anonymise.panel import HomePanel, profile_rmse_kw, typical_days, without_gaps
from mas2tering.history.anonymise.parquet_view import READINGS, ParquetView
from mas2tering.history.anonymise.pseudonyms import Asker, KeyGoneError, KeyRing
from mas2tering.history.anonymise.receipts import (
    Receipt,
    ReceiptError,
    SignedReceipt,
    hand_over,
    seal,
    sign,
    unseal,
    verify,
)
from mas2tering.history.anonymise.service_view import (
    ReadingRows,
    ServiceView,
    months,
    sensitive_bands,
    service_view,
)
from mas2tering.history.anonymise.skill import ncrps

__all__ = [
    "ANY",
    "HIERARCHIES",
    "READINGS",
    "UNKNOWN",
    "Asker",
    "AttackReport",
    "BrokenLogError",
    "FileLookUpLog",
    "Generalised",
    "Groups",
    "Hits",
    "HomePanel",
    "HouseholdAttributes",
    "KeyGoneError",
    "KeyRing",
    "LookUp",
    "LookUpLog",
    "MemoryLookUpLog",
    "ParquetView",
    "ReadingRows",
    "Receipt",
    "ReceiptError",
    "ReceiptGate",
    "SelectionRefusedError",
    "ServiceView",
    "SignedReceipt",
    "TooFewHomesError",
    "ViewRows",
    "class_sizes",
    "erase_home",
    "generalise",
    "group_means",
    "grouped",
    "hand_over",
    "keep_keys",
    "kept_keys",
    "measure_attack",
    "months",
    "ncrps",
    "profile_rmse_kw",
    "seal",
    "sensitive_bands",
    "service_view",
    "sign",
    "typical_days",
    "unseal",
    "verify",
    "without_gaps",
    "write_private",
]

"""The historical database: one interface, several back ends."""

from mas2tering.history.store.errors import (
    StoreBusyError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    StoreVersionError,
)
from mas2tering.history.store.opening import open_history, open_series
from mas2tering.history.store.readings import Quantity, Readings, SeriesName, Window
from mas2tering.history.store.repository import (
    Document,
    History,
    Ingested,
    KeptReceipt,
    LedgerEntry,
    LookUp,
    LookUpLog,
    ReceiptBook,
    Refused,
    SeriesStore,
    TransactionStore,
)
from mas2tering.history.store.writer import BufferedWriter

__all__ = [
    "BufferedWriter",
    "Document",
    "History",
    "Ingested",
    "KeptReceipt",
    "LedgerEntry",
    "LookUp",
    "LookUpLog",
    "Quantity",
    "Readings",
    "ReceiptBook",
    "Refused",
    "SeriesName",
    "SeriesStore",
    "StoreBusyError",
    "StoreError",
    "StoreFullError",
    "StoreUnavailableError",
    "StoreVersionError",
    "TransactionStore",
    "Window",
    "open_history",
    "open_series",
]

"""Receipts from the anonymiser to a box, from the box to the forecasting service, and rows for whoever holds one."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.anonymise import (
    Generalised,
    KeyRing,
    ReadingRows,
    Receipt,
    ReceiptGate,
    hand_over,
    seal,
    sign,
    unseal,
)
from mas2tering.history.store import History, KeptReceipt, Quantity, SeriesName
from mas2tering.study.registered.adapters import HistoryView, location_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

_KEY_BYTES = 32


class Exchange:
    """Three parties with a key each: the anonymiser signs, boxes open what is sealed to them, the service what boxes hand it.

    Args:
        history: where rows and sealed receipts are kept.
        homes: how many boxes there are.
        step_minutes: of the readings.
        zone: the clock that homes live by.
        ring: the keys of pseudonyms; with one destroyed its receipts open nothing.
        told: how far attributes of households were generalised; None where nothing is told.
        draw: random bytes.
    """

    def __init__(
        self,
        history: History,
        homes: int,
        step_minutes: int,
        zone: str,
        ring: KeyRing,
        told: Generalised | None,
        draw: Callable[[int], bytes],
    ) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        self._history, self._ring, self._told, self._draw = history, ring, told, draw
        self._anonymiser = Ed25519PrivateKey.from_private_bytes(draw(_KEY_BYTES))
        self._boxes = [X25519PrivateKey.from_private_bytes(draw(_KEY_BYTES)) for _ in range(homes)]
        self._service = X25519PrivateKey.from_private_bytes(draw(_KEY_BYTES))
        self._view = HistoryView(history.series, step_minutes, zone)
        public = self._anonymiser.public_key().public_bytes_raw()
        self._gate = ReceiptGate(self._view, public, ring.lives)
        self._read: dict[tuple[int, Quantity], list[ReadingRows]] = defaultdict(list)
        self.receipts = 0

    def hand_over(self, names: Sequence[tuple[int, SeriesName]], epoch: str, steps: MeasuredSeries) -> None:
        """Receipts for the rows of some steps go to homes' boxes, from there to the service, which reads them.

        Args:
            names: the number of a home, and its series in this epoch.
            epoch: to which the pseudonyms belong.
            steps: which rows; their values are not looked at.

        Raises:
            StoreError: the database cannot do what is asked.
        """
        first, count = self._view.place(steps.start), len(steps.mean_kw)
        kept: list[KeptReceipt] = []
        for number, name in names:
            rows = self._view.rows(location_of(name), first, count)
            if rows is not None:
                receipt = self._receipt(name, epoch, first, count, rows.hash, steps.end)
                sealed = seal(sign(receipt, self._anonymiser), self._public(self._boxes[number]), self._draw)
                kept.append(_kept(receipt, sealed))
                to_service = hand_over(sealed, self._boxes[number], self._public(self._service), self._draw)
                selected = self._gate.select(unseal(to_service, self._service))
                self._read[number, name.quantity].append(selected)
        self._history.transactions.keep_receipts(sorted(kept, key=lambda receipt: receipt.id))
        self.receipts += len(kept)

    def _receipt(
        self, name: SeriesName, epoch: str, first: int, count: int, rows_hash: str, at: datetime
    ) -> Receipt:
        return Receipt(
            location=location_of(name),
            pseudonym=name.pseudonym,
            epoch=epoch,
            key_id=self._ring.key_id(epoch),
            levels={} if self._told is None else self._told.levels,
            k=0 if self._told is None else self._told.k,
            diversity=0 if self._told is None else self._told.diversity,
            first_row=first,
            rows=count,
            rows_hash=rows_hash,
            issued_at=at,
        )

    @staticmethod
    def _public(key: "X25519PrivateKey") -> bytes:
        return key.public_key().public_bytes_raw()

    def known(self, number: int, quantity: Quantity, steps: MeasuredSeries) -> MeasuredSeries:
        """What the service read of a home, on the steps of a series, each known when that says; gaps where it read nothing."""
        mean_kw = np.full(len(steps.mean_kw), np.nan)
        first = steps.instants[0]
        for rows in self._read[number, quantity]:
            at = int((rows.starts[0] - first) / np.timedelta64(steps.step_minutes, "m"))
            mean_kw[at : at + len(rows.load_kw)] = rows.load_kw
        return MeasuredSeries(steps.start, steps.step_minutes, steps.zone, mean_kw, steps.available_at)


def _kept(receipt: Receipt, sealed: bytes) -> KeptReceipt:
    return KeptReceipt(
        id=f"{receipt.location}/{receipt.first_row}",
        pseudonym=receipt.pseudonym,
        epoch=receipt.epoch,
        key_id=receipt.key_id,
        issued_at=receipt.issued_at,
        sealed=sealed,
    )

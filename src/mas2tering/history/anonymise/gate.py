"""The gate to the service view: rows for a receipt, and no other way to them."""

from collections.abc import Callable
from typing import Protocol

from mas2tering.history.anonymise.pseudonyms import Asker, KeyRing
from mas2tering.history.anonymise.receipts import ReceiptError, SignedReceipt, verify
from mas2tering.history.anonymise.service_view import ReadingRows


class SelectionRefusedError(Exception):
    """The gate gives no rows for a receipt, and says why."""


class ViewRows(Protocol):
    """Where the rows of a service view lie."""

    def rows(self, location: str, first: int, count: int) -> ReadingRows | None:
        """So many rows from a place on, if they are one home's; None where they are not, or were erased."""
        ...

    def erase(self, pseudonyms: frozenset[str]) -> int:
        """Take away all rows under some pseudonyms and what is told of their households; how many rows that were.

        Places of other rows stay as they are.
        """
        ...


class ReceiptGate:
    """Gives rows to whoever holds a receipt: the box, or a service to which it handed it.

    Args:
        view: where rows lie.
        issuer_public: the anonymiser's Ed25519 key, with which receipts are signed.
        key_lives: whether the key of that id is still there. With its key destroyed an epoch is closed: its receipts are
            the last link to homes.
    """

    def __init__(self, view: ViewRows, issuer_public: bytes, key_lives: Callable[[str], bool]) -> None:
        self._view = view
        self._issuer_public = issuer_public
        self._key_lives = key_lives

    def select(self, signed: SignedReceipt) -> ReadingRows:
        """The rows that a receipt is for.

        Raises:
            SelectionRefusedError: the receipt is not as it was signed, its key was destroyed, its rows were erased, or they
            are not what they were.
        """
        try:
            receipt = verify(signed, self._issuer_public)
        except ReceiptError as error:
            raise SelectionRefusedError(str(error)) from None
        if not self._key_lives(receipt.key_id):
            raise SelectionRefusedError(
                f"the key of epoch {receipt.epoch} was destroyed: nobody can select its rows any more"
            )
        found = self._view.rows(receipt.location, receipt.first_row, receipt.rows)
        if found is None or found.pseudonym != receipt.pseudonym:
            raise SelectionRefusedError("the rows of this receipt were erased")
        if found.hash != receipt.rows_hash:
            raise SelectionRefusedError("the rows of this receipt are not what they were when it was issued")
        return found


def erase_home(home: str, ring: KeyRing, view: ViewRows, asker: Asker) -> int:
    """Take a home out of the service view, in every epoch whose key lives; how many rows that were.

    Rows of epochs whose keys were destroyed cannot be found any more, by nobody: they are no personal data by name, and
    stay. A data set that was released holds means of k homes: it stays too, and the home is not in later ones.
    """
    pseudonyms = frozenset(ring.pseudonym_of(home, key.epoch, asker) for key in ring.keys)
    return view.erase(pseudonyms)

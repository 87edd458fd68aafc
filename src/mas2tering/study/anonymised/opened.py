"""A service view in a folder, as who runs it uses it: rows for a receipt, a home erased, a key destroyed."""

import json
import shutil
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.history.anonymise import (
    Asker,
    FileLookUpLog,
    KeyGoneError,
    ParquetView,
    ReadingRows,
    ReceiptError,
    ReceiptGate,
    erase_home,
    keep_keys,
    kept_keys,
    unseal,
)
from mas2tering.study.anonymised.service import ISSUER, KEYS, LOOK_UPS, PRIVATE, RECEIPTS, file_name


class OpenedView:
    """The view in a folder that ``mas2tering anonymise --product service`` wrote.

    Raises:
        InputError: there is none.
    """

    def __init__(self, folder: Path) -> None:
        self._keys = folder / PRIVATE / KEYS
        self._receipts = folder / RECEIPTS
        try:
            summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
            self._issuer_public = bytes.fromhex((folder / ISSUER).read_text(encoding="ascii"))
            self._ring, self._issuer = kept_keys(self._keys, FileLookUpLog(folder / PRIVATE / LOOK_UPS))
            self._view = ParquetView(folder, summary["k_asked"], summary["l_asked"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                [
                    InputProblem(
                        str(folder), "", f"what is no service view ({error})", "a folder that anonymise wrote"
                    )
                ]
            ) from None

    def select(self, receipt: Path, key: Path) -> ReadingRows:
        """The rows of a sealed receipt, for whoever holds the key that it is sealed to.

        Raises:
            InputError: the key is none, or the receipt is not sealed to it.
            SelectionRefusedError: the gate gives no rows for it.
        """
        try:
            reader = X25519PrivateKey.from_private_bytes(bytes.fromhex(key.read_text(encoding="ascii")))
        except ValueError:
            raise InputError([InputProblem(str(key), "", "no key", "64 hexadecimal digits")]) from None
        except OSError as error:
            raise InputError([InputProblem(str(key), "", f"{error.strerror}", "a file with a key")]) from None
        try:
            signed = unseal(receipt.read_bytes(), reader)
        except OSError as error:
            raise InputError([InputProblem(str(receipt), "", f"{error.strerror}", "a receipt")]) from None
        except ReceiptError as error:
            raise InputError(
                [InputProblem(str(receipt), "", str(error), "a receipt that is sealed to this key")]
            ) from None
        import pyarrow as pa

        try:
            return ReceiptGate(self._view, self._issuer_public, self._ring.lives).select(signed)
        except (pa.ArrowException, OSError) as error:
            found = f"rows that cannot be read ({error})"
            raise InputError(
                [InputProblem(str(self._receipts.parent), "", found, "a view that is written to its end")]
            ) from None

    def erase(self, home: str, asker: Asker) -> int:
        """Take a home out of the view, with its receipts; how many rows that were."""
        import pyarrow as pa

        try:
            erased = erase_home(home, self._ring, self._view, asker)
        except pa.ArrowException as error:
            found = f"rows that cannot be read ({error})"
            raise InputError(
                [InputProblem(str(self._receipts.parent), "", found, "a view as it was written")]
            ) from None
        shutil.rmtree(self._receipts / file_name(home), ignore_errors=True)
        return erased

    def destroy_key(self, epoch: str) -> str:
        """Destroy the key of an epoch; its id.

        Raises:
            InputError: there is no such key.
        """
        try:
            key_id = self._ring.destroy(epoch)
        except KeyGoneError as error:
            live = ", ".join(key.epoch for key in self._ring.keys) or "none is left"
            raise InputError([InputProblem(str(self._keys), epoch, str(error), f"one of {live}")]) from None
        keep_keys(self._keys, self._ring, self._issuer)
        return key_id

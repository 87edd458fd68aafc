"""``mas2tering view``: what is done with a service view after it was made."""

import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path

from mas2tering.cli.terminal import messages
from mas2tering.files import write_rows
from mas2tering.history.anonymise import Asker, SelectionRefusedError
from mas2tering.study.anonymised.opened import OpenedView


def select_command(folder: Path, receipt: Path, key: Path, out: Path) -> int:
    """Write the rows of a receipt as CSV; the exit code, 1 where the gate refuses.

    Raises:
        InputError: what is wrong with the view, the receipt or the key.
    """
    view = OpenedView(folder)
    try:
        found = view.select(receipt, key)
    except SelectionRefusedError as error:
        print(f"mas2tering: {error}", file=sys.stderr)
        return 1
    rows = zip(found.starts, found.load_kw, strict=True)
    write_rows(out, ("time", "load_kw"), ((str(at), "" if kw != kw else repr(float(kw))) for at, kw in rows))
    _say(f"Wrote {len(found.starts)} rows to {out}.")
    return 0


def erase_command(folder: Path, home: str, why: str) -> int:
    """Take a home out; the exit code, 1 where there was nothing of it.

    Raises:
        InputError: there is no view.
    """
    erased = OpenedView(folder).erase(home, Asker(getpass.getuser(), why, datetime.now(UTC)))
    if not erased:
        print(f"mas2tering: there are no rows of {home} in epochs whose keys live.", file=sys.stderr)
        return 1
    _say(f"Erased {erased} rows. Copies of the files that were made elsewhere have to go as well.")
    return 0


def destroy_key_command(folder: Path, epoch: str) -> None:
    """Destroy the key of an epoch.

    Raises:
        InputError: there is no view, or no such key.
    """
    key_id = OpenedView(folder).destroy_key(epoch)
    _say(
        f"Key {key_id} of epoch {epoch} is gone: its receipts open nothing any more. Backups of keys.json have to go as well."
    )


def _say(text: str) -> None:
    messages.print(text, soft_wrap=True, highlight=False, markup=False)

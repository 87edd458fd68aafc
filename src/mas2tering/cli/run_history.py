"""The historical database of a run's readings: made apart, and put into the run's folder once it is whole."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

LISTED = "written-by-run.txt"
"""Names the files of a history that a run wrote: those, and no others, a later run may replace."""
_DATABASES = ("readings.*", "transactions.*")


@dataclass(frozen=True)
class RunHistory:
    """Where a run writes its history, and where that ends up.

    Attributes:
        apart: the folder in which it is made, this run's alone.
        kept: the folder in which it is kept.
        left_alone: why it is not kept there, in words; None where it can be.
    """

    apart: Path
    kept: Path
    left_alone: str | None

    def keep(self) -> None:
        """Put what was made in the place of what an earlier run left.

        Raises:
            OSError: it cannot be put there.
        """
        if left_alone_because(self.kept) is not None:
            return
        made = sorted(path.name for path in self.apart.iterdir() if path.is_file())
        earlier = [name for name in _listed(self.kept) if name not in made]
        if not made:
            return
        self.kept.mkdir(exist_ok=True)
        # Listed before they are there: a run that is cut off here leaves files that a later one may replace.
        _list(self.kept, [*made, *earlier])
        for name in made:
            (self.apart / name).replace(self.kept / name)
        for name in earlier:
            (self.kept / name).unlink(missing_ok=True)
        _list(self.kept, made)


@contextmanager
def history_beside(folder: Path) -> Iterator[RunHistory]:
    """A history for a run whose results go to a folder; nothing of it stays that was not kept.

    Raises:
        OSError: the folder cannot be written into.
    """
    new = [place for place in (folder, *folder.parents) if not os.path.lexists(place)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        apart = Path(mkdtemp(prefix=".history-", dir=folder))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None
    kept = folder / "history"
    try:
        yield RunHistory(apart, kept, left_alone_because(kept))
    finally:
        shutil.rmtree(apart, ignore_errors=True)
        _without_empty(new)


def left_alone_because(kept: Path) -> str | None:
    """Why a run may not put its history into a folder; None where nothing of others is in its way."""
    if os.path.lexists(kept) and not kept.is_dir():
        return f"{kept} is no folder"
    own = set(_listed(kept))
    others = sorted(
        path.name for pattern in _DATABASES for path in kept.glob(pattern) if path.name not in own
    )
    return f"{kept} holds {', '.join(others[:5])}, which no run wrote" if others else None


def _list(kept: Path, names: list[str]) -> None:
    (kept / LISTED).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def _listed(kept: Path) -> list[str]:
    """The databases in a history that a run wrote, by name alone: a path leads nowhere else."""
    try:
        names = set((kept / LISTED).read_text(encoding="utf-8").splitlines())
    except (OSError, ValueError):
        return []
    there = (path for pattern in _DATABASES for path in kept.glob(pattern) if path.is_file())
    return sorted(path.name for path in there if path.name in names)


def _without_empty(folders: list[Path]) -> None:
    """Take away folders that were made for nothing."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno != errno.ENOENT:
                return

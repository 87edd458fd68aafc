"""Arrays that took long to make, kept in files: whole or not at all, so that several commands may share a folder."""

import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

Told = np.ndarray[tuple[int, ...], np.dtype[np.int32]]
Arrays = dict[str, Told]


def cache_folder() -> Path:
    """Where what can be made again is kept: by the XDG Base Directory specification."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(named) if Path(named).is_absolute() else Path.home() / ".cache"
    return base / "mas2tering" / "negotiations"


def kept_arrays(file: Path, make: Callable[[], Arrays]) -> Arrays:
    """The arrays of a file; where it is missing or cannot be read they are made, and kept in it."""
    found = _read(file)
    if found is not None:
        return found
    made = make()
    file.parent.mkdir(parents=True, exist_ok=True)
    # Two commands may make the same file at once: each writes its own, and the last one stays.
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    with beside.open("wb") as out:
        np.savez_compressed(out, allow_pickle=False, **made)
    beside.replace(file)
    return made


def _read(file: Path) -> Arrays | None:
    try:
        with file.open("rb") as own, np.load(own) as found:
            return {name: found[name] for name in found.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
        return None

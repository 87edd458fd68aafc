"""``mas2tering generate``: a community file made from statistics."""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from mas2tering.cli.asked import MOST_DAYS, MOST_HOMES, Asked
from mas2tering.cli.terminal import messages
from mas2tering.domain.community import Community
from mas2tering.domain.profiles import Series
from mas2tering.files import write_community
from mas2tering.study.generator import SCENARIOS, generate_community
from mas2tering.study.generator.devices import PROFILES_FILE
from mas2tering.study.generator.sites import SITES


def generate_command(
    out: Path, homes: int, scenario: str, seed: int, site: str, date: str, days: int
) -> None:
    """Generate and write.

    Raises:
        InputError: with everything that is wrong with what was asked.
    """
    asked = Asked("generate")
    asked.whole_number("--homes", homes, 1, MOST_HOMES)
    if scenario not in SCENARIOS:
        asked.wrong("--scenario", scenario, f"one of {', '.join(SCENARIOS)}")
    asked.whole_number("--seed", seed, 0)
    if site not in SITES:
        asked.wrong("--site", site, f"one of {', '.join(SITES)}")
    first_day = asked.day("--date", date)
    asked.whole_number("--days", days, 1, MOST_DAYS)
    if out.is_dir():
        asked.wrong("--out", f"{out}, which is a folder", "the name of a file")
    else:
        asked.folder("--out", out.parent)
    asked.refuse()
    assert first_day is not None
    made = generate_community(site, homes, SCENARIOS[scenario], seed, first_day, days)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        community, series = made.community, made.profiles.table
        profiles = PROFILES_FILE
        if _is_of_others(out, community, series):
            profiles = f"{out.stem}.{PROFILES_FILE}"
            community, series = _renamed(community, series, profiles)
        write_community(out, community, series)
    except OSError as error:
        # A full disk names no file, and a Parquet writer names one that nobody knows.
        raise OSError(error.errno, os.strerror(error.errno or 0), str(out)) from None
    messages.print(
        f"Wrote {out}, profiles beside it in {profiles}. Next: mas2tering run {out}",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )


def _is_of_others(out: Path, community: Community, series: Mapping[tuple[str, str], Series]) -> bool:
    """Whether the profiles that lie beside are other files' and hold something else: they must not be written over."""
    there = out.parent / PROFILES_FILE
    if not os.path.lexists(there):
        return False
    users = [path for path in out.parent.glob("*.toml") if PROFILES_FILE in _text(path).split('"')]
    if users == [out]:
        return False
    with TemporaryDirectory() as folder:
        write_community(Path(folder) / out.name, community, series)
        return not there.is_file() or (Path(folder) / PROFILES_FILE).read_bytes() != there.read_bytes()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _renamed(
    community: Community, series: Mapping[tuple[str, str], Series], file: str
) -> tuple[Community, Mapping[tuple[str, str], Series]]:
    """The same with its profiles in another file."""

    def renamed(value: object) -> object:
        if isinstance(value, dict):
            return {
                key: file if key == "file" and item == PROFILES_FILE else renamed(item)
                for key, item in value.items()
            }
        return [renamed(item) for item in value] if isinstance(value, list | tuple) else value

    named = Community.model_validate(renamed(community.model_dump(mode="json")))
    return named, {(file, column): own for (_, column), own in series.items()}

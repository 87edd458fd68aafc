"""``mas2tering generate``: a community file made from statistics."""

import os
from pathlib import Path

from mas2tering.cli.asked import MOST_DAYS, MOST_HOMES, Asked
from mas2tering.cli.terminal import messages
from mas2tering.files import write_community
from mas2tering.study.generator import SCENARIOS, generate_community
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
        write_community(out, made.community, made.profiles.table)
    except OSError as error:
        # A full disk names no file, and a Parquet writer names one that nobody knows.
        raise OSError(error.errno, os.strerror(error.errno or 0), str(out)) from None
    messages.print(
        f"Wrote {out}, profiles beside it. Next: mas2tering run {out}",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )

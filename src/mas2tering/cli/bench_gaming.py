"""``mas2tering bench gaming``: one JSON object a line on standard output, nothing else there."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from mas2tering.cli.asked import Asked
from mas2tering.settlement.season import SeasonRule
from mas2tering.study.gaming import bench, stage
from mas2tering.study.gaming.confirmed import confirmed, lines_of_confirmed
from mas2tering.study.gaming.kept import cache_folder
from mas2tering.study.gaming.negotiated import default_community, negotiated_days
from mas2tering.study.gaming.recorded import GENERATED, SETTINGS, recorded_days
from mas2tering.study.gaming.rules import RULES

_CURRENCY = "GBP"
_MOST_HOMES = 184
_CONFIRMED = "loss"


@dataclass(frozen=True)
class Confirm:
    """Where negotiations are recorded (``folder``: None for the cache), of which ``community`` (None: the real network where its data
    is, else the generated one), and on how many ``days`` and by how many ``homes`` of each class the best attacks are negotiated again."""

    community: str | None = None
    folder: Path | None = None
    days: int = 0
    homes: int = 30

    @property
    def kept_in(self) -> Path:
        """The folder, asked for or not."""
        return cache_folder() if self.folder is None else self.folder


def bench_gaming_command(
    days: int,
    rule: str | None,
    seasons: int,
    homes: int,
    attackers: int,
    recorded: int,
    seed: int,
    confirm: Confirm | None = None,
) -> None:
    """Play every attack under a rule, or under each of them; then the best ones with the negotiation run again.

    Raises:
        InputError: an unknown rule, an option out of range, or measured data that is not there.
    """
    confirm = confirm or Confirm()
    asked = Asked("bench gaming")
    asked.whole_number("--confirm", confirm.days, 0, 366)
    asked.whole_number("--confirm-homes", confirm.homes, 1, 30)
    if rule is not None and rule not in RULES:
        asked.wrong("--rule", rule, f"one of {', '.join(RULES)}")
    if confirm.days and rule not in (None, _CONFIRMED):
        asked.wrong("--confirm", f"with --rule {rule}", f"with --rule {_CONFIRMED}, or all rules")
    planned = staged_as_asked(asked, confirm, days, seasons, homes, attackers, recorded, seed)
    for name in RULES if rule is None else [rule]:
        progress(f"attacks under {name}")
        played = bench.screen(name, planned, SeasonRule())
        gains, honest = bench.gains_of(played)
        for line in bench.lines_of(name, gains, honest, planned, _CURRENCY):
            print(json.dumps(line), flush=True)
        if confirm.days and name == _CONFIRMED:
            found = confirmed(played, confirm.days, confirm.homes, confirm.kept_in, progress)
            for line in lines_of_confirmed(
                found, played, min(confirm.days, planned.asked.recorded), _CURRENCY
            ):
                print(json.dumps(line), flush=True)


def staged_as_asked(
    asked: Asked,
    confirm: Confirm,
    days: int,
    seasons: int,
    homes: int,
    attackers: int,
    recorded: int,
    seed: int,
) -> stage.Stage:
    """Plan a study as large as is asked for, and say on a terminal how far it is.

    Raises:
        InputError: with what was wrong before, and every option out of range.
    """
    asked.whole_number("--days", days, 1, 366)
    asked.whole_number("--seasons", seasons, 1, 1000)
    asked.whole_number("--homes", homes, 12, _MOST_HOMES)
    asked.whole_number("--attackers", attackers, 1, 30)
    asked.whole_number("--recorded", recorded, 1, 366)
    asked.whole_number("--seed", seed, 0)
    if confirm.community not in (None, *SETTINGS):
        asked.wrong("--community", f"{confirm.community}", f"one of {', '.join(SETTINGS)}")
    asked.folder("--record", confirm.kept_in)
    asked.refuse()
    setting = SETTINGS[confirm.community or default_community()]
    most = min(recorded, days)
    kept = confirm.kept_in
    # What is negotiated again is compared with what the same code negotiates, not with days that were recorded before it.
    shipped = setting == GENERATED and not confirm.days
    on = recorded_days(most) if shipped else negotiated_days(kept, setting, most, progress)
    return stage.staged(stage.Asked(days, seasons, homes, attackers, most, seed), progress, on)


def progress(what: str) -> None:
    """Say on a terminal how far it is."""
    if sys.stderr.isatty():
        print(what, file=sys.stderr, flush=True)

"""What a command is asked for, looked through before anything is done: each wrong option is said."""

import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.time_axis import FIRST_YEAR, LAST_YEAR

MOST_HOMES = 20_000
MOST_DAYS = 366


@dataclass
class Asked:
    """The options of a command; ``refuse`` says all that is wrong with them at once."""

    command: str
    problems: list[InputProblem] = field(default_factory=list)

    def wrong(self, option: str, found: str, expected: str) -> None:
        """Note that an option is wrong."""
        self.problems.append(InputProblem(self.command, option, found, expected))

    def whole_number(self, option: str, value: int | None, least: int, most: int | None = None) -> None:
        """Hold that a number, where it is given, lies in a range."""
        if value is None or (value >= least and (most is None or value <= most)):
            return
        self.wrong(option, f"{value}", f"{least} or more" if most is None else f"{least} to {most}")

    def day(self, option: str, text: str | None) -> date | None:
        """The date that was typed, or None where none was or it is wrong."""
        if text is None:
            return None
        try:
            found = date.fromisoformat(text)
        except ValueError:
            self.wrong(option, text, "a date such as 2013-04-17")
            return None
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            self.wrong(option, text, f"a date from {FIRST_YEAR} to {LAST_YEAR}")
            return None
        return found

    def folder(self, option: str, path: Path) -> None:
        """Hold that a folder is there, or can be made, and can be written into."""
        nearest = next(place for place in (path, *path.absolute().parents) if os.path.lexists(place))
        if not nearest.is_dir():
            what = "a file" if nearest.exists() else "a link that leads nowhere"
            self.wrong(
                option,
                f"{path}" + (f": {nearest}" if nearest != path else "") + f", which is {what}",
                "a folder",
            )
        elif not os.access(nearest, os.W_OK | os.X_OK):
            self.wrong(option, f"{path}, and {nearest} cannot be written into", "a folder to write into")

    def refuse(self) -> None:
        """Go no further where anything is wrong.

        Raises:
            InputError: with all that is wrong.
        """
        if self.problems:
            raise InputError(self.problems)

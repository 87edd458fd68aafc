"""Errors in the user's language: where, what was found, what was expected."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class InputProblem:
    """One thing that is wrong in the input.

    ``file`` and ``path`` say where (``homes[3] (house_7).devices[1] (battery).capacity_kwh``), ``found`` and
    ``expected`` what.
    """

    file: str
    path: str
    found: str
    expected: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.path}" if self.path else self.file
        return printable(f"{where}: found {self.found}; expected {self.expected}")


class InputError(ValueError):
    """The input is wrong; holds every problem that was found, not just the first."""

    def __init__(self, problems: Iterable[InputProblem]) -> None:
        self.problems: tuple[InputProblem, ...] = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def printable(text: str) -> str:
    """A text on one line, without what would steer a terminal: such characters as Python writes them."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


@dataclass(frozen=True)
class Clash:
    """A wish that cannot be met, in the user's words, and what the plan does instead."""

    device: str
    reason: str
    relaxed: str

    def __str__(self) -> str:
        return f"{self.device}: {self.reason}" + (f"; the plan {self.relaxed}" if self.relaxed else "")

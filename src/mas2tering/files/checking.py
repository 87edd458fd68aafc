"""What is wrong, and what is odd, in many community files at once."""

from collections.abc import Sequence
from pathlib import Path

from mas2tering.domain.errors import InputProblem
from mas2tering.files.community_file import examine


def check_files(paths: Sequence[Path]) -> tuple[list[InputProblem], list[str]]:
    """The problems of all files, and what is legal but worth a word (each note begins with its file)."""
    problems: list[InputProblem] = []
    notes: list[str] = []
    for path in paths:
        seen = examine(path)
        problems += seen.problems
        notes += [f"{path}: {note}" for note in seen.notes]
    return problems, notes

"""``mas2tering check``: every error of every file at once."""

from collections.abc import Sequence
from pathlib import Path

from mas2tering.domain.errors import printable
from mas2tering.files import check_files
from mas2tering.study.networks import network_of


def check_command(files: Sequence[Path]) -> int:
    """Print every problem, then notes; the exit code."""
    problems, notes = check_files(files, network_of)
    for problem in problems:
        print(problem)
    for note in notes:
        print(printable(f"note: {note}"))
    count = len(problems)
    checked = f"{len(files)} {'file' if len(files) == 1 else 'files'} checked"
    print(f"{checked}: {'no problem' if not count else f'{count} problem' + ('s' if count > 1 else '')}")
    return 2 if problems else 0

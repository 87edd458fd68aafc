"""What is wrong, and what is odd, in many files, of communities and of networks, at once."""

from collections.abc import Sequence
from pathlib import Path

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.files.community_file import examine
from mas2tering.files.network import is_network, read_network
from mas2tering.files.network_beside import NetworkByName, by_path


def check_files(
    paths: Sequence[Path], network_by_name: NetworkByName = by_path
) -> tuple[list[InputProblem], list[str]]:
    """The problems of all files, and what is legal but worth a word (each note begins with its file); ``network_by_name`` reads the
    networks that communities name."""
    problems: list[InputProblem] = []
    notes: list[str] = []
    for path in paths:
        if is_network(path):
            try:
                network = read_network(path)
            except InputError as error:
                problems += error.problems
            else:
                notes += [f"{path}: {note}" for note in (*network.sources, *network.assumptions)]
            continue
        seen = examine(path, network_by_name)
        problems += seen.problems
        notes += [f"{path}: {note}" for note in seen.notes]
    return problems, notes

"""Golden cases: what a wrong file is told, word by word."""

import os
import re
from pathlib import Path

import pytest

from mas2tering.domain.errors import InputError
from mas2tering.files import check_files, read_community

BAD = Path(__file__).parent / "bad"
CASES = sorted(BAD.glob("*.toml"))
# Words of the machinery, which no user should have to know.
JARGON = re.compile(
    r"input should|value error|value_error|pydantic|validat|extra inputs|field required|discriminator|unable to|"
    r"union|literal|tuple|\bdict|NoneType|Traceback|object at|_type\b|\bclass\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_mistake_is_told_in_the_users_words(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD)
    problems, notes = check_files([Path(path.name)])
    said = "".join(f"{problem}\n" for problem in problems) + "".join(f"note: {note}\n" for note in notes)
    expected = path.with_suffix(".expected.txt")
    if os.environ.get("MAS2TERING_UPDATE_GOLDEN"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")
    assert problems, "a case without a mistake"
    assert not JARGON.search(said)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_reading_refuses_with_the_same_problems(path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read_community(path)
    assert list(refused.value.problems) == check_files([path])[0]


def test_all_files_are_checked_at_once() -> None:
    problems, _ = check_files(CASES)
    assert {problem.file for problem in problems} == {str(path) for path in CASES}


def test_no_expectation_without_its_case() -> None:
    assert {path.name.removesuffix(".expected.txt") for path in BAD.glob("*.expected.txt")} == {
        p.stem for p in CASES
    }

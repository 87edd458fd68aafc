"""The network that a community file names: read from beside it, its mistakes said with everything else."""

import shutil
from pathlib import Path

import pytest

from mas2tering.domain.errors import InputError
from mas2tering.files import check_files, read_community, write_community
from mas2tering.study.connected import customers_of
from mas2tering.study.networks import network_of

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def street(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLES / "street_network", tmp_path / "street_network")
    return Path(shutil.copy(EXAMPLES / "street.toml", tmp_path))


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def _said(file: Path) -> dict[str, str]:
    """What was found, by path to the field."""
    return {problem.path: problem.found for problem in check_files([file], network_of)[0]}


def test_the_example_is_right_and_its_homes_are_customers(street: Path) -> None:
    loaded = read_community(street)
    assert loaded.network is not None
    assert customers_of(loaded.community, loaded.network).tolist() == [0, 1, 2]
    write_community(street.with_name("copy.toml"), loaded.community, {})
    assert read_community(street.with_name("copy.toml")).community == loaded.community


def test_homes_that_are_no_customers_are_said_with_other_mistakes(street: Path) -> None:
    _change(street, 'customer = "2B"', 'customer = "9Z"')
    _change(street, 'customer = "3A"', 'customer = "1A"')
    _change(street, "charge_power_kw = 7.4", "charge_power_kw = -7.4")
    assert _said(street) == {
        "homes[0] (corner_house).devices[1] (car).charge_power_kw": "-7.4",
        "homes[1] (middle_house).customer": "'9Z'",
        "homes[2] (end_house).customer": "'1A', as corner_house has",
    }
    with pytest.raises(InputError) as refused:
        read_community(street)
    assert len(refused.value.problems) == 3


def test_a_home_without_a_customer_among_others_and_more_homes_than_customers(street: Path) -> None:
    _change(street, 'customer = "2B"\n', "")
    assert _said(street) == {"homes[1] (middle_house).customer": "nothing"}
    _change(street, 'customer = "1A"\n', "")
    _change(street, 'customer = "3A"\n', "")
    assert _said(street) == {}
    _change(street.with_name("street_network") / "loads.csv", "2B,house_2,B,0.95\n", "")
    assert _said(street) == {"homes": "3 homes"}


def test_what_is_wrong_with_the_network_itself_is_said_of_its_own_files(street: Path) -> None:
    _change(street, "charge_power_kw = 7.4", "charge_power_kw = -7.4")
    _change(street.with_name("street_network") / "lines.csv", "end,house_3,25", "end,nowhere,25")
    problems, _ = check_files([street], network_of)
    assert [Path(problem.file).name for problem in problems] == ["street.toml", "loads.csv"]


@pytest.mark.parametrize("name", ["streat", "x" * 5000, "a\\u0000b"])
def test_a_network_that_is_not_there(street: Path, name: str) -> None:
    _change(street, '"street_network"', f'"{name}"')
    problems, _ = check_files([street], network_of)
    assert [problem.path for problem in problems] == ["network"]
    assert "no such" in problems[0].found


def test_a_built_in_name_is_a_network_too(street: Path) -> None:
    _change(street, '"street_network"', '"cardiff"')
    assert set(_said(street)) == {
        f"homes[{k}] ({n}_house).customer" for k, n in enumerate(("corner", "middle", "end"))
    }

"""``mas2tering generate`` into a folder where profiles of another community lie."""

from pathlib import Path

from typer.testing import CliRunner

from mas2tering.cli.app import app
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.files import read_community
from mas2tering.home.compile import Carry
from mas2tering.study.compiled_homes import models_on, tariffs_on


def _generate(out: Path, seed: int) -> str:
    done = CliRunner().invoke(
        app, ["generate", "--homes", "2", "--days", "1", "--seed", str(seed), "-o", str(out)]
    )
    assert done.exit_code == 0, done.output
    return out.read_text(encoding="utf-8")


def test_a_second_community_leaves_the_profiles_of_the_first(tmp_path: Path) -> None:
    _generate(tmp_path / "one.toml", 1)
    before = (tmp_path / "profiles.parquet").read_bytes()

    _generate(tmp_path / "two.toml", 2)

    assert (tmp_path / "profiles.parquet").read_bytes() == before
    assert (tmp_path / "two.profiles.parquet").is_file()
    for name in ("one", "two"):
        loaded = read_community(tmp_path / f"{name}.toml")
        community = loaded.community
        assert community.first_day is not None
        axis = TimeAxis.of_days(community.first_day, community.time_zone, 60)
        tariffs = tariffs_on(community, axis, loaded.profiles)
        assert len(models_on(community, tariffs, loaded.profiles, [Carry()] * 2)) == 2


def test_the_same_again_is_the_same_file(tmp_path: Path) -> None:
    one, other = (_generate(tmp_path / name, 1) for name in ("one.toml", "other.toml"))

    assert one == other
    _generate(tmp_path / "alone" / "a.toml", 1)
    _generate(tmp_path / "alone" / "a.toml", 2)
    assert {path.name for path in (tmp_path / "alone").iterdir()} == {"a.toml", "profiles.parquet"}

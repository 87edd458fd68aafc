"""The history that a run keeps: whole, in the place of an earlier run's, and never in that of anybody else's files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mas2tering.cli import run_history
from mas2tering.cli.app import app
from mas2tering.cli.run_history import LISTED, history_beside
from mas2tering.domain.errors import InputError

ISLAND = """
format = "mas2tering-community/1"
name = "Island"
currency = "AUD"
time_zone = "Australia/Lord_Howe"
[[tariffs]]
id = "flat"
supplier = "Island Power"
import_price = { kind = "flat", price_per_kwh = 0.2 }
export_price = { kind = "flat", price_per_kwh = 0.1 }
[[homes]]
id = "home"
connection = { fuse_kw = 10.0 }
supply = { tariff = "flat" }
devices = [{ id = "base", kind = "fixed_load", profile = { constant = 0.5, unit = "kW" } }]
"""


def _made(folder: Path, **files: str) -> None:
    with history_beside(folder) as history:
        for name, text in files.items():
            (history.apart / f"{name}.duckdb").write_text(text)
        history.keep()


def _files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.name != LISTED}


def test_a_second_run_takes_the_place_of_the_first_and_of_nothing_else(tmp_path: Path) -> None:
    _made(tmp_path, readings="first", transactions="first")
    (tmp_path / "history" / "notes.txt").write_text("mine")

    _made(tmp_path, readings="second")

    assert _files(tmp_path / "history") == {"readings.duckdb": "second", "notes.txt": "mine"}
    assert [path.name for path in tmp_path.iterdir()] == ["history"]


@pytest.mark.parametrize("name", ["readings.duckdb", "readings.csv", "transactions.sqlite"])
def test_what_no_run_wrote_is_left_alone(tmp_path: Path, name: str) -> None:
    kept = tmp_path / "history"
    kept.mkdir()
    (kept / name).write_text("mine")

    with history_beside(tmp_path) as history:
        (history.apart / "readings.duckdb").write_text("a run's")
        assert history.left_alone is not None
        assert name in history.left_alone
        history.keep()

    assert _files(kept) == {name: "mine"}


def test_a_list_leads_to_no_other_folder(tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()
    (tmp_path / "precious.txt").write_text("mine")
    (tmp_path / "history" / LISTED).write_text(f"../precious.txt\n{tmp_path / 'precious.txt'}\n..\n")

    _made(tmp_path, readings="a run's")

    assert (tmp_path / "precious.txt").read_text() == "mine"


def _cut_off(folder: Path) -> None:
    with history_beside(folder) as history:
        (history.apart / "readings.duckdb").write_text("half")
        raise RuntimeError


def test_a_run_that_fails_leaves_an_earlier_history_and_no_new_folder(tmp_path: Path) -> None:
    _made(tmp_path / "kept", readings="first")
    for name in ("kept", "new/deeper"):
        with pytest.raises(RuntimeError):
            _cut_off(tmp_path / name)

    assert _files(tmp_path / "kept" / "history") == {"readings.duckdb": "first"}
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_two_runs_into_a_folder_at_a_time_do_not_meet(tmp_path: Path) -> None:
    with history_beside(tmp_path) as one, history_beside(tmp_path) as other:
        (one.apart / "readings.duckdb").write_text("one")
        (other.apart / "readings.duckdb").write_text("other")
        one.keep()
        other.keep()

    assert _files(tmp_path / "history") == {"readings.duckdb": "other"}


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["run", *arguments])
    if isinstance(done.exception, InputError):
        return 2, str(done.exception)
    return done.exit_code, done.output


def _no_room(_: Path) -> None:
    raise OSError(28, "No space left on device")


def _no_change(_: pytest.MonkeyPatch, __: Path) -> None:
    """The folder as it is."""


def _foreign(_: pytest.MonkeyPatch, out: Path) -> None:
    (out / "history").mkdir(parents=True)
    (out / "history" / "readings.duckdb").write_text("mine")


def _full(patched: pytest.MonkeyPatch, _: Path) -> None:
    patched.setattr(run_history.RunHistory, "keep", _no_room)


@pytest.mark.parametrize(
    ("prepare", "says", "left"),
    [
        (_no_change, "", {LISTED, "readings.duckdb", "transactions.sqlite"}),
        (_foreign, "which no run wrote", {"readings.duckdb"}),
        (_full, "No space left", set()),
    ],
    ids=["sound", "of others", "full"],
)
def test_a_run_ends_well_whatever_becomes_of_its_history(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[pytest.MonkeyPatch, Path], None],
    says: str,
    left: set[str],
) -> None:
    out = tmp_path / "out"
    prepare(monkeypatch, out)

    options = ("--use-case", "1", "--step", "60", "--forecast", "naive", "--out", str(out))
    code, output = _run("minimal", *options)

    assert code == 0, output
    assert says in output
    summary = json.loads((out / "summary.json").read_text())
    assert summary["lived"]["history"]["homes"] == 2
    history = out / "history"
    assert ({path.name for path in history.iterdir()} if history.exists() else set()) == left
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


def test_the_first_year_is_lived_without_a_day_before() -> None:
    code, output = _run(
        "minimal", "--use-case", "1", "--step", "60", "--forecast", "naive", "--date", "1900-01-01"
    )
    assert code == 0, output
    assert "1900-01-01" in output


def test_steps_that_do_not_fit_a_day_to_learn_from_are_refused(tmp_path: Path) -> None:
    (tmp_path / "island.toml").write_text(ISLAND)
    arguments = (str(tmp_path / "island.toml"), "--step", "60", "--date", "2013-10-20")
    assert _run(*arguments)[0] == 0
    code, said = _run(*arguments, "--forecast", "naive")
    assert code == 2
    assert "--step" in said

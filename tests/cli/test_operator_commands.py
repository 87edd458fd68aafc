"""What a network operator types: hosting capacity, districts, a day planned again; and what it is told when something is wrong."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mas2tering.cli.app import app
from mas2tering.domain.errors import InputError
from mas2tering.study.networks import network_of

CUSTOMERS = [customer.id for customer in network_of("cardiff").customers]
STREET = Path(__file__).parents[2] / "examples" / "street.toml"


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    if isinstance(done.exception, InputError):
        return 2, "\n".join(map(str, done.exception.problems))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def _table(path: Path, columns: dict[str, list[float]]) -> Path:
    rows = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_hosting_of_a_network_from_tables(tmp_path: Path) -> None:
    plans = _table(tmp_path / "plans.csv", {name: [0.5, 0.8] for name in CUSTOMERS})
    devices = _table(tmp_path / "devices.csv", {"ev.1": [0.0, 7.0], "ev.2": [3.0, 3.0], "pv": [-3.0, 0.0]})
    asked = (
        "dso",
        "hosting",
        "cardiff",
        "--plans",
        str(plans),
        "--devices",
        str(devices),
        "--kinds",
        "ev,pv",
    )
    code, output = _run(*asked, "--draws", "4", "--out", str(tmp_path / "out"))
    assert code == 0
    assert "electric vehicles, on the plans given:" in output
    found = json.loads((tmp_path / "out" / "hosting.json").read_text())["use_cases"]["plans"]
    assert set(found) == {"ev", "pv"}
    own = found["ev"]
    assert own["devices"]["p5"] <= own["devices"]["p50"] <= own["devices"]["p95"] <= 184
    assert sum(one["draws"] for one in own["limited_by"]) == 4
    assert {one["element"] for one in own["limited_by"]} == {one["element"] for one in own["draws"]}
    assert "<svg" in (tmp_path / "out" / "hosting.html").read_text()
    said = _run(*asked, "--draws", "4")[1]
    assert said in output
    assert _run(*asked, "--draws", "4", "--seed", "2")[1] != said


def test_hosting_where_every_home_has_one_already_still_writes_its_page(tmp_path: Path) -> None:
    """Both homes have a car: there is no curve to draw, and yet something to say."""
    code, said = _run(
        "dso", "hosting", "minimal", "--kinds", "ev", "--draws", "1", "--out", str(tmp_path / "out")
    )
    assert code == 0, said
    page = (tmp_path / "out" / "hosting.html").read_text()
    assert "Electric vehicles" in page
    assert "<svg" not in page


def test_hosting_says_all_that_is_wrong(tmp_path: Path) -> None:
    code, said = _run("dso", "hosting", "cardiff", "--kinds", "pv,boat", "--draws", "0", "--plans", "x.csv")
    assert code == 2
    assert {line.split(": ")[1] for line in said.splitlines()} == {"--kinds", "--draws", "--devices"}
    plans = _table(tmp_path / "plans.csv", {name: [0.5, 0.8] for name in CUSTOMERS})
    devices = _table(tmp_path / "devices.csv", {"boat": [1.0, 2.0], "pv": [float("nan"), 1.0]})
    code, said = _run(
        "dso", "hosting", "cardiff", "--plans", str(plans), "--devices", str(devices), "--kinds", "pv,ev"
    )
    assert code == 2
    for piece in ("boat: found a column of no kind", "found no column ev", "pv: found"):
        assert piece in said
    assert "and no network" in _run("dso", "hosting", "belgium", "--draws", "1", "--kinds", "ev")[1]


def test_a_district_of_two_keeps_its_shared_limit(tmp_path: Path) -> None:
    asked = ("dso", "district", str(STREET), "minimal", "--date", "2024-01-17", "--step", "60")
    code, output = _run(*asked, "--import-kw", "14", "--out", str(tmp_path))
    assert code == 0, output
    found = json.loads((tmp_path / "district.json").read_text())
    total = np.sum([own["net_kw"] for own in found["aggregators"]], axis=0)
    assert total.max() <= 14 * 1.001
    assert found["shared_limit_exceeded"]["without"] > 0
    assert found["shared_limit_exceeded"]["within"] == found["network_limits_broken"]["within"] == 0
    assert [own["name"] for own in found["aggregators"]] == ["street", "minimal"]
    assert {line.split()[0] for line in output.splitlines() if line[:6] in ("street", "minima")} == {
        "street",
        "minimal",
    }


def test_a_district_refuses_what_does_not_fit_together() -> None:
    code, said = _run("dso", "district", "cardiff", "belgium", "--step", "60")
    assert code == 2
    assert "belgium: currency: found EUR; expected GBP, as cardiff has it" in said
    assert "time_zone" in said
    code, said = _run("dso", "district", "minimal", "--import-kw", "-3", "--step", "7")
    assert (code, len(said.splitlines())) == (2, 2)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    assert _run("run", str(STREET), "--step", "60", "--use-case", "3", "--out", str(folder))[0] == 0
    return folder


def test_the_rest_of_a_day_is_planned_again(results: Path, tmp_path: Path) -> None:
    load = {"corner_house/household": [0.4] * 12 + [1.5] * 12}
    profiles = _table(tmp_path / "now.csv", load)
    code, output = _run(
        "dso", "replan", str(results), "--from", "18:00", "--profiles", str(profiles), "--out", str(tmp_path)
    )
    assert code == 0, output
    found = json.loads((tmp_path / "replan.json").read_text())
    states = found["states"]
    assert found["first_step"] == 12
    assert states["replanned"]["limits_broken"] == 0
    for home, planned in states["planned"]["net_kw"].items():
        assert states["replanned"]["net_kw"][home][:12] == pytest.approx(planned[:12], abs=1e-3)
    idle = np.array(states["idle"]["net_kw"]["corner_house"]) - states["planned"]["net_kw"]["corner_house"]
    assert idle[12:].max() > 0.5
    assert "limits broken" in output
    assert "planned again from 18:00" in (tmp_path / "replan.html").read_text()


def test_replan_says_what_is_wrong(results: Path, tmp_path: Path) -> None:
    assert _run("dso", "replan", str(tmp_path), "--from", "12:00", "--load", "2")[0] == 2
    code, said = _run("dso", "replan", str(results), "--from", "25:00", "--generation", "-1")
    assert (code, len(said.splitlines())) == (2, 2)
    assert "what has changed" in _run("dso", "replan", str(results), "--from", "12:00")[1]
    assert "beginning of a step" in _run("dso", "replan", str(results), "--from", "12:10", "--load", "2")[1]
    wrong = {"nobody/household": [1.0] * 24, "end_house/boat": [1.0] * 24, "end_house/car": [1.0] * 24}
    path = _table(tmp_path / "wrong.csv", wrong)
    code, said = _run("dso", "replan", str(results), "--from", "12:00", "--profiles", str(path))
    assert (code, len(said.splitlines())) == (2, 3)


def test_check_says_everything_at_once(tmp_path: Path) -> None:
    plans = tmp_path / "plans.csv"
    plans.write_text("step,1A,2B,3A,9Z,1A\n0,1,,x,2,3\n")
    code, said = _run("dso", "check", str(STREET.parent / "street_network"), str(plans), "--step", "0")
    assert code == 2
    for piece in ("--step", "1A: found 2 columns", "2B: found no number at step 0", '"x"', "plans of 9Z"):
        assert piece in said
    plans.write_text("step,1A,2B,3A\n")
    assert "no rows" in _run("dso", "check", str(STREET.parent / "street_network"), str(plans))[1]

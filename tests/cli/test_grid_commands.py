"""The grid's commands as a user types them."""

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from typer.testing import CliRunner

from mas2tering.cli.app import app
from mas2tering.domain.errors import InputError
from mas2tering.files import read_plans
from mas2tering.study.networks import network_of

CUSTOMERS = [customer.id for customer in network_of("cardiff").customers]


def _write_plans(path: Path, load_kw: np.ndarray, names: list[str] = CUSTOMERS) -> Path:
    """Loads of shape (customers, steps) as a table with a row a step."""
    rows = [[f"{step}", *(f"{load:.3f}" for load in load_kw[:, step])] for step in range(load_kw.shape[1])]
    path.write_text("\n".join(map(",".join, [["step", *names], *rows])) + "\n", encoding="utf-8")
    return path


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    if isinstance(done.exception, InputError):
        return 2, str(done.exception)
    return done.exit_code, done.output


def test_bench_grid_prints_one_object_with_the_overhead() -> None:
    code, output = _run("bench", "grid", "--network", "cardiff", "--steps", "4")
    line = json.loads(output)
    assert code == 0
    assert {"buses", "steps", "seconds", "raw_engine_seconds", "ratio"} <= line.keys()
    assert (line["buses"], line["steps"]) == (398, 4)
    assert line["linear_largest_difference_pu"] < 1e-8


def test_dso_check_says_what_breaks_and_writes_all_of_it(tmp_path: Path) -> None:
    load_kw = np.full((184, 3), 0.5)
    code, output = _run("dso", "check", "cardiff", str(_write_plans(tmp_path / "quiet.csv", load_kw)))
    assert code == 0
    assert "no congestion" in output
    assert "The figures of the transformer (400 kVA) are assumed." in output
    load_kw[:, 1] = 3.5
    plans, out = _write_plans(tmp_path / "evening.csv", load_kw), tmp_path / "out" / "congestion.csv"
    code, output = _run("dso", "check", "cardiff", str(plans), "--out", str(out))
    assert code == 0
    assert "transformer overloaded 3" in output
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["step"] for row in rows} == {"1"}
    assert f"and {len(rows) - 20} more" in output
    assert [row["assumed_rating"] for row in rows if row["kind"] == "transformer"] == ["yes"] * 3


def test_plans_that_no_network_can_carry_fail_with_the_step(tmp_path: Path) -> None:
    plans = _write_plans(tmp_path / "plans.csv", np.full((184, 2), [[1.0, 200.0]]))
    code, output = _run("dso", "check", "cardiff", str(plans))
    assert code == 1
    assert "no power flow at step 1" in output


def test_plans_are_matched_by_id_or_by_order_and_never_by_halves(tmp_path: Path) -> None:
    load_kw = np.array([[1.0, 2.0], [3.0, 4.0]])
    by_id = read_plans(_write_plans(tmp_path / "a.csv", load_kw[::-1], ["b", "a"]), ["a", "b"])
    assert by_id.load_kw.tolist() == load_kw.tolist()
    assert not by_id.notes
    by_order = read_plans(_write_plans(tmp_path / "b.csv", load_kw, ["x", "y"]), ["a", "b"])
    assert by_order.load_kw.tolist() == load_kw.tolist()
    assert "by their order" in by_order.notes[0]
    with pytest.raises(InputError) as caught:
        read_plans(_write_plans(tmp_path / "c.csv", load_kw, ["a", "y"]), ["a", "b"])
    assert len(caught.value.problems) == 2
    table = pa.table({"time": ["00:00", "00:15"], "a": [1.0, None], "b": [3.0, 4.0]})
    parquet.write_table(table, tmp_path / "d.parquet")
    with pytest.raises(InputError, match="a: found no number at step 1"):
        read_plans(tmp_path / "d.parquet", ["a", "b"])


def test_the_folder_of_a_run_holds_plans(tmp_path: Path) -> None:
    members = [{"id": "a", "net_kw": [1.0, 2.0]}, {"id": "b", "net_kw": [3, 4]}]
    (tmp_path / "settlement.json").write_text(json.dumps({"days": [{"members": members}] * 2}))
    assert read_plans(tmp_path, ["b", "a"]).load_kw.tolist() == [[3, 4, 3, 4], [1, 2, 1, 2]]
    (tmp_path / "settlement.json").write_text("{}")
    with pytest.raises(InputError, match="what cannot be used"):
        read_plans(tmp_path, ["a"])
    for missing in (tmp_path / "gone", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(InputError, match="no such file"):
            read_plans(missing, ["a"])


def test_wrong_networks_and_options_exit_with_two(tmp_path: Path) -> None:
    assert _run("bench", "grid", "--network", "nowhere")[0] == 2
    assert _run("bench", "grid", "--steps", "0")[0] == 2
    assert _run("dso", "check", "nowhere", "plans.csv")[0] == 2


def test_check_takes_networks_beside_communities(tmp_path: Path) -> None:
    golden = Path(__file__).parents[1] / "golden" / "networks" / "ieee_european_lv" / "pandapower.json"
    code, output = _run("check", str(golden))
    assert code == 0
    assert "1 file checked: no problem" in output
    (tmp_path / "lines.csv").write_text("line_id\n")
    code, output = _run("check", str(tmp_path), str(golden))
    assert code == 2
    assert "no column from_bus" in output

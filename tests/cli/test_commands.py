"""The commands as a user types them: exit codes, messages, and what they leave behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def mas2tering(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mas2tering", *arguments]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, env=os.environ.copy()
    )


def test_help_names_the_commands(tmp_path):
    done = mas2tering("--help", cwd=tmp_path)
    assert done.returncode == 0
    for command in ("run", "generate", "check", "bench"):
        assert command in done.stdout


def test_minimal_is_planned_and_reported(tmp_path):
    done = mas2tering("run", "minimal", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    cases = summary["use_cases"]
    assert cases["1"]["cost"] <= cases["none"]["cost"]
    assert summary["settlement"]["homes_worse_off"] == 0
    assert summary["certificate"]["1"]["lower_bound"] <= summary["certificate"]["1"]["cost"]
    assert "<html" in (tmp_path / "out" / "report.html").read_text()
    assert summary["grid"]["regime"] == "yellow"
    assert "use case 3" in done.stdout
    assert f"pays {summary['settlement']['dso_payment']:.2f} EUR to 2 of them" in done.stdout
    written = {path.name for path in (tmp_path / "out").iterdir()}
    beside = {"summary.json", "report.html", "asked.json", "season.json", "ledger.sqlite"}
    assert written == beside | {"settlement.json", "coefficients.csv"}
    # What belongs to the market does not outlive it.
    assert mas2tering("run", "minimal", "--use-case", "1", "--out", "out", cwd=tmp_path).returncode == 0
    left = {path.name for path in (tmp_path / "out").iterdir()}
    assert left == {"summary.json", "report.html", "asked.json"}


def test_a_wholesale_buyer_s_request_is_met_and_told(tmp_path):
    example = Path(__file__).resolve().parents[2] / "examples" / "wholesale_buyer.toml"
    done = mas2tering("run", str(example), "--use-case", "2", "--step", "60", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Northern Wholesale asks for 20.0 kWh and gets" in done.stdout
    assert "against the market without a request" in done.stdout
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    (buyer,) = summary["flexibility_requests"]["buyers"]
    assert 0 < buyer["delivered_kwh"] <= buyer["asked_kwh"]
    (day,) = json.loads((tmp_path / "out" / "settlement.json").read_text())["days"]
    paid = sum(
        float(entry["amount"]) for entry in day["entries"] if entry["debit"] == "buyer:Northern Wholesale"
    )
    assert abs(paid - buyer["paid"]) < 0.001
    assert "Northern Wholesale asks for" in (tmp_path / "out" / "report.html").read_text()


def test_a_generated_file_is_right_and_runs(tmp_path):
    done = mas2tering("generate", "--homes", "4", "--seed", "3", "-o", "village.toml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert mas2tering("check", "village.toml", cwd=tmp_path).returncode == 0
    assert mas2tering("run", "village.toml", "--step", "30", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "nowhere.toml"), "expected a file"),
        (("run", "minimal", "--step", "7"), "--step"),
        (("run", "minimal", "--date", "yesterday"), "--date"),
        (("run", "cardiff", "--scenario", "S9"), "--scenario"),
        (("run", "minimal", "--use-case", "4"), "none, 1, 2, 3 or all"),
        (("bench", "home", "--case", "nothing"), "--case"),
    ],
)
def test_a_wrong_question_is_said_with_exit_code_2(arguments, said, tmp_path):
    done = (
        mas2tering(*arguments, "--out", "out", cwd=tmp_path)
        if arguments[0] == "run"
        else mas2tering(*arguments, cwd=tmp_path)
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_step_that_does_not_fit_a_day_is_refused_before_any_planning(tmp_path):
    (tmp_path / "island.toml").write_text(ISLAND)
    asked = ("run", "island.toml", "--date", "2013-10-04", "--days", "3", "--out", "out")
    done = mas2tering(*asked, "--step", "60", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "23.5 h from 2013-10-05" in done.stderr
    assert not (tmp_path / "out").exists()
    assert mas2tering(*asked, "--step", "15", cwd=tmp_path).returncode == 0


def test_wishes_that_give_way_are_said_where_the_run_is_read(tmp_path):
    run = (
        '{ id = "dishwasher", kind = "programme", power_kw = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], '
        'profile_step_minutes = 15, earliest_start = "21:00", latest_end = "22:30" }'
    )
    (tmp_path / "island.toml").write_text(ISLAND.replace("} }]", f"}} }}, {run}]"))
    done = mas2tering("run", "island.toml", "--date", "2013-04-17", "--days", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = "Gives way: home: dishwasher: the window 21:00 to 22:30 (1 h 30) is shorter than the programme, 1 h 45"
    assert done.stdout.count(said) == 1

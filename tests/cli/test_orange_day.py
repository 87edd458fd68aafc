"""An orange day as a user runs it: it ends well, and nothing that was shed or is left broken stays unsaid."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from mas2tering.cli.app import app
from mas2tering.study.minimal import minimal_network


@pytest.fixture(params=[8.0, 2.0], ids=["cars_wait", "base_load_alone_is_too_much"])
def orange_day(request, monkeypatch, tmp_path):
    """The two homes behind a transformer that is too small."""
    network = minimal_network()
    small = replace(network.transformer, rating_kva=request.param, load_loss_kw=0.03 * request.param)
    monkeypatch.setattr(
        "mas2tering.study.built_in.minimal_network", lambda: replace(network, transformer=small)
    )
    done = CliRunner().invoke(
        app, ["run", "minimal", "--use-case", "3", "--step", "60", "--out", str(tmp_path)]
    )
    return request.param, done, tmp_path


def test_an_orange_day_ends_well_and_says_everything(orange_day):
    kva, done, out = orange_day
    assert done.exit_code == 0, done.output
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    grid = summary["grid"]
    assert grid["regime"] == "orange"
    assert grid["least_excess_kwh"] > 0
    assert 0 < grid["least_shed_kwh"] <= grid["shed_kwh"] + 1e-6
    assert grid["shed_kwh"] <= 1.1 * grid["least_shed_kwh"]
    assert grid["shed_kwh"] == pytest.approx(
        sum(own["kwh"] for own in grid["shed"] if own["tier"] != "generation")
    )
    assert {own["tier"] for own in grid["shed"]} <= {"generation", "load"}
    assert any("orange" in warning for warning in summary["warnings"])
    assert "orange" in (out / "report.html").read_text(encoding="utf-8")
    assert "left to another day" in (out / "report.html").read_text(encoding="utf-8")
    certificate = summary["certificate"]["3"]
    assert certificate["rounds"] > 0
    assert certificate["seconds_with_use_case_2"] >= certificate["seconds"]
    if kva < 5:
        # What nobody may touch is more than the transformer carries.
        assert grid["limit_violations_after"] > 0
        assert grid["remainder_kwh"] > 0
        assert any("transformer" in element for element in grid["out_of_reach"])
    else:
        assert grid["limit_violations_after"] == 0
        assert "remainder_kwh" not in grid

"""What the commands refuse before they begin: every wrong option at once, nothing written."""

import json
from pathlib import Path

import pytest

from mas2tering.cli.asked import Asked
from mas2tering.cli.bench_home import bench_home_command
from mas2tering.cli.generate import generate_command
from mas2tering.cli.run import RunRequest, run_command
from mas2tering.domain.errors import InputError


def request(**changed) -> RunRequest:
    values = {
        "community": "minimal",
        "scenario": None,
        "date": None,
        "days": 1,
        "use_case": "all",
        "forecast": "perfect",
        "step": 15,
        "out": None,
        "seed": None,
    }
    return RunRequest(**(values | changed))


def said(error: pytest.ExceptionInfo[InputError]) -> dict[str, str]:
    return {problem.path: problem.expected for problem in error.value.problems}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("days", 0), ("days", -1), ("days", 367), ("step", 0), ("step", 7), ("seed", -1), ("date", "nonsense"),
        ("date", "2013-02-29"), ("date", "1800-01-01"), ("date", "9999-12-31"), ("date", "0001-01-01"), ("scenario", "s5"),
        ("use_case", "4"), ("forecast", "oracle"), ("community", ""), ("community", "Cardiff"), ("community", "no\nfile"),
    ],
)  # fmt: skip
def test_a_run_refuses_what_it_cannot_be_asked(option, value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        run_command(request(**{option: value}, out=tmp_path / "out"))
    assert len(refused.value.problems) == 1
    assert not (tmp_path / "out").exists()


def test_use_case_3_needs_a_network(tmp_path):
    with pytest.raises(InputError, match="no network; expected a community with a network"):
        run_command(request(community="belgium", use_case="3", out=tmp_path / "out"))


def test_models_go_with_forecasts_by_models_and_have_to_be_a_file(tmp_path):
    with pytest.raises(InputError) as refused:
        run_command(request(models=tmp_path / "models.json", forecast="naive"))
    assert [problem.path for problem in refused.value.problems] == ["--models", "--models"]


def test_a_run_leaves_models_from_which_the_next_day_goes_on(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    asked = {"forecast": "model", "use_case": "1", "step": 60}
    run_command(request(**asked, date="2013-04-17", out=first))
    run_command(request(**asked, date="2013-04-18", out=second, models=first / "models.json"))
    learned = [
        json.loads((folder / "summary.json").read_text(encoding="utf-8"))["lived"]["forecasts"]["load"].get(
            "learned"
        )
        for folder in (first, second)
    ]
    assert learned == [{"first": 2}, None]
    run_command(request(**asked | {"forecast": "naive"}, date="2013-04-18", out=second))
    assert not (second / "models.json").exists()


def test_a_run_says_all_that_is_wrong_at_once(tmp_path):
    with pytest.raises(InputError) as refused:
        run_command(request(days=0, step=1, seed=-2, date="soon", scenario="X", use_case="9", forecast="tea"))
    assert len(refused.value.problems) == 7


def test_generate_says_all_that_is_wrong_at_once(tmp_path):
    with pytest.raises(InputError) as refused:
        generate_command(tmp_path, 10**9, "S9", -1, "mars", "9999-12-31", 400)
    assert set(said(refused)) == {"--homes", "--scenario", "--seed", "--site", "--date", "--days", "--out"}
    assert list(tmp_path.iterdir()) == []


def test_bench_says_all_that_is_wrong_at_once():
    with pytest.raises(InputError) as refused:
        bench_home_command("tea", 0, "nowhere", 0, -1)
    assert set(said(refused)) == {"--case", "--days", "--community", "--answers", "--seed"}
    with pytest.raises(InputError) as refused:
        bench_home_command("battery", 400, None, None, 1)
    assert said(refused) == {"--days": "at most 20, which the case has"}


def test_a_folder_is_looked_at_before_the_work_is_done(tmp_path, monkeypatch):
    a_file = tmp_path / "file"
    a_file.touch()
    dangling = tmp_path / "link"
    dangling.symlink_to(tmp_path / "nowhere")
    for place in (a_file, a_file / "below", dangling, dangling / "below"):
        asked = Asked("run")
        asked.folder("--out", place)
        assert [problem.expected for problem in asked.problems] == ["a folder"]
    asked = Asked("run")
    asked.folder("--out", tmp_path / "new" / "folder")
    asked.folder("--out", Path("relative"))
    assert not asked.problems
    monkeypatch.setattr("mas2tering.cli.asked.os.access", lambda *_: False)
    asked.folder("--out", tmp_path / "new")
    assert [problem.expected for problem in asked.problems] == ["a folder to write into"]


def test_a_disk_that_is_full_leaves_nothing_half_written(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mas2tering.cli.run.write_report", full)
    with pytest.raises(OSError, match="No space left") as failed:
        run_command(request(out=tmp_path / "out"))
    assert failed.value.filename == str(tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    with pytest.raises(OSError, match="No space left"):
        generate_command(tmp_path / "v" / "village.toml", 2, "S5", 1, "cardiff", "2013-04-17", 1)
    assert list((tmp_path / "v").iterdir()) == []


def test_names_are_shown_as_they_are_written(tmp_path, capsys):
    text = (Path(__file__).parents[2] / "examples" / "smallest.toml").read_text(encoding="utf-8")
    named = tmp_path / "with space" / "ü[bold].toml"
    named.parent.mkdir()
    named.write_text(text.replace('"Smallest"', '"[/x] [red]\\u001b[2J"'), encoding="utf-8")
    out = tmp_path / "[bold]"
    run_command(request(community=str(named), date="2013-04-17", out=out))
    shown = capsys.readouterr()
    assert "[/x] [red]\\x1b[2J" in shown.out
    assert "[bold]" in shown.err

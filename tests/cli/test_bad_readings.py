"""Readings that nobody can use: refused in words, with nothing written, by each command that reads them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from mas2tering.cli.app import app
from mas2tering.domain.errors import InputError

_HOURS = [f"2013-01-{1 + hour // 24:02}T{hour % 24:02}:00" for hour in range(24 * 14)]


def _text(header: str, cell: str) -> str:
    rows = [f"{time},0.{1 + k % 7},{cell if k == 30 else '0.4'}" for k, time in enumerate(_HOURS)]
    return "\n".join([header, *rows]) + "\n"


def _counter(reset_at: int) -> str:
    rows = [f"{time},{k % reset_at + 0.5},{k % reset_at * 0.3}" for k, time in enumerate(_HOURS)]
    return "\n".join(["time,one,two", *rows]) + "\n"


STRICT = {
    "from the future": (
        _text("time,one,two", "0.4") + "2123-03-01T00:00,0.3,0.3\n",
        "first 2123-03-01T00:00",
    ),
    "a counter": (_counter(1000), "one way only"),
    "a counter that was reset": (_counter(200), "one way only"),
}


@pytest.mark.parametrize("bad", STRICT)
@pytest.mark.parametrize("command", ["backtest", "anonymise"])
def test_what_is_no_series_of_loads_is_refused(tmp_path: Path, command: str, bad: str) -> None:
    text, words = STRICT[bad]
    (tmp_path / "homes.csv").write_text(text)

    done = CliRunner().invoke(
        app, [*COMMANDS[command], str(tmp_path / "homes.csv"), "--out", str(tmp_path / "out")]
    )

    assert isinstance(done.exception, InputError), (done.exception, done.output)
    assert words in str(done.exception)
    assert not (tmp_path / "out").exists()


BAD = {
    "huge": _text("time,one,two", "1e300").encode(),
    "infinite": _text("time,one,two", "inf").encode(),
    "latin": _text("time,caf\xe9,two", "0.4").encode("latin-1"),
    "named alike": _text("time,one,one", "0.4").encode(),
    "empty": b"",
    "header": b"time,one,two\n",
    "one row": b"time,one,two\n2013-01-01T00:00,0.1,0.2\n",
    "bytes": bytes(range(256)) * 20,
}
COMMANDS = {
    "quality": ("quality", "scan", "--unit", "kw"),
    "backtest": ("forecast", "backtest"),
    "anonymise": ("anonymise", "-k", "2", "--unit", "kW", "--seed", "1"),
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("command", COMMANDS)
def test_it_is_refused_by_file_and_nothing_is_written(tmp_path: Path, command: str, bad: str) -> None:
    data, out = tmp_path / "homes.csv", tmp_path / "out"
    data.write_bytes(BAD[bad])

    done = CliRunner().invoke(app, [*COMMANDS[command], str(data), "--out", str(out)])

    assert isinstance(done.exception, InputError), (done.exception, done.output)
    assert "homes.csv" in str(done.exception)
    assert not out.exists()


def test_labels_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "homes.csv").write_text(_text("time,one,two", "0.4"))
    (tmp_path / "labels.csv").write_bytes("series,kind,start,end\ncaf\xe9".encode("latin-1"))

    done = CliRunner().invoke(
        app,
        [
            "quality",
            "scan",
            str(tmp_path / "homes.csv"),
            "--unit",
            "kw",
            "--labels",
            str(tmp_path / "labels.csv"),
        ],
    )

    assert isinstance(done.exception, InputError), done.exception
    assert "labels.csv" in str(done.exception)


@pytest.mark.parametrize("cell", ["-1", "96", "0.5", "", "1e18"])
def test_weeks_without_a_year_number_their_quarters(tmp_path: Path, cell: str) -> None:
    rows = [f"{k // 96},{cell if k == 100 else k % 96},0.1,0.2" for k in range(96 * 8)]
    (tmp_path / "weeks_kwh.csv").write_text("\n".join(["day,quarter,one,two", *rows]) + "\n")

    done = CliRunner().invoke(
        app, ["anonymise", str(tmp_path / "weeks_kwh.csv"), "-k", "2", "--out", str(tmp_path / "out")]
    )

    assert isinstance(done.exception, InputError), done.exception
    assert "quarter" in str(done.exception)

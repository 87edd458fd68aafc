"""Service views that are damaged: refused in words."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mas2tering.cli.app import app
from mas2tering.domain.errors import InputError


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("view")
    draw = np.random.default_rng(1)
    rows = ["time,a,b,c,d"]
    for hour in range(24 * 8):
        cells = ",".join(f"{value:.3f}" for value in draw.gamma(2, 0.2, 4))
        rows.append(f"2013-01-{1 + hour // 24:02}T{hour % 24:02}:00,{cells}")
    (folder / "homes_kw.csv").write_text("\n".join(rows) + "\n")
    arguments = ["anonymise", str(folder / "homes_kw.csv"), "--product", "service", "-k", "2", "-l", "1"]
    done = CliRunner().invoke(app, [*arguments, "--seed", "1", "--out", str(folder / "out")])
    assert done.exit_code == 0, (done.exception, done.output)
    return folder / "out"


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("summary.json", b"[]"),
        ("summary.json", b"\xe9"),
        ("readings.parquet", b"x"),
        ("private/keys.json", b"[1]"),
    ],
)
def test_a_damaged_view_is_refused(sound: Path, tmp_path: Path, file: str, content: bytes) -> None:
    shutil.copytree(sound, tmp_path / "view")
    (tmp_path / "view" / file).write_bytes(content)

    done = CliRunner().invoke(app, ["view", "erase", str(tmp_path / "view"), "a"])

    assert isinstance(done.exception, InputError), done.exception


@pytest.mark.parametrize("home", ["..", ".", "", "a/../b"])
def test_a_home_that_is_none_takes_no_receipts_with_it(sound: Path, tmp_path: Path, home: str) -> None:
    shutil.copytree(sound, tmp_path / "view")

    CliRunner().invoke(app, ["view", "erase", str(tmp_path / "view"), home])

    assert len(list((tmp_path / "view" / "receipts").iterdir())) == 4


@pytest.mark.parametrize("content", [b"", b"PAR1 and then nothing"])
def test_rows_that_are_not_written_to_their_end_are_refused_in_words(
    sound: Path, tmp_path: Path, content: bytes
) -> None:
    view, out = tmp_path / "view", tmp_path / "rows.csv"
    shutil.copytree(sound, view)
    receipt, key = view / "receipts" / "a" / "2013-01.receipt", view / "private" / "boxes" / "a.key"
    (view / "readings.parquet").write_bytes(content)

    done = CliRunner().invoke(
        app, ["view", "select", str(view), str(receipt), "--key", str(key), "--out", str(out)]
    )

    assert isinstance(done.exception, InputError), done.exception
    assert "cannot be read" in str(done.exception)
    assert not out.exists()

"""``anonymise`` and ``view`` as a user types them."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from typer.testing import CliRunner

from mas2tering.cli.app import app
from mas2tering.domain.errors import InputError

HOMES = 16
NAMES = [f"Baker Street {k}" for k in range(HOMES)]


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments))
    if isinstance(done.exception, InputError):
        return 2, str(done.exception)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen homes, forty days, hourly, and what is known of them."""
    folder = tmp_path_factory.mktemp("data")
    random = np.random.default_rng(1)
    kw = random.gamma(0.7, 0.6, (HOMES, 1, 24)) * random.gamma(4.0, 0.25, (HOMES, 40, 24))
    times = np.datetime64("2026-01-05", "h") + np.arange(40 * 24)
    lines = [",".join(["time", *NAMES])]
    lines += [
        ",".join([str(at) + ":00", *(f"{value:.4f}" for value in row)])
        for at, row in zip(times, kw.reshape(HOMES, -1).T, strict=True)
    ]
    (folder / "loads_kw.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    known = ["home,name,postcode,occupants"]
    known += [f"{name},Sherlock,NW{1 + k % 2} 6XE,{1 + k % 3}" for k, name in enumerate(NAMES)]
    (folder / "known.csv").write_text("\n".join(known) + "\n", encoding="utf-8")
    return folder


def test_a_released_set_names_nobody_and_keeps_to_its_k(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said = _run("anonymise", str(data / "loads_kw.csv"), "-k", "5", "--out", str(out))
    summary = json.loads((out / "summary.json").read_text())
    assert code == 0, said
    assert {
        "data",
        "homes",
        "product",
        "k",
        "l",
        "attack_top1",
        "attack_top5",
        "profile_rmse_kw",
    } <= summary.keys()
    assert summary["product"] == "released"
    assert summary["k"] >= 5
    assert summary["attack_top1"] <= 1 / 5 < 0.9 < summary["levels"][0]["attack_top1"]
    assert summary["forecast_skill_lost"] > 0
    groups = parquet.read_table(out / "groups.parquet").to_pylist()
    assert sum(group["homes"] for group in groups) == HOMES
    assert parquet.read_table(out / "profiles.parquet").num_rows == len(groups) * 40 * 24
    for file in out.iterdir():
        assert b"Baker Street" not in file.read_bytes(), file


def test_the_same_seed_releases_the_same(data: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        _run("anonymise", str(data / "loads_kw.csv"), "-k", "4", "--seed", "7", "--out", str(tmp_path / name))
    for file in ("profiles.parquet", "summary.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_five_guesses_make_larger_groups(data: Path, tmp_path: Path) -> None:
    code, _ = _run(
        "anonymise", str(data / "loads_kw.csv"), "-k", "2", "--guesses", "5", "--out", str(tmp_path)
    )
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert code == 0
    assert summary["attack_top5"] <= 1 / 2
    assert summary["k"] > 2


def test_a_service_view_is_made_used_and_closed(data: Path, tmp_path: Path) -> None:
    out, rows = tmp_path / "view", tmp_path / "rows.csv"
    code, said = _run(
        "anonymise", str(data / "loads_kw.csv"), "--product", "service", "-k", "5",
        "--attributes", str(data / "known.csv"), "--out", str(out),
    )  # fmt: skip
    assert code == 0, said
    assert "name" in said
    summary = json.loads((out / "summary.json").read_text())
    assert summary["k"] >= 5
    assert summary["l"] >= 2
    assert summary["attack_top1"] > 0.9
    told = parquet.read_table(out / "households.parquet")
    assert set(told.column_names) == {"pseudonym", "epoch", "postcode", "occupants"}
    for file in (*out.glob("*"), *out.glob("private/*.log")):
        assert not file.is_file() or b"Baker Street" not in file.read_bytes(), file
    # By the box's own key, and no other.
    folders = sorted((out / "receipts").iterdir())
    keys = [out / "private" / "boxes" / f"{folder.name}.key" for folder in folders]
    receipt = folders[0] / "2026-01.receipt"
    code, _ = _run("view", "select", str(out), str(receipt), "--key", str(keys[0]), "-o", str(rows))
    assert code == 0
    assert len(rows.read_text().splitlines()) == 1 + 27 * 24
    code, said = _run("view", "select", str(out), str(receipt), "--key", str(keys[1]), "-o", str(rows))
    assert (code, "another key" in said) == (2, True)
    assert _run("view", "erase", str(out), NAMES[3])[0] == 0
    assert _run("view", "erase", str(out), "Nobody")[0] == 1
    assert len([folder for folder in folders if folder.exists()]) == HOMES - 1
    assert _run("view", "destroy-key", str(out), "2026-01")[0] == 0
    kept = next(k for k, folder in enumerate(folders) if folder.exists())
    again = str(folders[kept] / "2026-01.receipt")
    assert _run("view", "select", str(out), again, "--key", str(keys[kept]), "-o", str(rows))[0] == 1
    code, said = _run("view", "destroy-key", str(out), "2026-01")
    assert (code, "one of 2026-02" in said) == (2, True)


def test_boxes_that_have_keys_keep_them(data: Path, tmp_path: Path) -> None:
    boxes = {name: X25519PrivateKey.from_private_bytes(bytes([k + 1]) * 32) for k, name in enumerate(NAMES)}
    lines = [f"{name},{box.public_key().public_bytes_raw().hex()}" for name, box in boxes.items()]
    keys = tmp_path / "keys.csv"
    keys.write_text("\n".join(["home,public_key", *lines]) + "\n", encoding="utf-8")
    view = (
        "anonymise",
        str(data / "loads_kw.csv"),
        "--product",
        "service",
        "-k",
        "5",
        "--box-keys",
        str(keys),
    )
    assert _run(*view, "--out", str(tmp_path / "view"))[0] == 0
    assert not (tmp_path / "view" / "private" / "boxes").exists()
    keys.write_text("\n".join(["home,public_key", *lines[:-2], f"{NAMES[-1]},abc"]) + "\n", encoding="utf-8")
    code, said = _run(*view, "--out", str(tmp_path / "other"))
    assert code == 2
    assert "64 hexadecimal digits" in said
    assert not (tmp_path / "other").exists()


def test_all_that_is_wrong_is_said_at_once(data: Path, tmp_path: Path) -> None:
    code, said = _run(
        "anonymise", "none.csv", "--product", "open", "-k", "1", "--guesses", "3", "--out", str(tmp_path)
    )
    assert code == 2
    assert len(said.splitlines()) == 3
    known = tmp_path / "known.csv"
    known.write_text(
        "home,occupants,dwelling_m2\nBaker Street 1,many,80\nBaker Street 1,2,large\n", encoding="utf-8"
    )
    code, said = _run(
        "anonymise", str(data / "loads_kw.csv"), "--product", "service", "-k", "99", "--attributes", str(known), "--out", str(tmp_path),
    )  # fmt: skip
    assert code == 2
    for part in ("99 or more", "line 2, occupants", "line 3, dwelling_m2", "line 3, home"):
        assert part in said
    assert not (tmp_path / "summary.json").exists()


def test_what_is_no_view_is_said(tmp_path: Path) -> None:
    code, said = _run("view", "erase", str(tmp_path), "home")
    assert code == 2
    assert "a folder that anonymise wrote" in said

"""Networks whose files were tampered with: refused in the user's words or read, never a crash."""

import json
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from network_texts import HEAD, LINES, LOADS, OPENDSS, pandapower, write_csv, write_opendss, write_pandapower

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.network import Network
from mas2tering.files.network import read_network

_SCRAPS = st.sampled_from(
    [
        "",
        "-1",
        "0",
        "nan",
        "inf",
        "1e400",
        "x",
        ",",
        ";",
        '"',
        "\n",
        "[",
        "]",
        "=",
        "null",
        "true",
        "{}",
        "~ ",
        "/*",
        "ABC",
        "1_0",
    ]
)


@st.composite
def _tampered(draw: st.DrawFn, text: str) -> str:
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(text)))
        end = min(len(text), begin + draw(st.integers(0, 8)))
        text = text[:begin] + draw(_SCRAPS) + text[end:]
    return text


def _is_said_or_read(path: Path) -> None:
    problems: tuple[InputProblem, ...] = ()
    try:
        assert isinstance(read_network(path), Network)
        return
    except InputError as error:
        problems = error.problems
    assert problems
    assert all(problem.found and problem.expected for problem in problems)


@given(_tampered(LINES), _tampered(LOADS), _tampered(json.dumps(HEAD)))
@settings(max_examples=120)
def test_csv_folders(lines: str, loads: str, head: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for changed in ({"lines": lines}, {"loads": loads}, {"network": head}):
            _is_said_or_read(write_csv(Path(folder), **changed))


@given(_tampered(OPENDSS["Master.dss"]), _tampered(OPENDSS["codes.txt"]))
@settings(max_examples=120)
def test_opendss(master: str, codes: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _is_said_or_read(write_opendss(Path(folder), Master=master))
        _is_said_or_read(write_opendss(Path(folder), Master=OPENDSS["Master.dss"], codes=codes))


@given(st.data())
@settings(max_examples=120)
def test_pandapower(data: st.DataObject) -> None:
    tables: dict[str, object] = dict(pandapower())
    name = data.draw(st.sampled_from(sorted(tables)))
    table = dict(pandapower()[name])
    table["_object"] = data.draw(_tampered(str(table["_object"])))
    with tempfile.TemporaryDirectory() as folder:
        _is_said_or_read(write_pandapower(Path(folder) / "net.json", tables | {name: table}))


def test_rows_whose_number_is_infinite_are_refused(tmp_path: Path) -> None:
    tables: dict[str, object] = dict(pandapower())
    line = dict(pandapower()["line"])
    frame = json.loads(str(line["_object"]))
    frame["index"][0] = float("inf")
    line["_object"] = json.dumps(frame)

    with pytest.raises(InputError, match="no table"):
        read_network(write_pandapower(tmp_path / "net.json", tables | {"line": line}))

"""Networks from files: three forms of one network are one network, and everything that is wrong is said at once."""

import json
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from network_texts import (
    HEAD,
    LINES,
    LOADS,
    OPENDSS,
    pandapower,
    table,
    write_csv,
    write_opendss,
    write_pandapower,
)

from mas2tering.domain.errors import InputError
from mas2tering.domain.network import FOUR_EQUAL_CORES, Network
from mas2tering.files.network import network_of_pandapower, read_network
from mas2tering.files.network.simbench import read_simbench
from mas2tering.grid import PowerFlow


def _problems(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_network(path)
    return [str(problem) for problem in caught.value.problems]


def _voltages(network: Network) -> np.ndarray:
    return PowerFlow(network).day(np.array([[4.0, -3.0], [2.0, 9.0]])).voltage_pu


def test_three_forms_of_a_network_are_one_network(tmp_path: Path) -> None:
    read = [
        read_network(write_csv(tmp_path / "csv")),
        read_network(write_opendss(tmp_path / "dss")),
        read_network(write_pandapower(tmp_path / "net.json", pandapower())),
    ]
    for network in read:
        assert [customer.id for customer in network.customers] == ["a", "b"]
        assert [customer.phases for customer in network.customers] == [("A",), ("A", "B", "C")]
        assert [customer.power_factor for customer in network.customers] == pytest.approx(
            [0.95, 0.9], abs=1e-4
        )
        assert [cable.rating_a for cable in network.cables] == [245.0, None]
        assert [cable.cable_type.lower() for cable in network.cables] == ["main", "service"]
        assert network.transformer is not None
        assert network.transformer.impedance == pytest.approx(0.0475, abs=1e-5)
        assert _voltages(network) == pytest.approx(_voltages(read[0]), abs=2e-6)


def test_a_folder_with_a_master_file_is_read_as_opendss(tmp_path: Path) -> None:
    assert read_network(write_opendss(tmp_path / "dss").parent).name == "Master"


def test_spans_go_before_lines_and_say_the_same(tmp_path: Path) -> None:
    spans = (
        "from_bus,to_bus,feeder,length_m,r1_ohm,x1_ohm,r0_ohm,x0_ohm,linecodes\n"
        "LV,1,1,100,0.032,0.0075,0.08,0.009,main\n1,2,1,50,0.0575,0.0044,0.06,0.0044,service\n"
    )
    lines, reduced = (
        read_network(write_csv(tmp_path / "a")),
        read_network(write_csv(tmp_path / "b", lines_reduced=spans, lines="x")),
    )
    assert _voltages(reduced) == pytest.approx(_voltages(lines), abs=1e-9)


def test_a_busbar_that_is_held_needs_no_transformer(tmp_path: Path) -> None:
    head = json.dumps({"busbar": {"bus": "LV", "voltage_kv": 0.416}})
    network = read_network(write_csv(tmp_path, network=head))
    assert network.transformer is None
    assert network == replace(read_network(write_csv(tmp_path)).held_at_busbar(0.416), buses=network.buses)


def test_everything_wrong_in_a_folder_is_said_at_once_with_file_line_and_field(tmp_path: Path) -> None:
    lines = (
        LINES.splitlines()[0]
        + """
near,1,LV,1,100,main,0,0,0.8,0.09,245
far,1,1,2,fifty,service,1.15,0.088,1.2,0.088,
again,1,2,LV,10,main,0.32,0.075,0.8,0.09,-5
island,1,7,8,10,main,0.32,0.075,0.8,0.09,
"""
    )
    loads = LOADS + "c,nowhere,A,0.95\na,1,D,1.5\nd,2,AB,0.9\n"
    head = json.loads(json.dumps(HEAD))
    head["transformer"] |= {"s_kva": "big", "impedance_percent": 475, "hv_kv": -11}
    told = "\n".join(_problems(write_csv(tmp_path, lines=lines, loads=loads, network=json.dumps(head))))
    for sentence in (
        "lines.csv: line 2 (near), r1_ohm_per_km: found r1 and x1 of 0 and 0 ohm; expected an impedance above zero",
        'lines.csv: line 3 (far), length_m: found "fifty"; expected a number',
        "lines.csv: line 3 (far): found a loop that closes between 1 and 2",
        "lines.csv: line 4 (again), rating_a: found -5",
        "found no way from LV to 7, 8; expected a connected network",
        'loads.csv: line 4 (c), bus: found "nowhere", which is no bus; expected a bus of the network',
        'loads.csv: line 5 (a), phase: found "D"; expected A, B, C, or ABC',
        "loads.csv: line 5 (a), pf: found 1.5; expected a number above 0, up to 1",
        "loads.csv: line 5 (a), id: found the id of customers[0]; expected ids that differ",
        "loads.csv: line 6 (d), phase: found AB; expected one phase or three",
        'network.json: transformer, s_kva: found "big"; expected a number',
        "network.json: transformer, impedance: found 4.75; expected a fraction",
        "network.json: transformer, hv_kv: found -11; expected a number above 0",
    ):
        assert sentence in told, sentence
    assert "r1_ohm_per_km: found nan" not in told  # what follows from a wrong length is not said again
    assert "rating_kva" not in told


def test_a_phase_that_a_cable_on_the_way_lacks_is_said(tmp_path: Path) -> None:
    header, near, far = LINES.splitlines()
    lines = f"{header},phases\n{near},AB\n{far},ABC\n"
    told = _problems(write_csv(tmp_path, lines=lines))
    assert len(told) == 1
    assert "line 3 (b), phase: found phase C, which cable near on its way lacks; expected" in told[0]


def test_missing_files_and_columns_are_said(tmp_path: Path) -> None:
    folder = write_csv(tmp_path, lines=LINES.replace("r0_ohm_per_km", "ro_ohm_per_km"))
    (folder / "network.json").unlink()
    (folder / "loads.csv").unlink()
    told = "\n".join(_problems(folder))
    assert "no column r0_ohm_per_km; expected it (is ro_ohm_per_km meant?)" in told
    assert "loads.csv: found no such file" in told
    assert "network.json: found no such file" in told


def test_opendss_says_what_it_does_not_understand(tmp_path: Path) -> None:
    text = (
        OPENDSS["Master.dss"].replace("Linecode=main", "Linecode=mein").replace("Bus1=1.1 ", "Bus1=1.7 ")
        + "New Capacitor.c1 Bus1=1 kvar=10\n"
        "batchedit loadshape..* useactual=no\nbatchedit line..* r1=1\n"
        "New Line.nowhere Bus1=2 Bus2=3 R1=x X1=.1 R0=.1\nRedirect gone.txt\nfrobnicate\n"
    )
    told = "\n".join(_problems(write_opendss(tmp_path, Master=text)))
    for sentence in (
        '"new capacitor.c1", which is not understood here',
        '"batchedit", which is not understood here',
        '"frobnicate", which is not understood here',
        'line 10 (line.near), linecode: found "mein"; expected main (is that meant?)',
        '(load.a), bus1: found "1.7"; expected nodes 1, 2, 3',
        '(line.nowhere), r1: found "x"; expected a number',
        "gone.txt: found no such file",
    ):
        assert sentence.lower() in told.lower(), (sentence, told)


def test_a_redirection_that_leads_back_ends(tmp_path: Path) -> None:
    told = _problems(write_opendss(tmp_path, codes="Redirect Master.dss\n"))
    assert any("leads back" in problem for problem in told)


def test_pandapower_switches_and_service_states_count(tmp_path: Path) -> None:
    tables = pandapower()
    tables["switch"] = table("bus element et closed", (2, 1, "l", False))
    told = _problems(write_pandapower(tmp_path / "open.json", tables))
    assert told == [f"{tmp_path / 'open.json'}: found no way from LV to 2; expected a connected network"]
    tables["switch"] = table("bus element et closed", (2, 1, "l", False), (2, 3, "b", True))
    network = read_network(write_pandapower(tmp_path / "joined.json", tables))
    assert len(network.cables) == 1
    assert network.customers[1].bus == network.customers[0].bus


def test_pandapower_files_without_zero_sequence_are_refused_unless_it_is_assumed(tmp_path: Path) -> None:
    tables = pandapower()
    lines = "from_bus to_bus length_km r_ohm_per_km x_ohm_per_km"
    tables["line"] = table(lines, (1, 2, 0.1, 0.32, 0.075), (2, 3, 0.05, 1.15, 0.088))
    told = _problems(write_pandapower(tmp_path / "net.json", tables))
    assert len(told) == 4
    assert "r0_ohm_per_km: found nothing; expected a number" in told[0]
    network = network_of_pandapower({"_object": tables}, "net", "net", FOUR_EQUAL_CORES)
    assert network.cables[0].r0_ohm == pytest.approx(0.128)
    assert "zero-sequence impedances of 2 lines are assumed" in network.sources[0]


def test_windings_of_opendss_may_be_written_one_by_one(tmp_path: Path) -> None:
    text = OPENDSS["Master.dss"].replace(
        "Buses=[SourceBus LV] Conns=[Delta Wye] kVs=[11 0.416] kVAs=[400 400]",
        "Windings=2 Wdg=1 Bus=SourceBus Conn=Delta kV=11 kVA=400 Tap=1.025 Wdg=2 Bus=LV Conn=Wye kV=0.416 kVA=400",
    )
    network = read_network(write_opendss(tmp_path / "one by one", Master=text))
    plain = read_network(write_opendss(tmp_path / "arrays"))
    assert network.transformer is not None
    assert plain.transformer is not None
    assert network.transformer.tap == pytest.approx(0.025)
    assert replace(network.transformer, tap=0.0) == plain.transformer
    told = _problems(write_opendss(tmp_path / "three", Master=text.replace("Wdg=2", "Wdg=3")))
    assert "expected two windings" in told[0]


def test_numbers_of_pandapower_that_make_no_sense_are_said(tmp_path: Path) -> None:
    tables = pandapower()
    tables["line"] = json.loads(json.dumps(tables["line"]))
    tables["line"]["_object"] = (
        str(tables["line"]["_object"]).replace('"in_service"]', '"parallel"]').replace("true", "0")
    )
    told = _problems(write_pandapower(tmp_path / "net.json", tables))
    assert all("parallel: found 0; expected 1 or more" in problem for problem in told)
    assert len(told) == 2


def test_pandapower_says_what_it_cannot_take(tmp_path: Path) -> None:
    tables = pandapower() | {"shunt": table("bus q_mvar", (1, 0.1)), "load": {"_object": "no table"}}
    told = "\n".join(_problems(write_pandapower(tmp_path / "net.json", tables)))
    assert "shunt 0: found a shunt" in told
    assert "load: found no table" in told
    for text in ("{}", "[]", "no json", json.dumps({"_object": {"bus": 1}})):
        (tmp_path / "bad.json").write_text(text)
        assert len(_problems(tmp_path / "bad.json")) == 1


def test_simbench_without_its_extra_is_refused_with_what_to_install() -> None:
    if find_spec("simbench") is not None:
        return  # the extra is there: nothing to refuse
    with pytest.raises(InputError, match="pip install simbench"):
        read_simbench("1-LV-rural1--0-sw")


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    for path in (tmp_path, tmp_path / "gone", tmp_path / "notes.txt"):
        (told,) = _problems(path)
        assert "expected a folder with lines.csv and loads.csv" in told

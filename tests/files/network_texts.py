"""A small network in each of the forms that are read."""

import json
from collections.abc import Mapping
from pathlib import Path

LINES = """line_id,feeder,from_bus,to_bus,length_m,linecode,r1_ohm_per_km,x1_ohm_per_km,r0_ohm_per_km,x0_ohm_per_km,rating_a
near,1,LV,1,100,main,0.32,0.075,0.8,0.09,245
far,1,1,2,50,service,1.15,0.088,1.2,0.088,
"""
LOADS = """customer_id,bus,phase,pf
a,1,A,0.95
b,2,ABC,0.9
"""
HEAD: Mapping[str, object] = {
    "transformer": {
        "transformer_id": "TR",
        "hv_bus": "HV",
        "lv_bus": "LV",
        "hv_kv": 11.0,
        "lv_kv": 0.416,
        "s_kva": 400.0,
        "x_hl_percent": 4.7,
        "load_loss_kw": 4.6,
        "no_load_loss_kw": 0.7,
        "impedance_percent": 4.75,
    }
}
OPENDSS = {
    "Master.dss": """clear
Set DefaultBaseFrequency=50  ! Hz
New Circuit.small
Edit Vsource.Source BasekV=11 pu=1.0
Redirect codes.txt
/* two
lines */
New Transformer.TR Buses=[SourceBus LV] Conns=[Delta Wye] kVs=[11 0.416] kVAs=[400 400] XHL=4.6084 %loadloss=1.15
~ %noloadloss=0.175
New Line.near Bus1=LV.1.2.3 Bus2=1.1.2.3 phases=3 Linecode=main Length=100 Units=m // the first
New Line.far Bus1=1 Bus2=2 phases=3 Linecode=Service Length=0.05 Units=km
New Load.a Phases=1 Bus1=1.1 kV=0.23 kW=1 PF=0.95 Daily=Shape_1
New Load.b Phases=3 Bus1=2 kV=0.4 kW=3 kvar=1.4530
New energymeter.m1 Line.near 1
solve
""",
    "codes.txt": """New LineCode.main nphases=3 R1=0.32 X1=0.075 R0=0.8 X0=0.09 C1=0 C0=0 Units=km normamps=245
New LineCode.service nphases=3 R1=1.15 X1=0.088 R0=1.2 X0=0.088 C1=0 C0=0 Units=km
""",
}


def table(columns: str, *rows: tuple[object, ...]) -> dict[str, object]:
    """A table as pandapower's JSON holds it."""
    content = {
        "columns": columns.split(),
        "index": list(range(len(rows))),
        "data": [list(row) for row in rows],
    }
    return {
        "_module": "pandas.core.frame",
        "_class": "DataFrame",
        "_object": json.dumps(content),
        "orient": "split",
    }


def pandapower() -> dict[str, dict[str, object]]:
    """The tables of the network in pandapower's form."""
    lines = (
        "name from_bus to_bus length_km r_ohm_per_km x_ohm_per_km r0_ohm_per_km x0_ohm_per_km max_i_ka std_type"
        " in_service"
    )
    return {
        "bus": table(
            "name vn_kv in_service",
            *((name, 11.0 if name == "HV" else 0.4, True) for name in ("HV", "LV", "1", "2")),
        ),
        "line": table(
            lines,
            ("near", 1, 2, 0.1, 0.32, 0.075, 0.8, 0.09, 0.245, "main", True),
            ("far", 2, 3, 0.05, 1.15, 0.088, 1.2, 0.088, None, "service", True),
        ),
        "trafo": table(
            "name hv_bus lv_bus sn_mva vn_hv_kv vn_lv_kv vk_percent vkr_percent pfe_kw i0_percent shift_degree vector_group",
            ("TR", 0, 1, 0.4, 11.0, 0.416, 4.75, 1.15, 0.7, 0.0, 30.0, "Dyn"),
        ),
        "ext_grid": table("bus vm_pu", (0, 1.0)),
        "asymmetric_load": table(
            "name bus p_a_mw q_a_mvar p_b_mw q_b_mvar p_c_mw q_c_mvar",
            ("a", 2, 0.00095, 0.000312249, 0, 0, 0, 0),
        ),
        "load": table("name bus p_mw q_mvar", ("b", 3, 0.003, 0.001453)),
        "switch": table("bus element et closed", (1, 0, "l", True)),
    }


def write_csv(folder: Path, **changed: str) -> Path:
    """The network as a folder of CSV files; each argument is the text of a file."""
    texts = {"lines": LINES, "loads": LOADS, "network": json.dumps(HEAD)} | changed
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.{'json' if name == 'network' else 'csv'}").write_text(text, encoding="utf-8")
    return folder


def write_opendss(folder: Path, **changed: str) -> Path:
    """The network as OpenDSS's text; each argument is the text of a file, ``Master`` or ``codes``."""
    texts = OPENDSS | {
        ("Master.dss" if name == "Master" else f"{name}.txt"): text for name, text in changed.items()
    }
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "Master.dss"


def write_pandapower(path: Path, tables: Mapping[str, object]) -> Path:
    """The network as pandapower writes it."""
    document = {"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": dict(tables)}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path

"""Makes the golden case of the IEEE European low-voltage feeder: pandapower's own file of it, and pandapower's
three-phase power flow for loads that are drawn.

It needs pandapower, which the project does not, so that it has an environment of its own:

    python3 -m venv pandapower-venv && pandapower-venv/bin/pip install pandapower==3.5.6 numba
    pandapower-venv/bin/python tools/golden_pandapower_voltages.py tests/golden/networks/ieee_european_lv
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandapower
from pandapower.networks import ieee_european_lv_asymmetric

KEPT = {
    "bus": ["name", "vn_kv", "type", "in_service"],
    "line": [
        *(
            "name",
            "std_type",
            "from_bus",
            "to_bus",
            "length_km",
            "r_ohm_per_km",
            "x_ohm_per_km",
            "c_nf_per_km",
        ),
        *("g_us_per_km", "max_i_ka", "df", "parallel", "type", "in_service"),
        *("r0_ohm_per_km", "x0_ohm_per_km", "c0_nf_per_km"),
    ],
}
LEVELS_KW = ((0.0, 2.0), (1.0, 6.0), (-4.0, 1.0))
POWER_FACTOR = 0.95
PHASES = "abc"


def main(folder: Path) -> None:
    net = ieee_european_lv_asymmetric("on_peak_566")
    for table in [name for name in net if name.startswith("res_")]:
        del net[table]
    net["std_types"] = {"line": {}, "trafo": {}, "trafo3w": {}, "fuse": {}}
    for table, columns in KEPT.items():
        net[table] = net[table][columns]
    net.line["r0_ohm_per_km"] = net.line.r0_ohm_per_km.astype(float)
    net.line["x0_ohm_per_km"] = net.line.x0_ohm_per_km.astype(float)
    # A magnetising branch in the zero sequence that nobody notices: the file's is pandapower's default, no datum.
    net.trafo["mag0_percent"] = 1e6
    phases = [
        next(p for p in PHASES if load[f"p_{p}_mw"] != 0.0) for _, load in net.asymmetric_load.iterrows()
    ]
    for load, phase in zip(net.asymmetric_load.index, phases, strict=True):
        set_load(net, load, phase, 1.0)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pandapower.json").write_text(pandapower.to_json(net) + "\n", encoding="utf-8")
    random = np.random.default_rng(55)
    cases = []
    for low, high in LEVELS_KW:
        loads_kw = random.uniform(low, high, len(phases)).round(3)
        for load, phase, load_kw in zip(net.asymmetric_load.index, phases, loads_kw, strict=True):
            set_load(net, load, phase, load_kw)
        pandapower.pf.runpp_3ph.runpp_3ph(net, tolerance_mva=1e-10)
        voltages = [
            float(net.res_bus_3ph.at[bus, f"vm_{phase}_pu"] * net.bus.at[bus, "vn_kv"] / 3**0.5 * 1e3)
            for bus, phase in zip(net.asymmetric_load.bus, phases, strict=True)
        ]
        unbalance = net.res_bus_3ph.loc[net.asymmetric_load.bus, "unbalance_percent"]
        lines = net.res_line_3ph
        trafo = net.res_trafo_3ph.iloc[0]
        cases.append(
            {
                "load_kw": loads_kw.tolist(),
                "voltage_v": [round(value, 6) for value in voltages],
                "unbalance": [round(value / 100.0, 9) for value in unbalance],
                "first_line_a": [round(1e3 * lines[f"i_{p}_from_ka"].iloc[0], 6) for p in PHASES],
                "transformer_loss_kw": round(1e3 * sum(trafo[f"pl_{p}_mw"] for p in PHASES), 6),
                "line_loss_kw": round(1e3 * float(sum(lines[f"pl_{p}_mw"].sum() for p in PHASES)), 6),
            }
        )
    golden = {
        "made_by": "tools/golden_pandapower_voltages.py",
        "pandapower": pandapower.__version__,
        "customers": net.asymmetric_load.name.tolist(),
        "cases": cases,
    }
    (folder / "expected.json").write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")


def set_load(net: pandapower.pandapowerNet, load: int, phase: str, load_kw: float) -> None:
    net.asymmetric_load.at[load, f"p_{phase}_mw"] = load_kw / 1e3
    net.asymmetric_load.at[load, f"q_{phase}_mvar"] = load_kw / 1e3 * (1 / POWER_FACTOR**2 - 1) ** 0.5


if __name__ == "__main__":
    main(Path(sys.argv[1]))

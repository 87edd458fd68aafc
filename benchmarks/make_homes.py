"""Write the benchmark homes: neutral descriptions that every optimiser under test reads.

    python benchmarks/make_homes.py --days 20 --seed 1

writes `emhass.json`, `battery.json` and `battery_ev.json` into the package, where `mas2tering bench home`
finds them (or into `--out`). Day d of a seed is the same whatever `--days` says. Needs numpy only.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

HOMES = Path(__file__).resolve().parents[1] / "src" / "mas2tering" / "study" / "benchmark" / "homes"
STEPS = 96
STEP_MINUTES = 15
HOURS = (np.arange(STEPS) + 0.5) * STEP_MINUTES / 60.0
PV_PEAK_KW = 4.0
EXPORT_PRICE_PER_KWH = 0.05

CONVENTIONS = [
    "Power is the mean over a step, in kW, at the home's AC busbar; consumption, import and charging are "
    "positive.",
    "Step s covers [first_step_starts + s * step_minutes, one step later). window_start_step is the first "
    "step in which a load may run, window_end_step the first one in which it may not.",
    "programme: one unbroken run of duration_steps at power_kw. on_off: on_steps steps at exactly power_kw, "
    "may be broken. continuous: any power from 0 to power_max_kw, energy_kwh in all.",
    "Every load runs exactly once a day and independently of the others (the dryer does not wait for the "
    "washing machine).",
    "Battery: energy[s] = energy[s-1] + step_hours * (charge_efficiency * charge_kw - discharge_kw / "
    "discharge_efficiency), within energy_min_kwh and energy_max_kwh at the end of every step; after the "
    "last step it is energy_end_kwh. Both power limits hold at the AC side. It may charge from the grid and "
    "discharge to it, not both at once, and wears at no cost.",
    "PV is not curtailed. Cost of a day = sum over steps of step_hours * (import_kw * import_price_per_kwh - "
    "export_kw * export_price_per_kwh), net per step.",
]

BATTERY = {
    "capacity_kwh": 8.0,
    "energy_min_kwh": 0.0,
    "energy_max_kwh": 8.0,
    "energy_start_kwh": 4.0,
    "energy_end_kwh": 4.0,
    "charge_power_max_kw": 3.0,
    "discharge_power_max_kw": 3.0,
    "charge_efficiency": 0.95,
    "discharge_efficiency": 0.95,
}


def _step(clock: str) -> int:
    hours, minutes = clock.split(":")
    return (int(hours) * 60 + int(minutes)) // STEP_MINUTES


def _window(start: str, end: str) -> dict[str, int]:
    return {"window_start_step": _step(start), "window_end_step": _step(end)}


LOADS = [
    {
        "id": "washing_machine",
        "kind": "programme",
        "power_kw": 2.0,
        "duration_steps": 6,
        **_window("07:00", "17:00"),
    },
    {
        "id": "dishwasher",
        "kind": "programme",
        "power_kw": 1.8,
        "duration_steps": 8,
        **_window("12:00", "23:00"),
    },
    {"id": "dryer", "kind": "programme", "power_kw": 2.5, "duration_steps": 6, **_window("10:00", "22:00")},
    {"id": "ev", "kind": "on_off", "power_kw": 3.7, "on_steps": 12, **_window("00:00", "07:30")},
    {"id": "hot_water", "kind": "on_off", "power_kw": 1.5, "on_steps": 12, **_window("00:00", "18:00")},
]
EV_CONTINUOUS = {
    "id": "ev",
    "kind": "continuous",
    "power_max_kw": 3.7,
    "energy_kwh": 11.0,
    **_window("00:00", "07:30"),
}

CASES = {
    "emhass": ("Battery, three unbroken programmes, EV and hot water switched on or off", LOADS),
    "battery": ("Battery, PV and base load only", []),
    "battery_ev": ("Battery and an EV that takes 11 kWh by 07:30 at any power up to 3.7 kW", [EV_CONTINUOUS]),
}


def _base_load_kw(rng: np.random.Generator) -> np.ndarray:
    """Base load, shape (96,), kW: standby, a morning and an evening hump, cooking spikes."""
    load = np.full(STEPS, rng.uniform(0.12, 0.25))
    load += rng.uniform(0.2, 0.5) * np.exp(-0.5 * ((HOURS - rng.uniform(6.8, 8.0)) / 0.9) ** 2)
    load += rng.uniform(0.4, 0.9) * np.exp(-0.5 * ((HOURS - rng.uniform(18.0, 20.0)) / 1.8) ** 2)
    for _ in range(int(rng.integers(3, 8))):
        start = int(rng.integers(_step("06:30"), _step("21:30")))
        load[start : start + int(rng.integers(1, 3))] += rng.uniform(0.5, 1.8)
    return np.round(load * rng.uniform(0.9, 1.1, STEPS), 3)


def _pv_kw(rng: np.random.Generator) -> np.ndarray:
    """PV output, shape (96,), kW: a clear-sky bell for a random season, times slowly moving clouds."""
    season = rng.uniform(0.0, 1.0)  # 0 winter, 1 summer
    half_day_hours = 4.0 + 4.0 * season
    angle = np.clip((HOURS - 12.5) / half_day_hours, -1.0, 1.0) * np.pi / 2.0
    clear = PV_PEAK_KW * (0.45 + 0.4 * season) * np.cos(angle) ** 1.3
    clearness = rng.uniform(0.25, 0.95)
    noise = np.zeros(STEPS)
    for s in range(1, STEPS):
        noise[s] = 0.85 * noise[s - 1] + rng.normal(0.0, 0.09)
    return np.round(clear * np.clip(clearness + noise, 0.05, 1.0), 3)


def _import_price(rng: np.random.Generator) -> np.ndarray:
    """Time-of-use import price, shape (96,), EUR/kWh: night 22-06, peak 17-21; the levels vary by day."""
    night = rng.uniform(0.14, 0.20)
    day = night + rng.uniform(0.05, 0.10)
    peak = day + rng.uniform(0.05, 0.12)
    price = np.where(
        (HOURS < 6.0) | (HOURS >= 22.0), night, np.where((HOURS >= 17.0) & (HOURS < 21.0), peak, day)
    )
    return np.round(price, 4)


def make_day(seed: int, day: int) -> dict[str, object]:
    """Profiles of one day: lists of 96 numbers, kW and EUR/kWh."""
    load_rng, pv_rng, price_rng = (np.random.default_rng([seed, day, part]) for part in range(3))
    return {
        "day": day,
        "base_load_kw": _base_load_kw(load_rng).tolist(),
        "pv_kw": _pv_kw(pv_rng).tolist(),
        "import_price_per_kwh": _import_price(price_rng).tolist(),
        "export_price_per_kwh": [EXPORT_PRICE_PER_KWH] * STEPS,
    }


def make_home(case: str, days: int, seed: int) -> dict[str, object]:
    """The neutral description of one case."""
    description, loads = CASES[case]
    return {
        "case": case,
        "description": description,
        "generator": {"script": "benchmarks/make_homes.py", "seed": seed},
        "conventions": CONVENTIONS,
        "currency": "EUR",
        "time": {
            "time_zone": "UTC",
            "first_step_starts": "00:00",
            "step_minutes": STEP_MINUTES,
            "steps": STEPS,
        },
        "grid": {"import_power_max_kw": 17.25, "export_power_max_kw": 17.25},
        "pv": {"peak_power_kw": PV_PEAK_KW},
        "battery": BATTERY,
        "loads": loads,
        "days": [make_day(seed, day) for day in range(days)],
    }


def to_text(home: dict[str, object]) -> str:
    """JSON with one profile a line, so that a change of one day shows as such."""
    days = home["days"]
    assert isinstance(days, list)
    head = json.dumps({key: value for key, value in home.items() if key != "days"}, indent=1)
    rows = []
    for day in days:
        fields = ",\n  ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in day.items())
        rows.append(f" {{{fields}}}")
    return head[: head.rindex("\n}")] + ',\n "days": [\n' + ",\n".join(rows) + "\n ]\n}\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=HOMES)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        path = options.out / f"{case}.json"
        path.write_text(to_text(make_home(case, options.days, options.seed)), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()

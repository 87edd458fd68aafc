"""Networks small enough to be computed by hand, and random ones for hypothesis."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from mas2tering.domain.network import PHASES, Bus, Cable, Customer, Network, Source, Transformer

TRANSFORMER = Transformer("TR", "HV", "LV", 11.0, 0.416, 400.0, 0.0475, 4.6, 0.7, no_load_current=0.01)


def cable(name: str, begin: str, end: str, length_m: float = 100.0, rating_a: float | None = 200.0) -> Cable:
    """A stretch of 95 mm² cable."""
    km = length_m / 1e3
    return Cable(name, begin, end, 0.32 * km, 0.075 * km, 0.8 * km, 0.09 * km, length_m, rating_a=rating_a)


def two_homes() -> Network:
    """A busbar at 416 V, 100 m of cable, a customer on phase A, 50 m more, a customer on three phases."""
    return Network(
        "two homes",
        (Bus("LV"), Bus("1"), Bus("2")),
        (cable("near", "LV", "1"), cable("far", "1", "2", 50.0)),
        (Customer("a", "1", ("A",)), Customer("b", "2", PHASES)),
        Source("LV", 0.416),
    )


def behind_transformer(network: Network, **changes: float) -> Network:
    """The same network behind a transformer whose figures may be changed."""
    return network.behind(replace(TRANSFORMER, **changes), Source("HV", 11.0))


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Radial networks of up to a dozen buses, with customers on one phase and on three."""
    count = draw(st.integers(1, 12))
    buses = ["LV", *(f"b{k}" for k in range(count))]
    cables = []
    for k in range(count):
        begin, end = buses[draw(st.integers(0, k))], buses[k + 1]
        ends = (begin, end) if draw(st.booleans()) else (end, begin)
        cables.append(cable(f"c{k}", *ends, length_m=draw(st.floats(5.0, 150.0))))
    kinds = st.sampled_from([("A",), ("B",), ("C",), PHASES])
    customers = [
        Customer(
            f"home{k}", draw(st.sampled_from(buses[1:])), draw(kinds), draw(st.sampled_from([0.9, 0.95, 1.0]))
        )
        for k in range(draw(st.integers(1, 10)))
    ]
    network = Network(
        "random", tuple(Bus(bus) for bus in buses), tuple(cables), tuple(customers), Source("LV", 0.416)
    )
    kind = draw(st.sampled_from(["busbar", "transformer", "weak source"]))
    if kind == "busbar":
        return network
    source = Source("HV", 11.0, 20.0 if kind == "weak source" else None)
    return network.behind(replace(TRANSFORMER, tap=draw(st.sampled_from([0.0, -0.025, 0.05]))), source)


def some_loads(network: Network, steps: int = 4, seed: int = 1) -> np.ndarray:
    """Loads between 3 kW of feeding in and 6 kW of drawing, shape (customers, steps)."""
    return np.random.default_rng(seed).uniform(-3.0, 6.0, (len(network.customers), steps))

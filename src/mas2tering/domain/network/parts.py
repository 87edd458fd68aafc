"""What a low-voltage network consists of: buses, cables, a transformer, a source, customers.

Impedances are sequence values: positive (1) and zero (0). The phase impedances that follow from them are
Zs = (2 Z1 + Z0)/3 on a phase itself and Zm = (Z0 - Z1)/3 between two, the neutral folded in (Kersting,
Distribution System Modeling and Analysis, section 4.2).
"""

from dataclasses import dataclass
from typing import Literal

Phase = Literal["A", "B", "C"]
PHASES: tuple[Phase, Phase, Phase] = ("A", "B", "C")
NOMINAL_V = 230.0
"""Nominal voltage of a phase against neutral, in volts: 1 pu of every voltage at a customer."""


@dataclass(frozen=True)
class ZeroSequence:
    """Zero-sequence over positive-sequence resistance and reactance of a cable."""

    r0_per_r1: float
    x0_per_x1: float


FOUR_EQUAL_CORES = ZeroSequence(4.0, 4.0)
"""Four equal cores on a square, return through the fourth. The neutral carries three times the current of a phase,
so that r0 = r1 + 3 r1; the distances between phases, and from the phases to the neutral, have the same geometric
mean, so that the reactances stand in the same ratio."""


@dataclass(frozen=True)
class Bus:
    """A node of the network; ``x_m`` and ``y_m`` say where it lies, in local metres, where that is known."""

    id: str
    x_m: float | None = None
    y_m: float | None = None


@dataclass(frozen=True)
class Cable:
    """A stretch of cable or overhead line between two buses; impedances are of the whole stretch, in ohm.

    ``rating_a`` is what each of its phases may carry, in ampere, None where nobody knows; ``rating_assumed``
    marks one that stands in for the maker's. ``cable_type`` names what was laid, ``feeder`` the way out of the
    substation to which it belongs. ``c1_nf`` and ``c0_nf`` are capacitances to earth, in nanofarad.
    """

    id: str
    from_bus: str
    to_bus: str
    r1_ohm: float
    x1_ohm: float
    r0_ohm: float
    x0_ohm: float
    length_m: float = 0.0
    rating_a: float | None = None
    rating_assumed: bool = False
    phases: tuple[Phase, ...] = PHASES
    cable_type: str = ""
    feeder: str = ""
    c1_nf: float = 0.0
    c0_nf: float = 0.0


@dataclass(frozen=True)
class Transformer:
    """A delta-wye transformer with earthed neutral (Dyn11 unless ``clock`` says otherwise).

    ``impedance`` is its short-circuit voltage and ``no_load_current`` its magnetising current, as fractions of
    the rating. The off-load tap raises the turns of the high-voltage winding by the fraction ``tap``, so that
    the voltage without load is ``lv_kv / (1 + tap)`` times that of the source in pu. Voltages are between lines.
    """

    id: str
    hv_bus: str
    lv_bus: str
    hv_kv: float
    lv_kv: float
    rating_kva: float
    impedance: float
    load_loss_kw: float
    no_load_loss_kw: float
    no_load_current: float = 0.0
    tap: float = 0.0
    clock: int = 11
    assumed: bool = False

    @property
    def rated_current_a(self) -> float:
        """What each phase of the low-voltage winding carries at the rating, in ampere."""
        return float(self.rating_kva / (3.0**0.5 * self.lv_kv))


@dataclass(frozen=True)
class Source:
    """The bus at which the network is fed, and the voltage between lines that is held there, in kV.

    ``short_circuit_mva`` says how stiff the feeding network is, None that its voltage does not move;
    ``r_per_x`` is the ratio of its resistance to its reactance.
    """

    bus: str
    voltage_kv: float
    short_circuit_mva: float | None = None
    r_per_x: float = 0.1


@dataclass(frozen=True)
class Customer:
    """Where a home is connected, and on which phases; three phases share its load evenly.

    ``power_factor`` is that of its load where nothing else is said: the reactive power has the sign of the
    active one (lagging when it draws).
    """

    id: str
    bus: str
    phases: tuple[Phase, ...]
    power_factor: float = 0.95


@dataclass(frozen=True)
class Terminal:
    """One phase of one customer, where a voltage is measured; ``customer`` counts in the network's order."""

    customer: int
    phase: Phase

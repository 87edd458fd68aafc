"""Standard low-voltage cables and transformers, for generated networks.

Resistances are the highest that IEC 60228 allows at 20 °C (class 2); ratings are those of DIN VDE 0276-603 for
PVC-insulated cable in the ground, three loaded cores, load factor 0.7. Reactances of 0.08 ohm/km are typical of
four-core cable. All of it is assumed where it stands in for a cable that nobody knows.
"""

from dataclasses import dataclass

from mas2tering.domain.network import FOUR_EQUAL_CORES, Cable, Transformer


@dataclass(frozen=True)
class CableType:
    """A cable by metre: ``r1_ohm_per_km`` and ``x1_ohm_per_km`` in the positive sequence, rating in ampere."""

    name: str
    r1_ohm_per_km: float
    x1_ohm_per_km: float
    rating_a: float

    def cable(self, name: str, from_bus: str, to_bus: str, length_m: float, feeder: str) -> Cable:
        """A stretch of it."""
        r1, x1 = self.r1_ohm_per_km * length_m / 1e3, self.x1_ohm_per_km * length_m / 1e3
        return Cable(
            name,
            from_bus,
            to_bus,
            r1,
            x1,
            FOUR_EQUAL_CORES.r0_per_r1 * r1,
            FOUR_EQUAL_CORES.x0_per_x1 * x1,
            length_m,
            rating_a=self.rating_a,
            rating_assumed=True,
            cable_type=self.name,
            feeder=feeder,
        )


MAIN_185 = CableType("4x185 mm2 Al", 0.164, 0.08, 313.0)
MAIN_120 = CableType("4x120 mm2 Al", 0.253, 0.08, 245.0)
MAIN_50 = CableType("4x50 mm2 Al", 0.641, 0.08, 144.0)
SERVICE_25 = CableType("25 mm2 Cu", 0.727, 0.08, 133.0)
SERVICE_16 = CableType("16 mm2 Cu", 1.15, 0.08, 102.0)

_LOAD_LOSS_KW = {250.0: 3.25, 315.0: 3.9, 400.0: 4.6, 500.0: 5.5, 630.0: 6.5, 800.0: 8.4, 1000.0: 10.5}
"""Regulation (EU) 548/2014, annex I, table I.1, tier 1, class Ck."""
RATINGS_KVA = tuple(_LOAD_LOSS_KW)
_IMPEDANCE = 0.0475
_NO_LOAD_LOSS_PER_KVA = 0.7 / 400.0
_NO_LOAD_CURRENT = 0.01


def substation_transformer(rating_kva: float, hv_bus: str, lv_bus: str) -> Transformer:
    """An 11/0.416 kV transformer: 4.75 %, at 400 kVA 4.6 kW load and 0.7 kW no-load loss; all assumed.

    Raises:
        KeyError: no such rating (``RATINGS_KVA`` lists them).
    """
    return Transformer(
        "TR1",
        hv_bus,
        lv_bus,
        hv_kv=11.0,
        lv_kv=0.416,
        rating_kva=rating_kva,
        impedance=_IMPEDANCE,
        load_loss_kw=_LOAD_LOSS_KW[rating_kva],
        no_load_loss_kw=_NO_LOAD_LOSS_PER_KVA * rating_kva,
        no_load_current=_NO_LOAD_CURRENT,
        assumed=True,
    )

"""The numbers of the season's rule, and where each comes from; ``docs/fair-money.md`` argues them."""

from dataclasses import dataclass

from mas2tering.settlement.flexibility.delivery import USUAL, Tolerance


@dataclass(frozen=True)
class SeasonRule:
    """What a community and its distribution system operator agree on before a season.

    ``hold_out`` is the probability with which a home gets no order on a congested day and must live its bound plan,
    ``hold_out_flagged`` that of a home under suspicion. ``factor`` multiplies deductions, ``dead_band`` is how many standard
    deviations a sum may be off before anything is deducted, ``short_per_kwh`` what a kWh that was ordered and not delivered
    costs (in the community's currency). A discomfort price may be ``dearest_discomfort`` times its class's standard at most.
    Flags in ``flags_to_suspect`` seasons raise the hold-out, in ``flags_to_exclude`` a home sits out a season; it may appeal
    for ``appeal_days``. Monthly payments hold back the last ``months_held_back``, and are due within ``due_days``.
    ``reward_per_day`` is what a connection gets for each day on which it offers to help, whatever happens.

    Raises:
        ValueError: a probability outside (0, 1), or a factor below one, with which the expected gain of a lie is not bounded.
    """

    hold_out: float = 0.1
    hold_out_flagged: float = 0.5
    factor: float = 3.0
    dead_band: float = 2.1
    short_per_kwh: float = 0.5
    dearest_discomfort: float = 3.0
    tolerance: Tolerance = USUAL
    flags_to_suspect: int = 1
    flags_to_exclude: int = 3
    appeal_days: int = 30
    months_held_back: int = 1
    due_days: int = 14
    reward_per_day: float = 0.001

    def __post_init__(self) -> None:
        for name in ("hold_out", "hold_out_flagged"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a probability between 0 and 1")
        if self.reward_per_day < 0.0:
            raise ValueError(f"reward_per_day is {self.reward_per_day}; expected zero or more")
        if self.factor < 1.0:
            raise ValueError(
                f"factor is {self.factor}; expected 1 or more, or lies pay more than they are deducted"
            )


def weight_of(probability: float) -> float:
    """What a gap that is found on a day held out stands for: itself on the days that were not, (1 - p) / p of them for
    each that was."""
    return (1.0 - probability) / probability

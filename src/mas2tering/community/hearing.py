"""What an aggregator makes of members' answers: whether they make sense, and what they sum to."""

from collections import Counter
from collections.abc import Collection, Mapping

import numpy as np

from mas2tering.community.answers import AnswerForm, RowSum
from mas2tering.community.secure_sum.classes import FEWEST
from mas2tering.domain.negotiation import (
    UNIT_KWH,
    AnnounceKey,
    Answer,
    Call,
    CallForKey,
    CallForUnmasking,
    CallToPropose,
    Commit,
    Confirm,
    InformAgreement,
    IntArray,
    Propose,
    ProposeMasked,
    Unmask,
)


def answer_to(call: Call, *, is_masked: bool) -> type[Answer]:
    """Which answer a call asks for."""
    if isinstance(call, CallToPropose):
        return ProposeMasked if is_masked else Propose
    if isinstance(call, CallForKey):
        return AnnounceKey
    if isinstance(call, CallForUnmasking):
        return Unmask
    return Commit if isinstance(call, InformAgreement) else Confirm


def fault_of_load(form: AnswerForm, most_kw: float, net: IntArray, limits: IntArray | None) -> str:
    """What is wrong with a load, and with its shares in limits where they are said, in words; empty where nothing is."""
    steps, most = form.steps, form.largest_kwh / UNIT_KWH
    if net.shape != (steps,) or net.dtype != np.int64:
        return f"sent a load that is not {steps} whole numbers"
    if np.abs(net).max(initial=0) > most:
        return f"sent a load beyond {most_kw:g} kW"
    if limits is None:
        return ""
    if limits.shape != (form.limits,) or limits.dtype != np.int64:
        return f"sent shares in limits that are not {form.limits} whole numbers"
    if np.abs(limits).max(initial=0) > most:
        return f"sent a share in a limit beyond {most_kw:g} kW"
    return ""


def plain_sums(
    form: AnswerForm, class_of: Mapping[str, int], answers: Collection[Answer]
) -> dict[int, RowSum]:
    """Sums by row, in whole units."""
    sums = {}
    for row in set(class_of.values()):
        told = [a for a in answers if isinstance(a, Propose) and class_of[a.member] == row]
        parts = form.parts(
            np.array([a.net_units for a in told]),
            np.array([a.beside_units for a in told], dtype=np.int64),
            np.array([a.bound_units for a in told], dtype=np.int64),
            np.array([a.limit_units for a in told], dtype=np.int64),
        )
        sums[row] = form.read({name: values.sum(axis=0) for name, values in parts.items()})
    return sums


def too_few(class_of: Mapping[str, int]) -> dict[str, str]:
    """Those of whose class too few are left for a sum under masks, and why that leaves them out."""
    counts = Counter(class_of.values())
    return {
        name: (
            f"of those whose answers are summed with its own {counts[k]} are left; expected at least {FEWEST}, since a "
            "sum over fewer would show too much of each"
        )
        for name, k in class_of.items()
        if counts[k] < FEWEST
    }


def learned_of(rounds: int, bound: int, *, is_masked: bool, began_anew: bool) -> str:
    """What an aggregator has learned in so many rounds of members of whom so many are ``bound``, in words."""
    if is_masked:
        seen = f"of each of {rounds} rounds what all answers sum to by class of supplier"
        if began_anew:
            seen += (
                "; of who was left out on the way what it answered at the price that stood, which is by how much the "
                "sums before and after differ"
            )
    else:
        seen = f"the answers of each member in each of {rounds} rounds"
    return f"{seen}; of {bound} members the net load of the plan to which they are bound"

"""A whole group in one process: members and aggregator hand each other bytes, and tests choose who falls silent when."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from random import Random

import numpy as np

from mas2tering.community.secure_sum.fixed_point import Field, FixedPoint, Layout
from mas2tering.community.secure_sum.keys import MemberKeys
from mas2tering.community.secure_sum.member import Member
from mas2tering.community.secure_sum.messages import (
    Announcement,
    Neighbourhood,
    PairMasksCall,
    RoundCall,
    SharesCall,
)
from mas2tering.community.secure_sum.setup import Group, Setup
from mas2tering.community.secure_sum.summation import Failed, Missing, Stage, Sum, Summation

MARK = b"day1"
NOBODY: frozenset[str] = frozenset()


def layout(members: int, power_values: int = 6) -> Layout:
    """Powers to 1 W in few bytes, costs to a millionth in more."""
    return Layout(
        (
            Field("cost", 2, FixedPoint(members, 1e4, 1e-6)),
            Field("power_kw", power_values, FixedPoint(members, 20.0, 0.001)),
        )
    )


def vectors(members: int, seed: int, power_values: int = 6) -> dict[str, np.ndarray]:
    """Random values that the fixed point holds exactly, one row for each member."""
    rng = np.random.default_rng(seed)
    power = rng.integers(-20_000, 20_001, (members, power_values)) * 0.001
    return {"cost": rng.integers(-(10**10), 10**10 + 1, (members, 2)) * 1e-6, "power_kw": power}


@dataclass
class Exchange:
    """A group that is set up; ``transcript`` is all that the aggregator received, in order."""

    group: Group
    members: Mapping[str, Member]
    keys: Mapping[str, MemberKeys]
    transcript: list[tuple[str, bytes]] = field(default_factory=list)

    def words(self, values):
        layout = self.group.terms.layout
        return layout.words(layout.whole(values))

    def vector(self, name: str, values):
        """One member's row of the values, which are in the order of the ring."""
        return self.words(values).rows(self.group.slots[name])

    def answer(self, name: str, call, values) -> bytes:
        member = self.members[name]
        call = type(call).decode(call.encode(self.group.terms), self.group.terms)
        if isinstance(call, RoundCall):
            message = member.mask(call, self.vector(name, values))
        elif isinstance(call, PairMasksCall):
            message = member.pair_masks(call)
        else:
            assert isinstance(call, SharesCall)
            message = member.shares(call)
        return message.encode(self.group.terms)

    def run(
        self,
        round_number: int,
        values,
        silent: Mapping[Stage, Collection[str]] | None = None,
        absent: Collection[str] = NOBODY,
        silent_from: Mapping[int, Collection[str]] | None = None,
    ) -> Sum | Failed:
        """One round; who is silent at a stage, or from an exchange on (0 is the first), is so for the rest of the round."""
        summation = Summation(self.group, round_number, [n for n in self.group.names if n not in absent])
        gone: set[str] = set()
        calls, exchanges = summation.start(), 0
        while calls:
            gone |= set((silent or {}).get(summation.stage, NOBODY))
            gone |= set((silent_from or {}).get(exchanges, NOBODY))
            exchanges += 1
            assert exchanges < 100, "the round does not come to an end"
            for name, call in calls.items():
                data = self.answer(name, call, values)
                if name not in gone:
                    summation.receive(name, data)
                    self.transcript.append((name, data))
            calls = summation.proceed()
        result = summation.result()
        assert not isinstance(result, Missing)
        return result


def set_up(count: int, seed: int = 1, power_values: int = 6) -> Exchange:
    """A group of members called home 0, home 1, ..."""
    random = Random(seed).randbytes
    setup = Setup(MARK, layout(count, power_values))
    keys = {f"home {k}": MemberKeys.create(random) for k in range(count)}
    for name, pair in keys.items():
        setup.receive(name, Announcement(pair.public).encode(MARK))
    group = setup.group(random)
    members = {}
    for slot, name in enumerate(group.names):
        told = Neighbourhood.decode(group.neighbourhood(slot).encode(group.terms), group.terms)
        members[name] = Member(group.terms, keys[name], told)
    return Exchange(group, members, keys)


def exact_sum(values, rows: Collection[int]) -> dict[str, np.ndarray]:
    """The plain sum of some rows, in whole units."""
    units = {"cost": 1e-6, "power_kw": 0.001}
    return {name: np.rint(values[name][sorted(rows)] / unit).sum(axis=0) for name, unit in units.items()}

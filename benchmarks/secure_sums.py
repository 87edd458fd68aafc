"""The price of secure sums: bytes each way and CPU seconds of a round, with and without masks.

    python benchmarks/secure_sums.py --members 184 10000 --rounds 5

One JSON object a line. A round sums two powers for each of 96 steps and four costs. "member" is the mean over members that run
one by one, each with its own keys; "all" is everybody in one process, as in a study; the aggregator's side is timed apart.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

import numpy as np

from mas2tering.community.secure_sum.batch import Batch
from mas2tering.community.secure_sum.fixed_point import Field, FixedPoint, Layout
from mas2tering.community.secure_sum.graph import odds
from mas2tering.community.secure_sum.keys import MemberKeys
from mas2tering.community.secure_sum.member import Member
from mas2tering.community.secure_sum.messages import (
    HEADER_BYTES,
    Announcement,
    Neighbourhood,
    PairMasksCall,
    RoundCall,
    SharesCall,
)
from mas2tering.community.secure_sum.setup import Group, Setup
from mas2tering.community.secure_sum.summation import Sum, Summation

MARK = b"day1"
_T = TypeVar("_T")
STEPS = 96
# Sums over many members need less of each: the errors of rounding do not add up, their roots do.
RESOLUTION_KW = {184: 0.001, 10_000: 0.002}


def layout_for(members: int) -> Layout:
    power = FixedPoint(members, 20.0, RESOLUTION_KW.get(members, 0.002))
    return Layout((Field("power_kw", 2 * STEPS, power), Field("cost", 4, FixedPoint(members, 1e4, 1e-6))))


@dataclass
class Clock:
    """CPU seconds and bytes, summed under names."""

    seconds: dict[str, float] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)

    def timed(self, name: str, work: Callable[[], _T]) -> _T:
        begin = time.process_time()
        found = work()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - begin
        return found

    def count(self, name: str, length: int) -> None:
        self.bytes[name] = self.bytes.get(name, 0) + length


def set_up(members: int, clock: Clock) -> tuple[Group, dict[str, MemberKeys]]:
    random = Random(1).randbytes
    setup = Setup(MARK, layout_for(members))
    keys = {
        f"home {k}": clock.timed("member_set_up", lambda: MemberKeys.create(random)) for k in range(members)
    }
    for name, pair in keys.items():
        data = Announcement(pair.public).encode(MARK)
        clock.count("set_up_up", len(data))
        clock.timed("aggregator_set_up", lambda name=name, data=data: setup.receive(name, data))
    return clock.timed("aggregator_set_up", lambda: setup.group(random)), keys


def one_by_one(group: Group, keys: dict[str, MemberKeys], values, clock: Clock, silent: set[str]) -> None:
    """A set-up and one round, all of it through encoded messages."""
    terms, members = group.terms, {}
    for slot, name in enumerate(group.names):
        data = group.neighbourhood(slot).encode(terms)
        clock.count("set_up_down", len(data))
        told = Neighbourhood.decode(data, terms)
        members[name] = clock.timed("member_set_up", lambda n=name, t=told: Member(terms, keys[n], t))
    words = terms.layout.words(terms.layout.whole(values))
    summation = clock.timed("aggregator_round", lambda: Summation(group, 1, group.names))
    calls = clock.timed("aggregator_round", summation.start)
    while calls:
        for name, call in calls.items():
            if name in silent:
                continue
            raw = call.encode(terms)
            clock.count("round_down", len(raw))
            data = clock.timed(
                "member_round", lambda n=name, c=call, r=raw: answer(members, words, group, n, type(c), r)
            )
            clock.count("round_up", len(data))
            clock.timed("aggregator_round", lambda n=name, d=data: summation.receive(n, d))
        calls = clock.timed("aggregator_round", summation.proceed)
    result = summation.result()
    assert isinstance(result, Sum), result


def answer(members, words, group: Group, name: str, kind, raw: bytes) -> bytes:
    call, member = kind.decode(raw, group.terms), members[name]
    if isinstance(call, RoundCall):
        return member.mask(call, words.rows(group.slots[name])).encode(group.terms)
    if isinstance(call, PairMasksCall):
        return member.pair_masks(call).encode(group.terms)
    assert isinstance(call, SharesCall)
    return member.shares(call).encode(group.terms)


def all_at_once(group: Group, keys: dict[str, MemberKeys], values, rounds: int) -> dict[str, float]:
    clock = Clock()
    layout = group.terms.layout
    batch = clock.timed("set_up", lambda: Batch(group.terms, [keys[name] for name in group.names]))
    plain, masked, opened = [], [], []
    for number in range(1, rounds + 1):
        words = layout.words(layout.whole(values))
        clock = Clock()
        raw = clock.timed("plain", lambda w=words: layout.packed(w))
        without = clock.timed("plain", lambda r=raw: layout.unpacked(r).total())
        sent, shares = clock.timed("masked", lambda n=number, w=words: batch.mask(n, w))
        total = clock.timed("opened", lambda s=sent, h=shares: batch.total(s, h))
        assert np.array_equal(layout.packed(total), layout.packed(without))
        plain.append(clock.seconds["plain"])
        masked.append(clock.seconds["masked"])
        opened.append(clock.seconds["opened"])
    return {
        "plain_round_s": statistics.median(plain),
        "mask_round_s": statistics.median(masked),
        "open_round_s": statistics.median(opened),
    }


def measured(members: int, rounds: int) -> dict[str, object]:
    clock = Clock()
    group, keys = set_up(members, clock)
    rng = np.random.default_rng(1)
    values = {
        "power_kw": rng.uniform(-20, 20, (members, 2 * STEPS)),
        "cost": rng.uniform(-1e4, 1e4, (members, 4)),
    }
    one_by_one(group, keys, values, clock, set())
    lossy = Clock()
    one_by_one(group, keys, values, lossy, {f"home {k}" for k in range(max(1, members // 100))})
    begin = time.process_time()
    Batch(group.terms, [keys[name] for name in group.names])
    batch_set_up = time.process_time() - begin
    ring = group.terms.ring
    plain = HEADER_BYTES + group.terms.layout.bytes
    up = clock.bytes["round_up"] / members
    chances = odds(members, members // 20, members // 100)
    return {
        "members": members,
        "degree": ring.degree,
        "threshold": ring.threshold,
        "plain_up_bytes": plain,
        "round_up_bytes": up,
        "round_down_bytes": clock.bytes["round_down"] / members,
        "ratio_up": up / plain,
        "round_up_bytes_1_percent_silent": lossy.bytes["round_up"] / members,
        "round_down_bytes_1_percent_silent": lossy.bytes["round_down"] / members,
        "set_up_up_bytes": clock.bytes["set_up_up"] / members,
        "set_up_down_bytes": clock.bytes["set_up_down"] / members,
        "member_set_up_ms": 1e3 * clock.seconds["member_set_up"] / members,
        "member_round_ms": 1e3 * clock.seconds["member_round"] / members,
        "aggregator_set_up_s": clock.seconds["aggregator_set_up"],
        "aggregator_round_s": clock.seconds["aggregator_round"],
        "all_set_up_s": batch_set_up,
        **{f"all_{name}": value for name, value in all_at_once(group, keys, values, rounds).items()},
        "odds_5_percent_collude_1_percent_silent": vars(chances),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--members", type=int, nargs="+", default=[184, 10_000])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for members in options.members:
        found = measured(members, options.rounds)
        print(json.dumps({k: float(f"{v:.3g}") if isinstance(v, float) else v for k, v in found.items()}))


if __name__ == "__main__":
    main()

"""A benchmark of use case 3: the communities of the market's benchmark, planned again within limits that bite.

What bites is a rule, so that every community has its own: an ``import`` cap lies at the mean of use case 2's net load and
0.15 of what its peak is above that; an ``export`` cap at 0.3 of the highest export; for ``voltage`` the homes are the
customers of the generated network, whose busbar is raised or lowered in steps of 0.5 % until the plans of use case 2
break at least fifty limits.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mas2tering.coordination.congestion import Connected, relieved
from mas2tering.coordination.local_market import Agreement, MarketBudget, Party, agree_together
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.local_market import FloatArray
from mas2tering.domain.network import LOADING_TOLERANCE, Network, Transformer
from mas2tering.domain.plans import HomePlan
from mas2tering.grid import PowerFlow, PowerFlowError, congestions
from mas2tering.study.benchmark.market import CaseCommunity, MarketTimes
from mas2tering.study.networks import network_of

CapName = Literal["import", "export", "voltage"]
CAPS: tuple[CapName, ...] = ("import", "export", "voltage")

IMPORT_ABOVE_MEAN, EXPORT_SHARE = 0.15, 0.3
"""The import cap's place between mean and peak of use case 2's net load; the export cap as a share of its highest export."""
_BUSBAR_STEP, _BUSBAR_STEPS, _TROUBLE = 0.005, 30, 50
_DEAREST_PER_KWH = 10.0
_ROUNDING_KWH, _NEGOTIATIONS = 0.001, 3
_ROOMY_KVA = 1000.0
"""The transformer behind which voltages are the only trouble."""


@dataclass(frozen=True)
class CappedTimes:
    """One community within limits.

    ``uncapped`` is use case 2. Violations are counted in steps of the cap, beyond its tolerance; under ``voltage`` in elements,
    phases and steps of the full power flow. ``limit`` is the cap in kW, or the busbar's voltage without load over the usual one.
    ``cpu_s`` is what use case 3 takes beyond use case 2; ``negotiations`` how often it was negotiated.
    """

    cap: CapName
    uncapped: MarketTimes
    agreement: Agreement
    limit: float
    violations_before: int
    violations_after: int
    excess_kwh: float
    rounds: int
    negotiations: int
    seconds: float
    cpu_s: float

    @property
    def cpu_ratio(self) -> float:
        """CPU time over that of use case 2."""
        return self.cpu_s / self.uncapped.cpu_s

    @property
    def gap_certified(self) -> float:
        """What the plans may cost above the best ones within the limits (to first order where these are voltages), as a share
        of use case 1's cost."""
        return self.agreement.gap / self.uncapped.scale

    @property
    def cost_above(self) -> float:
        """What the limits cost, as a share of use case 1's cost."""
        return (self.agreement.cost - self.uncapped.agreement.cost) / self.uncapped.scale


def time_capped(
    cap: CapName, community: CaseCommunity, uncapped: MarketTimes, budget: MarketBudget
) -> CappedTimes:
    """Plan a community again within limits that bite, code warm.

    Raises:
        InputError: there are more homes than customers, or no cap of this kind bites.
    """
    party = Party(community.models, community.alone, community.charges, uncapped.agreement.standing)
    if cap == "voltage":
        return _time_voltages(party, uncapped, budget)
    return _time_sum(cap, party, uncapped, budget)


def summed_cap(cap: Literal["import", "export"], net_kw: FloatArray, homes: int) -> LoadLimits:
    """The cap on the sum of homes' net loads ``net_kw`` (steps,), in every step."""
    steps = np.arange(len(net_kw))
    if cap == "import":
        sign, most = 1.0, float(net_kw.mean() + IMPORT_ABOVE_MEAN * (net_kw.max() - net_kw.mean()))
    else:
        sign, most = -1.0, EXPORT_SHARE * float(max(0.0, -net_kw.min()))
    weight = np.full((len(steps), homes), sign)
    return LoadLimits(
        steps,
        weight,
        np.full(len(steps), most),
        _DEAREST_PER_KWH,
        tuple(f"{cap} of all homes" for _ in steps),
    )


def _time_sum(
    cap: Literal["import", "export"], party: Party, uncapped: MarketTimes, budget: MarketBudget
) -> CappedTimes:
    net_kw = _net_kw(uncapped.agreement.plans)
    if cap == "export" and net_kw.min() >= 0.0:
        raise InputError([InputProblem("bench market", "--cap", "export", "a case in which homes export")])
    limits = summed_cap(cap, net_kw, len(party.models))
    began, began_cpu = time.perf_counter(), time.process_time()
    together = agree_together([party], budget, limits=limits, anew=True)
    agreements = [together.agreements[0]]
    hours = party.models[0].axis.step_hours
    while together.excess_kwh.max() > _ROUNDING_KWH and len(agreements) < _NEGOTIATIONS:
        # Mixed plans of a store that charges in one and discharges in the other lose less than both: what is saved is fed in.
        tighter = replace(limits, most_kw=limits.most_kw - together.excess_kwh / hours)
        standing = replace(party, standing=agreements[-1].standing)
        together = agree_together([standing], budget, limits=tighter)
        agreements.append(together.agreements[0])
    cpu_s, seconds = time.process_time() - began_cpu, time.perf_counter() - began
    agreement = replace(agreements[-1], lower_bound=agreements[0].lower_bound)
    sign, most = float(limits.weight[0, 0]), float(limits.most_kw[0])
    before, after = (
        int((sign * _net_kw(plans) > most * (1.0 + LOADING_TOLERANCE)).sum())
        for plans in (uncapped.agreement.plans, agreement.plans)
    )
    net = sign * _net_kw(agreement.plans)
    excess = float(hours * np.maximum(net - most, 0.0).sum())
    rounds = sum(len(own.rounds) for own in agreements)
    return CappedTimes(
        cap, uncapped, agreement, most, before, after, excess, rounds, len(agreements), seconds, cpu_s
    )


def _time_voltages(party: Party, uncapped: MarketTimes, budget: MarketBudget) -> CappedTimes:
    plans = uncapped.agreement.plans
    connected, busbar = in_trouble(plans)
    told: list[int] = []
    began, began_cpu = time.perf_counter(), time.process_time()
    relief = relieved(
        [party],
        [plans],
        connected,
        budget,
        dearest_per_kwh=_DEAREST_PER_KWH,
        told=lambda _, number: told.append(number),
    )
    cpu_s, seconds = time.process_time() - began_cpu, time.perf_counter() - began
    if relief.together is None:
        raise AssertionError("trouble was sought, and none was found")
    return CappedTimes(
        "voltage",
        uncapped,
        relief.together.agreements[0],
        busbar,
        len(congestions(relief.before)),
        len(congestions(relief.after)),
        float(relief.together.excess_kwh.sum()),
        len(told),
        len(relief.rounds),
        seconds,
        cpu_s,
    )


def in_trouble(plans: Sequence[HomePlan]) -> tuple[Connected, float]:
    """The generated network with its busbar raised or lowered until plans break limits, and by which factor.

    Raises:
        InputError: there are more homes than customers, or nothing breaks limits.
    """
    network = network_of("cardiff", _ROOMY_KVA)
    if len(plans) > len(network.customers):
        expected = (
            f"at most {len(network.customers)} with --cap voltage, as many as the network has customers"
        )
        raise InputError([InputProblem("bench market", "--homes", str(len(plans)), expected)])
    for count in range(1, _BUSBAR_STEPS + 1):
        for factor in (1.0 + _BUSBAR_STEP * count, 1.0 - _BUSBAR_STEP * count):
            moved = _with_busbar(network, factor)
            other = np.zeros((len(network.customers), plans[0].axis.steps))
            connected = Connected(moved, np.arange(len(plans)), other)
            try:
                broken = congestions(PowerFlow(moved).day(connected.load_kw([plans])))
            except PowerFlowError:
                continue
            if len(broken) >= _TROUBLE:
                return connected, factor
    raise InputError([InputProblem("bench market", "--cap", "voltage", "homes that load the network")])


def _with_busbar(network: Network, factor: float) -> Network:
    """The network with another voltage at its busbar, by the transformer's turns."""
    transformer: Transformer | None = network.transformer
    if transformer is None:
        raise AssertionError(f"{network.name} has no transformer")
    return replace(network, transformer=replace(transformer, tap=(1.0 + transformer.tap) / factor - 1.0))


def _net_kw(plans: Sequence[HomePlan]) -> FloatArray:
    return np.asarray(np.sum([plan.net_kw for plan in plans], axis=0))

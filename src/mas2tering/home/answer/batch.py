"""Many homes answer prices at once: exact, one pass over packed arrays, on all cores.

With one price for drawing and feeding in, a home falls apart into its devices and each answers alone. Fuse,
capacity charge and the difference between import and export price are not part of an answer to a price:
whoever negotiates brings them in as prices.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from mas2tering.home.answer.convex_store import scratch_for
from mas2tering.home.answer.passes import chain_pass, exclusive_pass, fixed_pass, machine_pass, store_pass
from mas2tering.home.answer.pools import (
    GenerationPool,
    StorePool,
    pack_chains,
    pack_generation,
    pack_machines,
    pack_stores,
)
from mas2tering.home.model import (
    BoolArray,
    CogenerationDecision,
    Decision,
    FloatArray,
    HomeModel,
    IntArray,
    StoreDecision,
)

_HOMES_PER_TASK = 512


@dataclass(frozen=True)
class Answers:
    """``net_kw`` shape (homes, steps), import positive; ``cost`` shape (homes,): energy at the asked price,
    wear, discomfort, fuel, less the value of the gain in stored energy (standing and capacity charges are not
    in it)."""

    net_kw: FloatArray
    cost: FloatArray


@dataclass(frozen=True)
class Snapshot:
    """All that homes decided in one answer: of stores power (kW at the meter) and demand not served, of generation
    what is curtailed, end to end; of each link the index of its start (-1: left out); of machines on or off
    (machines, steps) and the rest of their runs."""

    power_kw: FloatArray
    unserved_kwh: FloatArray
    curtailed_kw: FloatArray
    chosen: IntArray
    on: BoolArray
    runs: FloatArray

    @property
    def wholes(self) -> "Snapshot":
        """What is whole of it: starts and runs."""
        nothing = np.empty(0)
        return replace(self, power_kw=nothing, unserved_kwh=nothing, curtailed_kw=nothing)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it takes."""
        return sum(int(array.nbytes) for array in vars(self).values())


class HomeBatch:
    """Homes on one axis, packed to answer prices.

    Raises:
        ValueError: no homes, or homes on different axes.
    """

    def __init__(self, models: Sequence[HomeModel]) -> None:
        if not models:
            raise ValueError("a batch without homes")
        if any(model.axis != models[0].axis for model in models):
            raise ValueError("homes on different axes cannot answer together")
        self.axis = models[0].axis
        self._stores = pack_stores(models)
        self._generation = pack_generation(models)
        self._know(models)

    def beside(self, models: Sequence[HomeModel]) -> "HomeBatch":
        """The same homes with what is whole settled: ``models`` have other fixed loads and the same stores and
        generation, which stay packed as they are."""
        other = HomeBatch.__new__(HomeBatch)
        other.axis, other._stores, other._generation = self.axis, self._stores, self._generation
        other._know(models)
        return other

    def _know(self, models: Sequence[HomeModel]) -> None:
        """Fixed loads, programmes and machines of homes whose stores and generation are packed."""
        self._counts = [
            (len(m.generation), len(m.stores), tuple(len(c.links) for c in m.chains), len(m.cogeneration))
            for m in models
        ]
        self._fixed_kw = np.stack([model.fixed_kw for model in models])
        self._fixed_cost = np.array(
            [sum(load.costs.cost for load in model.fixed) for model in models], dtype=float
        )
        self._chains = pack_chains(models)
        self._machines = pack_machines(models)
        self._allocate()

    def _allocate(self) -> None:
        steps, machines = self.axis.steps, len(self._machines.numbers)
        self._power = np.zeros(self._stores.begin[-1])
        self._unserved = np.zeros_like(self._power)
        self._burns = np.zeros(len(self._stores.first_step), dtype=np.bool_)
        self._chosen = np.zeros(len(self._chains.skip_cost), dtype=np.int64)
        self._best = np.zeros(len(self._chains.starts))
        self._on = np.zeros((machines, steps), dtype=np.bool_)
        # Rows: load, boiler, let off, unserved.
        self._runs = np.zeros((machines, 4, steps))
        self._curtailed = np.zeros_like(self._generation.available_kw)

    @property
    def homes(self) -> int:
        """How many homes answer."""
        return len(self._fixed_cost)

    @property
    def stores(self) -> StorePool:
        """Their stores, packed."""
        return self._stores

    @property
    def power_kw(self) -> FloatArray:
        """Power of all stores in the last answer, end to end."""
        return self._power

    @property
    def fixed_kw(self) -> FloatArray:
        """Loads that are as they are, shape (homes, steps)."""
        return self._fixed_kw

    @property
    def fixed_cost(self) -> FloatArray:
        """What they cost beside energy, shape (homes,)."""
        return self._fixed_cost

    @property
    def generation(self) -> GenerationPool:
        """Their generation, packed."""
        return self._generation

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the packed homes and their answers take."""
        arrays = [value for value in vars(self).values() if isinstance(value, np.ndarray)]
        for pool in (self._stores, self._chains, self._machines, self._generation):
            arrays.extend(pool)
        return sum(array.nbytes for array in arrays) + self._fixed_kw.nbytes

    def answer(
        self,
        price_per_kwh: FloatArray,
        least_price_per_kwh: FloatArray | None = None,
        asked: BoolArray | None = None,
    ) -> Answers:
        """Each home's cheapest plan for a price vector, shape (steps,), or one a home, shape (homes, steps).

        A machine that modulates can be paid ``least_price_per_kwh`` (of such a shape) for what it generates at least
        while it runs, and the price for what goes beyond. Homes that are not ``asked`` (homes,) do not answer.

        Raises:
            ValueError: prices of another shape, or not finite.
        """
        prices = self._checked(price_per_kwh)
        least = prices if least_price_per_kwh is None else self._checked(least_price_per_kwh)
        net, cost = self._fixed_kw.copy(), self._fixed_cost.copy()
        who = np.ones(self.homes, dtype=np.bool_) if asked is None else asked
        if self.homes < 2 * _HOMES_PER_TASK:
            self._answer_range(0, self.homes, who, prices, least, net, cost)
        else:
            # The kernels hold no lock, and homes share nothing: any split over threads gives the same bits.
            with ThreadPoolExecutor() as pool:
                tasks = [
                    pool.submit(
                        self._answer_range,
                        first,
                        min(first + _HOMES_PER_TASK, self.homes),
                        who,
                        prices,
                        least,
                        net,
                        cost,
                    )
                    for first in range(0, self.homes, _HOMES_PER_TASK)
                ]
                for task in tasks:
                    task.result()
        return Answers(net, cost)

    def _checked(self, price_per_kwh: FloatArray) -> FloatArray:
        """Prices of shape (1, steps) or (homes, steps)."""
        prices = np.ascontiguousarray(np.atleast_2d(np.asarray(price_per_kwh, dtype=float)))
        if prices.shape not in ((1, self.axis.steps), (self.homes, self.axis.steps)):
            raise ValueError(
                f"prices of shape {prices.shape}; expected ({self.axis.steps},) or "
                f"({self.homes}, {self.axis.steps})"
            )
        if not np.all(np.isfinite(prices)):
            raise ValueError("a price that is not a number")
        return prices

    def _answer_range(
        self,
        first: int,
        last: int,
        asked: BoolArray,
        prices: FloatArray,
        least: FloatArray,
        net: FloatArray,
        cost: FloatArray,
    ) -> None:
        """Answers of the homes ``first`` to ``last`` - 1, one pass for each kind of device.

        The passes are compiled apart: together they would be too large for the compiler to do well.
        """
        hours = self.axis.step_hours
        s, c, m, g = self._stores, self._chains, self._machines, self._generation
        fixed_pass(first, last, asked, prices, hours, net, cost, g, self._curtailed)
        if s.of_home[first] < s.of_home[last]:
            scratch = scratch_for(self.axis.steps)
            store_pass(
                first,
                last,
                asked,
                prices,
                hours,
                net,
                cost,
                s,
                self._power,
                self._unserved,
                self._burns,
                scratch,
            )
            if self._burns[s.of_home[first] : s.of_home[last]].any():
                exclusive_pass(
                    first, last, asked, prices, hours, net, cost, s, self._power, self._unserved, self._burns
                )
        if c.of_home[first] < c.of_home[last]:
            chain_pass(first, last, asked, prices, hours, net, cost, c, self._best, self._chosen)
        if m.of_home[first] < m.of_home[last]:
            machine_pass(first, last, asked, prices, least, hours, net, cost, m, self._on, self._runs)

    def snapshot(self) -> Snapshot:
        """What all homes decided in the last answer."""
        return Snapshot(
            self._power.copy(),
            self._unserved.copy(),
            self._curtailed.copy(),
            self._chosen.copy(),
            self._on.copy(),
            self._runs.copy(),
        )

    def mixed(self, parts: Iterable[tuple[float, Snapshot]]) -> list[Decision]:
        """Stores and generation of all homes in a mix of answers by weight; what is whole is left out.

        A store may charge in one answer and discharge in another: both are in the mix.
        """
        charge, discharge = np.zeros_like(self._power), np.zeros_like(self._power)
        unserved, used_kw = np.zeros_like(self._unserved), np.zeros_like(self._curtailed)
        for weight, part in parts:
            charge += weight * np.maximum(part.power_kw, 0.0)
            discharge += weight * np.maximum(-part.power_kw, 0.0)
            unserved += weight * part.unserved_kwh
            used_kw += weight * part.curtailed_kw
        used_kw = self._generation.available_kw - used_kw
        begin = self._stores.begin.tolist()
        stores = [
            StoreDecision(charge[first:last], discharge[first:last], unserved[first:last])
            for first, last in pairwise(begin)
        ]
        sources, owned = self._generation.of_home.tolist(), self._stores.of_home.tolist()
        return [
            Decision(
                generation_kw=tuple(used_kw[sources[home] : sources[home + 1]]),
                stores=tuple(stores[owned[home] : owned[home + 1]]),
                starts=(),
                cogeneration=(),
            )
            for home in range(self.homes)
        ]

    def starts_in(self, home: int, chain: int, part: Snapshot) -> tuple[int | None, ...]:
        """A home's starts of one of its chains in an answer."""
        first = self._chains.of_home[home] + chain
        chosen = part.chosen[self._chains.links[first] : self._chains.links[first + 1]]
        return tuple(None if k < 0 else int(k) for k in chosen)

    def run_in(self, home: int, machine: int, part: Snapshot) -> CogenerationDecision:
        """A home's run of one of its machines in an answer."""
        k = self._machines.of_home[home] + machine
        return CogenerationDecision(part.on[k].copy(), *(row.copy() for row in part.runs[k]))

    def decision(self, home: int) -> Decision:
        """What the home decided in the last answer."""
        sources, stores, links, machines = self._counts[home]
        generation = range(self._generation.of_home[home], self._generation.of_home[home] + sources)
        first_store = int(self._stores.of_home[home])
        first_chain = int(self._chains.of_home[home])
        first_machine = int(self._machines.of_home[home])
        return Decision(
            generation_kw=tuple(self._generation.available_kw[k] - self._curtailed[k] for k in generation),
            stores=tuple(self._store_decision(first_store + k) for k in range(stores)),
            starts=tuple(self._starts(first_chain + k) for k in range(len(links))),
            cogeneration=tuple(
                CogenerationDecision(self._on[k].copy(), *(row.copy() for row in self._runs[k]))
                for k in range(first_machine, first_machine + machines)
            ),
        )

    def _store_decision(self, store: int) -> StoreDecision:
        part = slice(self._stores.begin[store], self._stores.begin[store + 1])
        power = self._power[part]
        return StoreDecision(np.maximum(power, 0.0), np.maximum(-power, 0.0), self._unserved[part].copy())

    def _starts(self, chain: int) -> tuple[int | None, ...]:
        chosen = self._chosen[self._chains.links[chain] : self._chains.links[chain + 1]]
        return tuple(None if k < 0 else int(k) for k in chosen)

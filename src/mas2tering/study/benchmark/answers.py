"""How long answers of many homes to prices take, and how that grows with their number."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from mas2tering.home.answer import HomeBatch
from mas2tering.home.model import FixedLoad, HomeModel

_ROUNDS = 7


@dataclass(frozen=True)
class AnswerTimes:
    """Seconds of a round of answers (median over rounds with different prices), for ``homes`` homes."""

    homes: int
    cpu_s: float
    wall_s: float
    bytes_per_home: float


def time_answers(models: Sequence[HomeModel], homes: int, seed: int) -> AnswerTimes:
    """Ask ``homes`` homes, code warm: the models again and again, each time with another base load.

    Prices lie between the export and the import price of the first home's tariff, other ones in each round.
    """
    random = np.random.default_rng([seed, homes])
    crowd = [with_another_base_load(models[k % len(models)], random.uniform(0.5, 1.5)) for k in range(homes)]
    batch = HomeBatch(crowd)
    tariff = models[0].tariff
    low, high = tariff.export_price_per_kwh, tariff.import_price_per_kwh
    cpu_s, wall_s = [], []
    for _ in range(_ROUNDS + 1):
        price = low + (high - low) * random.random(len(low))
        began, began_cpu = time.perf_counter(), time.process_time()
        batch.answer(price)
        cpu_s.append(time.process_time() - began_cpu)
        wall_s.append(time.perf_counter() - began)
    return AnswerTimes(homes, median(cpu_s[1:]), median(wall_s[1:]), batch.nbytes / homes)


def with_another_base_load(model: HomeModel, factor: float) -> HomeModel:
    """A home that stands for another: its devices, and its base load times a factor."""
    base = model.fixed[0]
    load = FixedLoad(base.device, base.kind, base.phase, base.power_kw * factor)
    return replace(model, fixed=(load, *model.fixed[1:]))

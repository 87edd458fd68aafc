"""Readings of a community's homes registered in the historical database, and read again by whoever holds a receipt."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.anonymise import Asker, HouseholdAttributes, KeyRing
from mas2tering.history.quality import ScannedSeries
from mas2tering.history.store import History, Quantity, Readings, SeriesName
from mas2tering.study.registered.adapters import StoredLookUps
from mas2tering.study.registered.batches import (
    Stretch,
    by_month,
    looked_at_from,
    part,
    readings_of,
    scanned,
    stretches,
    together,
    unscanned,
)
from mas2tering.study.registered.exchange import Exchange
from mas2tering.study.registered.households import told_of

Measured = tuple[MeasuredSeries, MeasuredSeries | None]
"""Load of a home, and its generation where it has any."""


@dataclass(frozen=True)
class Registration:
    """How readings came to the forecasts.

    Attributes:
        homes: whose readings they are.
        readings: values stored.
        flagged: how many of them are not believed, by the word for what is wrong.
        receipts: how many were given.
        epochs: months, each with a key and pseudonyms of its own.
        k: homes that share what is told of a household, at the least; 0 where nothing is told.
        diversity: bands of consumption among those.
        look_ups: from identity to pseudonym, each in the log.
    """

    homes: int
    readings: int
    flagged: dict[str, int]
    receipts: int
    epochs: tuple[str, ...]
    k: int
    diversity: int
    look_ups: int


@dataclass(frozen=True)
class Registered:
    """What a forecasting service was given, home by home in their order, and how it came there."""

    measured: tuple[Measured, ...]
    record: Registration


def register(
    homes: Sequence[str],
    measured: Sequence[Measured],
    attributes: HouseholdAttributes,
    history: History,
    begin: datetime,
    seed: int,
) -> Registered:
    """Scan, store under pseudonyms, give receipts, and read by them: all before ``begin`` at once, then day by day.

    Keys are drawn from the seed, so that a study gives the same database twice; a platform draws its own from the system.

    Args:
        homes: their identities.
        measured: what meters recorded, all from the same instant on and of one length.
        attributes: of the households, in the same order.
        history: an open database that holds nothing of these homes.
        begin: when the first forecast is made (UTC).
        seed: of keys.

    Raises:
        StoreError: the database cannot do what is asked.
    """
    course = _Course(homes, measured, attributes, history, seed)
    load = measured[0][0]
    for stretch in stretches(load, begin, load.end):
        course.take(stretch)
    return course.registered()


class _Course:
    """The registration of one community: what the anonymiser does with what comes in, stretch by stretch."""

    def __init__(
        self,
        homes: Sequence[str],
        measured: Sequence[Measured],
        attributes: HouseholdAttributes,
        history: History,
        seed: int,
    ) -> None:
        self._homes, self._measured, self._history = homes, measured, history
        self._draw = random.Random(f"registration {seed}").randbytes
        self._log = StoredLookUps(history.transactions, "anonymiser")
        self._ring = KeyRing(self._log)
        self._told = told_of(attributes, [load for load, _ in measured])
        load = measured[0][0]
        self._exchange = Exchange(
            history, len(homes), load.step_minutes, load.zone, self._ring, self._told, self._draw
        )
        self._epochs: list[str] = []
        self._flagged: Counter[str] = Counter()
        self._stored = 0

    def take(self, stretch: Stretch) -> None:
        """Scan and store what came in a stretch, and let the service read it by receipts."""
        loads = [load for load, _ in self._measured]
        scans, seen_from = scanned(loads, stretch), looked_at_from(loads[0], stretch)
        months = [(epoch, own, self._pseudonyms(epoch, own)) for epoch, own in by_month(loads[0], stretch)]
        batches = [
            batch
            for _, own, pseudonyms in months
            for batch in self._batches(own, own.since(seen_from), scans, pseudonyms)
        ]
        # In the order of pseudonyms: that of homes would link their epochs to each other in the database.
        batches.sort(key=lambda batch: batch.names)
        self._stored += self._history.series.ingest(together(batches), self._end(stretch)).stored
        for epoch, own, pseudonyms in months:
            names = [
                (number, SeriesName(pseudonym, quantity))
                for number, (pseudonym, (_, generation)) in enumerate(
                    zip(pseudonyms, self._measured, strict=True)
                )
                for quantity in Quantity
                if quantity is Quantity.LOAD or generation is not None
            ]
            self._exchange.hand_over(names, epoch, part(loads[0], own))

    def _pseudonyms(self, epoch: str, stretch: Stretch) -> Sequence[str]:
        """The homes' pseudonyms in an epoch, whose key is made when it begins."""
        if epoch not in self._epochs:
            self._ring.rotate(epoch, self._draw)
            self._epochs.append(epoch)
        asker = Asker("anonymiser", "registration of readings", self._end(stretch))
        pseudonyms = self._ring.pseudonyms_of(self._homes, epoch, asker)
        return [pseudonyms[home] for home in self._homes]

    def _batches(
        self, own: Stretch, in_scan: Stretch, scans: Sequence[ScannedSeries], pseudonyms: Sequence[str]
    ) -> Iterator[Readings]:
        for pseudonym, (_, generation), scan in zip(pseudonyms, self._measured, scans, strict=True):
            load = readings_of(SeriesName(pseudonym), scan, in_scan)
            self._flagged.update(load.flag_words[flag - 1] for flag in load.flag[load.flag > 0].tolist())
            yield load
            if generation is not None:
                yield unscanned(SeriesName(pseudonym, Quantity.GENERATION), part(generation, own))

    def _end(self, stretch: Stretch) -> datetime:
        load = self._measured[0][0]
        return load.start + stretch.stop * timedelta(minutes=load.step_minutes)

    def registered(self) -> Registered:
        """What the service has read by receipts, and how it came there."""
        measured = [
            (
                self._exchange.known(number, Quantity.LOAD, load),
                None if generation is None else self._exchange.known(number, Quantity.GENERATION, generation),
            )
            for number, (load, generation) in enumerate(self._measured)
        ]
        record = Registration(
            homes=len(self._homes),
            readings=self._stored,
            flagged=dict(sorted(self._flagged.items())),
            receipts=self._exchange.receipts,
            epochs=tuple(self._epochs),
            k=0 if self._told is None else self._told.k,
            diversity=0 if self._told is None else self._told.diversity,
            look_ups=self._log.count,
        )
        return Registered(tuple(measured), record)

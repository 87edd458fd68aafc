"""The service view: readings under pseudonyms that change every epoch, attributes that k homes share, and receipts.

The readings are as they were measured, so that forecasts and the search for faults lose nothing; so a home can be found in
them by whoever knows a week of it (see ``attack``). That is why nobody reads them but by receipt.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.anonymise.attributes import ANY, HouseholdAttributes
from mas2tering.history.anonymise.generalise import Generalised, generalise
from mas2tering.history.anonymise.panel import HomePanel, use_bands
from mas2tering.history.anonymise.pseudonyms import Asker, KeyRing
from mas2tering.history.anonymise.receipts import Receipt, rows_hash

LEAST_BANDS = 4


@dataclass(frozen=True)
class ReadingRows:
    """One home's readings in one epoch: the wall clock at the start of each step and kW, shapes (rows,)."""

    pseudonym: str
    starts: NDArray[np.datetime64]
    load_kw: NDArray[np.float64]

    @property
    def hash(self) -> str:
        """SHA-256 of the rows."""
        return rows_hash(self.pseudonym, self.starts, self.load_kw)


@dataclass(frozen=True)
class ToldHousehold:
    """What is told of a household in one epoch, under its pseudonym of that epoch; hidden where it is ``ANY``."""

    pseudonym: str
    epoch: str
    values: dict[str, str]


@dataclass(frozen=True)
class ServiceView:
    """Rows in the order in which they are stored, households, each home's receipts, and how far it was generalised."""

    rows: tuple[ReadingRows, ...]
    households: tuple[ToldHousehold, ...]
    receipts: dict[str, tuple[Receipt, ...]]
    generalised: Generalised


def months(panel: HomePanel) -> Iterator[tuple[str, HomePanel]]:
    """The calendar months of a panel, each an epoch, such as ``2013-01``."""
    labels = [f"{day:%Y-%m}" for day in panel.dates]
    for label in dict.fromkeys(labels):
        first = labels.index(label)
        yield label, panel.part(first, first + labels.count(label))


def sensitive_bands(panel: HomePanel, diversity: int) -> NDArray[np.int64]:
    """What classes must not give away: which quarter of the homes (or finer, where more values are asked for) a home's
    consumption lies in, shape (homes,)."""
    return use_bands(panel, max(LEAST_BANDS, diversity))


def service_view(
    panel: HomePanel,
    attributes: HouseholdAttributes,
    k: int,
    diversity: int,
    ring: KeyRing,
    asker: Asker,
    location: str,
) -> ServiceView:
    """The view of a panel, whose epochs are the ring's; an epoch without a key is refused.

    Args:
        panel: the readings.
        attributes: of its homes, in their order.
        k: homes that share their told attributes, at the least.
        diversity: bands of consumption among those.
        ring: with a key for each month of the panel.
        asker: who registers the homes; each look-up is logged under this name.
        location: what receipts say of where the rows lie.

    Raises:
        TooFewHomesError: the homes cannot hold k and l.
        KeyGoneError: a month has no key.
    """
    told = generalise(attributes, sensitive_bands(panel, diversity), k, diversity)
    rows: list[ReadingRows] = []
    households: list[ToldHousehold] = []
    receipts: dict[str, list[Receipt]] = {home: [] for home in panel.homes}
    first_row = 0
    for epoch, part in months(panel):
        pseudonyms = ring.pseudonyms_of(panel.homes, epoch, asker)
        named = sorted((pseudonyms[home], at) for at, home in enumerate(panel.homes))
        # In the order of pseudonyms, which says nothing of the order in which homes were registered.
        for pseudonym, at in named:
            kept = ReadingRows(pseudonym, part.starts, part.load_kw[at].reshape(-1))
            rows.append(kept)
            values = {name: column[at] for name, column in told.values.items()}
            households.append(ToldHousehold(pseudonym, epoch, values))
            receipts[panel.homes[at]].append(
                Receipt(
                    location=location,
                    pseudonym=pseudonym,
                    epoch=epoch,
                    key_id=ring.key_id(epoch),
                    levels=_levels(attributes, told, values),
                    k=told.k,
                    diversity=told.diversity,
                    first_row=first_row,
                    rows=len(kept.load_kw),
                    rows_hash=kept.hash,
                    issued_at=asker.at,
                )
            )
            first_row += len(kept.load_kw)
    return ServiceView(
        tuple(rows), tuple(households), {home: tuple(mine) for home, mine in receipts.items()}, told
    )


def _levels(attributes: HouseholdAttributes, told: Generalised, values: dict[str, str]) -> dict[str, int]:
    """How far a home's own attributes were generalised: as everybody's, or wholly where it is hidden."""
    if any(value != ANY for value in values.values()):
        return told.levels
    return {hierarchy.name: hierarchy.levels - 1 for hierarchy in attributes.hierarchies}

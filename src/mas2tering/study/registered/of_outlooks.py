"""What outlooks are made from, by way of the historical database: where it cannot be kept, by what is at hand, and it is said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mas2tering.domain.community import Community
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.store import open_history
from mas2tering.study.lived.outlooks import Outlooks
from mas2tering.study.registered.batches import Stretch, part
from mas2tering.study.registered.households import attributes_of
from mas2tering.study.registered.registration import Measured, Registration, register


def through_history(
    outlooks: Outlooks, community: Community, location: str, begin: datetime, last: datetime, seed: int
) -> tuple[Outlooks, Registration | None]:
    """Outlooks that know of homes what came by receipt, and how it came; unchanged, with a note, where a database fails.

    Args:
        outlooks: with readings as meters recorded them.
        community: whose homes they are.
        location: of the database, in which nothing of these homes is yet.
        begin: when the first forecast is made (UTC).
        last: when the last one is made (UTC): what comes later nobody asks for.
        seed: of the study's keys.
    """
    try:
        measured = [_until(own, last) for own in outlooks.measured]
        history = open_history(location)
        try:
            found = register(
                [home.id for home in community.homes],
                measured,
                attributes_of(community),
                history,
                begin,
                seed,
            )
        finally:
            history.close()
    # A history that fails, in whatever way, must not stop a run.
    except Exception as error:
        outlooks.failed.append(
            f"the history could not be kept ({str(error) or type(error).__name__}); forecasts were made from readings as they came, unscanned"
        )
        return outlooks, None
    return replace(outlooks, measured=found.measured), found.record


def words_of(record: Registration) -> Sequence[str]:
    """How readings came to the forecasts, in sentences for people."""
    flagged = sum(record.flagged.values())
    kinds = ", ".join(f"{kind.replace('_', ' ')}: {count:,}" for kind, count in record.flagged.items())
    doubted = f"{flagged:,} of them are not believed ({kinds})" if flagged else "none of them is doubted"
    told = (
        f"{record.k} homes or more share what is told of a household"
        if record.k
        else "nothing is told of households: they are too few to hide each other"
    )
    return (
        f"Forecasts were made from {record.readings:,} readings of {record.homes} homes, scanned for faults: {doubted}.",
        f"They lie under pseudonyms that change every month ({', '.join(record.epochs)}) and were read by {record.receipts:,} receipts, "
        f"each sealed to the box that handed it on; {told}. {record.look_ups:,} look-ups of identities are in the log.",
    )


def _until(own: Measured, last: datetime) -> Measured:
    load, generation = own
    steps = int((last - load.start) / timedelta(minutes=load.step_minutes))
    kept = Stretch(0, max(min(steps, len(load.mean_kw)), 1))

    def cut(series: MeasuredSeries) -> MeasuredSeries:
        return part(series, kept)

    return cut(load), None if generation is None else cut(generation)

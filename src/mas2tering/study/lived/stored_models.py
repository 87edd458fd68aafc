"""What homes' models learned, in a file, so that the next day need not learn it again.

One JSON document: the version of the code that learned, the community, the step, for each home its record with the days
behind it, and a hash over all of that.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from mas2tering.forecast import PoolRecord

FORMAT = "mas2tering-models/1"
_EPOCH = date(1970, 1, 1)


class ModelsError(ValueError):
    """Stored models cannot be used, in words."""


@dataclass(frozen=True)
class StoredModels:
    """Models of a community's homes on steps of one length, by home."""

    community: str
    step_minutes: int
    records: Mapping[str, PoolRecord]


def write_models(path: Path, models: StoredModels) -> None:
    """Write models, whole or not at all.

    Raises:
        OSError: they cannot be written.
    """
    body = {
        "format": FORMAT,
        "community": models.community,
        "step_minutes": models.step_minutes,
        "homes": {
            home: {
                **record.to_plain(),
                "first_date": str(_EPOCH + timedelta(days=record.first_day)),
                "last_date": str(_EPOCH + timedelta(days=record.last_day)),
            }
            for home, record in models.records.items()
        },
    }
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(json.dumps({**body, "sha256": _hash(body)}, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def read_models(path: Path, community: str, step_minutes: int, first_day: date) -> StoredModels:
    """Models that fit a run.

    Args:
        path: the file.
        community: whose models they have to be.
        step_minutes: on which steps.
        first_day: of the run; a model that has seen it, or what came after, would know the day.

    Raises:
        ModelsError: the file cannot be read, is damaged, of other code, of another community or step, or of later days.
    """
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelsError(f"{path} cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise ModelsError(f"{path} is no file of models, or cut off") from None
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise ModelsError(f"{path} is no file of models that this version reads ({FORMAT})")
    if body.pop("sha256", None) != _hash(body):
        raise ModelsError(f"{path} was changed or damaged after it was written")
    missing = [name for name in ("community", "step_minutes", "homes") if name not in body]
    if missing:
        raise ModelsError(f"{path} holds no {missing[0]}")
    if (body["community"], body["step_minutes"]) != (community, step_minutes):
        raise ModelsError(
            f"{path} is of {body['community']} on steps of {body['step_minutes']} min, not of {community} on {step_minutes} min"
        )
    homes = body["homes"]
    if not isinstance(homes, dict) or not all(isinstance(plain, dict) for plain in homes.values()):
        raise ModelsError(f"{path} holds no record of a model for each home")
    try:
        records = {home: PoolRecord.from_plain(plain) for home, plain in homes.items()}
    except ValueError as error:
        raise ModelsError(f"{path}: {error}") from None
    last = max((record.last_day for record in records.values()), default=-1)
    if last >= (first_day - _EPOCH).days:
        raise ModelsError(
            f"{path} has learned from days until {_EPOCH + timedelta(days=last)}, and the run begins on {first_day}"
        )
    return StoredModels(community, step_minutes, records)


def _hash(body: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()

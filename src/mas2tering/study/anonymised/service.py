"""The service view: pseudonyms, told attributes, receipts sealed to boxes, and what the anonymiser keeps to itself."""

import os
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mas2tering.history.anonymise import (
    READINGS,
    Asker,
    FileLookUpLog,
    KeyRing,
    MemoryLookUpLog,
    ParquetView,
    ServiceView,
    class_sizes,
    keep_keys,
    months,
    seal,
    service_view,
    sign,
    write_private,
)
from mas2tering.study.anonymised.inputs import Inputs, Request
from mas2tering.study.anonymised.measures import Level, levels_of
from mas2tering.study.anonymised.page import write_page
from mas2tering.study.anonymised.summary import STUDY_SEED, summary_of, warnings_of, write_summary

PRIVATE, KEYS, LOOK_UPS, BOXES = "private", "keys.json", "look_ups.log", "boxes"
ISSUER, RECEIPTS = "issuer_public_key.txt", "receipts"
_FOLDER_MODE = 0o700


def write_service(request: Request, inputs: Inputs, now: datetime) -> dict[str, object]:
    """Make, attack and write the view, its receipts, its summary and its page into ``request.out``; the summary.

    ``private/`` in it holds the keys and the log of look-ups: it stays with the anonymiser.

    Raises:
        OSError: it cannot be written.
    """
    random = _random(request.seed)
    private = request.out / PRIVATE
    private.mkdir(parents=True, exist_ok=True)
    private.chmod(_FOLDER_MODE)
    asked = MemoryLookUpLog()
    ring = KeyRing(asked)
    for epoch, _ in months(inputs.panel):
        ring.rotate(epoch, random)
    issuer = Ed25519PrivateKey.from_private_bytes(random(32))
    asker = Asker("anonymiser", "registration of readings", now)
    view = service_view(inputs.panel, inputs.attributes, request.k, request.diversity, ring, asker, READINGS)
    # The old log, if there is one, told of other keys.
    (private / LOOK_UPS).unlink(missing_ok=True)
    log = FileLookUpLog(private / LOOK_UPS)
    log.extend(asked)
    keep_keys(private / KEYS, ring, issuer)
    ParquetView(request.out, request.k, request.diversity).write(view)
    made = _write_receipts(request, inputs, view, issuer, random)
    levels = levels_of(inputs.panel, request.k, 1, STUDY_SEED if request.seed is None else request.seed)
    summary = _summary(request, inputs, view, levels)
    summary["receipts"] = sum(len(receipts) for receipts in view.receipts.values())
    summary["look_ups"] = sum(1 for _ in asked)
    summary["warnings"] = [*warnings_of(inputs, levels[0], request), *_warnings(request, inputs, made)]
    write_summary(request.out, summary)
    write_page(request.out / "anonymisation.html", summary)
    return summary


def _summary(
    request: Request, inputs: Inputs, view: ServiceView, levels: tuple[Level, ...]
) -> dict[str, object]:
    told = view.generalised
    # Readings are given as they are: what pseudonyms alone let through, the view lets through.
    summary = summary_of(request, inputs, levels[0], (told.k, told.diversity), levels)
    summary["epochs"] = [epoch for epoch, _ in months(inputs.panel)]
    homes = len(inputs.panel.homes)
    by_name = 1.0 / class_sizes(inputs.attributes, homes)
    as_told = 1.0 / class_sizes(told, homes)
    summary["attributes"] = {
        "levels": told.levels,
        "hidden_homes": told.hidden,
        "information_lost": round(told.loss, 6),
        "attack_top1_as_known": round(float(np.mean(by_name)), 6),
        "attack_top1_as_told": round(float(np.mean(as_told)), 6),
        "attack_worst_as_told": round(float(np.max(as_told)), 6),
    }
    return summary


def _warnings(request: Request, inputs: Inputs, made: bool) -> list[str]:
    said = [
        "The service view holds each home's readings as they are: whoever knows a week of a home finds it "
        "(attack_top1). Nobody reads it but by receipt; it is not to be released.",
        "private/ holds what links pseudonyms to homes: it stays with the anonymiser.",
    ]
    if made:
        said.append(
            "Boxes had no keys (--box-keys): pairs were made, in private/boxes. Hand each box its own, and delete them there."
        )
    if request.seed is not None:
        said.append(
            "Keys come from --seed: whoever knows the seed knows them. For a study; leave --seed out for a service that runs."
        )
    if not inputs.attributes.values:
        said.append(
            "No attributes of households were given (--attributes): k and l are those of all homes together."
        )
    return said


def _write_receipts(
    request: Request,
    inputs: Inputs,
    view: ServiceView,
    issuer: Ed25519PrivateKey,
    random: Callable[[int], bytes],
) -> bool:
    """Seal and write every home's receipts; whether keys of boxes had to be made."""
    publics = dict(inputs.box_keys)
    made = {home: random(32) for home in inputs.panel.homes if home not in publics}
    for home, secret in made.items():
        publics[home] = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    boxes = request.out / PRIVATE / BOXES
    for home, secret in made.items():
        boxes.mkdir(exist_ok=True)
        write_private(boxes / f"{file_name(home)}.key", secret.hex() + "\n")
    for home, receipts in view.receipts.items():
        folder = request.out / RECEIPTS / file_name(home)
        folder.mkdir(parents=True, exist_ok=True)
        for receipt in receipts:
            sealed = seal(sign(receipt, issuer), publics[home], random)
            (folder / f"{receipt.epoch}.receipt").write_bytes(sealed)
    (request.out / ISSUER).write_text(issuer.public_key().public_bytes_raw().hex() + "\n", encoding="ascii")
    return bool(made)


def file_name(home: str) -> str:
    """A home's name as the name of a folder, whatever characters it has; no two homes share one."""
    if home.replace("_", "").replace("-", "").isalnum() and home.isascii() and len(home) <= 100:
        return home
    return "home-" + sha256(home.encode()).hexdigest()


def _random(seed: int | None) -> Callable[[int], bytes]:
    if seed is None:
        return os.urandom
    generator = np.random.default_rng(seed)
    return generator.bytes

"""What was found and what was expected, in words: from the raw value, and from the published schema."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from difflib import get_close_matches
from functools import lru_cache

from mas2tering.files.published import Node, kinds_of, resolved

_NEIGHBOURS = 12
_LISTED = 12


def found(value: object) -> str:
    """A value of the file as its author wrote it, cut short where it is long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}…"'
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return f"a table with {listed(value)}" if value else "an empty table"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, datetime | date | time):
        return f"the {'date' if isinstance(value, date) else 'time'} {value.isoformat()}"
    return str(value)


def _number(value: float) -> str:
    if math.isnan(value):
        return "nan (not a number)"
    return "an infinite number" if math.isinf(value) else f"{value:.12g}"


def listed(names: Iterable[str]) -> str:
    """Names in a row, the first dozen."""
    names = list(names)
    return ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")


def counted(count: int, thing: str) -> str:
    """``1 value``, ``2 values``."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def suggestion(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant, or None.

    Among many candidates only the alphabetical neighbours, read from the front and from the back, are
    compared, so that a thousand misspelt names cost no more than a few milliseconds each.
    """
    return _suggestion(name, tuple(candidates))


@lru_cache(maxsize=4096)
def _suggestion(name: str, candidates: tuple[str, ...]) -> str | None:
    if len(candidates) > 2 * _NEIGHBOURS:
        folded = {candidate.casefold(): candidate for candidate in candidates}
        if name.casefold() in folded:
            return folded[name.casefold()]
        candidates = tuple(_neighbours(name, candidates))
    by_fold = {candidate.casefold(): candidate for candidate in candidates}
    close = get_close_matches(name.casefold(), by_fold, n=1, cutoff=0.7)
    return by_fold[close[0]] if close else None


def _neighbours(name: str, candidates: tuple[str, ...]) -> list[str]:
    found_near: dict[str, None] = {}
    for step in (1, -1):
        ordered = _ordered(candidates, step)
        place = bisect_left(ordered, name[::step])
        for near in ordered[max(0, place - _NEIGHBOURS // 2) : place + _NEIGHBOURS // 2]:
            found_near[near[::step]] = None
    return list(found_near)


@lru_cache(maxsize=32)
def _ordered(candidates: tuple[str, ...], step: int) -> Sequence[str]:
    return sorted(candidate[::step] for candidate in candidates)


def one_of(names: Iterable[str], meant: str | None = None) -> str:
    """``one of a, b, c``, with what was probably meant in front."""
    names = list(names)
    if meant is None:
        return f"one of {listed(names)}" if len(names) > 1 else (names[0] if names else "none")
    return f"{meant} (is that meant?)" + (
        f", or another of {listed(n for n in names if n != meant)}" if len(names) > 1 else ""
    )


def described(node: Node) -> str:
    """What a part of the schema asks for, in words: ``a number above 0, in kW``."""
    node = resolved(node)
    if "const" in node:
        return found(node["const"])
    if isinstance(choices := node.get("enum"), list):
        return "one of " + ", ".join(found(choice) for choice in choices)
    if isinstance(options := node.get("oneOf"), list):
        return _described_options(node, options)
    match node.get("type"):
        case "number" | "integer":
            return _described_number(node)
        case "string":
            return _described_text(node)
        case "boolean":
            return "true or false"
        case "array":
            return _described_list(node)
        case "object":
            return _described_table(node)
    return "another value"


def _described_number(node: Node) -> str:
    text = "a whole number" if node["type"] == "integer" else "a number"
    above, least = node.get("exclusiveMinimum"), node.get("minimum")
    below, most = node.get("exclusiveMaximum"), node.get("maximum")
    if least is not None and most is not None:
        text += f" from {least:.12g} to {most:.12g}"
    else:
        limits = [
            f"above {above:g}" if above is not None else f"of {least:g} or more" if least is not None else "",
            f"below {below:g}" if below is not None else f"up to {most:g}" if most is not None else "",
        ]
        text += "".join(
            f" {limit}" if k == 0 or not limits[0] else f" and {limit}"
            for k, limit in enumerate(limits)
            if limit
        )
    unit = node.get("unit")
    if not unit:
        return text
    return f"{text}, as a fraction (5 % is 0.05)" if unit == "fraction" else f"{text}, in {unit}"


def _described_text(node: Node) -> str:
    if node.get("format") == "date":
        return "a date such as 2013-04-17"
    examples = node.get("examples")
    if isinstance(examples, list):
        return "a text such as " + " or ".join(found(example) for example in examples)
    return "a text that is not empty" if node.get("minLength") else "a text in quotes"


def _described_list(node: Node) -> str:
    items = node.get("items")
    inner = described(items) if isinstance(items, Mapping) else "values"
    least = " with at least one entry" if node.get("minItems") else ""
    return f"a list{least} (each: {inner})"


def _described_table(node: Node) -> str:
    fields = node.get("properties")
    required = node.get("required")
    if isinstance(required, list) and required:
        return f"a table with {listed(required)}"
    return f"a table with any of {listed(fields)}" if isinstance(fields, Mapping) else "a table"


def _described_options(node: Node, options: Sequence[Node]) -> str:
    tag, kinds = kinds_of(node)
    if tag:
        return f"a table with {tag} = " + " or ".join(f'"{kind}"' for kind in kinds)
    if any("constant" in _fields(option) for option in options):
        return 'a profile: a table with "unit", and with "file" and "column", or "daily", or "constant"'
    return ", or ".join(described(option) for option in options)


def _fields(option: Node) -> Mapping[str, object]:
    fields = resolved(option).get("properties", {})
    return fields if isinstance(fields, Mapping) else {}

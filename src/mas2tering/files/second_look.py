"""What a mistake in a field hides: whether the other fields of the same table agree with each other.

A table is checked as a whole only once each of its fields is right. So wrong fields are mended on a copy with
anything that is right, and what the tables then say is kept, unless it is about a field that was mended.
"""

import re
from collections.abc import Mapping
from copy import deepcopy

from pydantic import ValidationError

from mas2tering.domain.community import Community
from mas2tering.files.problems import Fields, Finding, fields_of, findings_of
from mas2tering.files.published import Location, Node, node_at, resolved


def second_look(fields: Fields, document: Mapping[str, object]) -> list[Finding]:
    """Disagreements between the right fields of tables in which others are wrong."""
    mended = deepcopy(dict(document))
    names: dict[Location, set[str]] = {}
    for location, detail in fields:
        if detail["type"] == "value_error" or not location:
            continue
        _mend(mended, location, detail["type"])
        for depth in range(len(location)):
            names.setdefault(location[:depth], set()).update(
                str(part) for part in location[depth : depth + 1]
            )
    known = {location for location, detail in fields if detail["type"] == "value_error"}
    try:
        Community.model_validate(mended)
    except ValidationError as error:
        fresh = [
            (location, detail)
            for location, detail in fields_of(error, mended)
            if detail["type"] == "value_error"
            and location not in known
            and not _is_home(location)
            and _is_written(location, document)
            and not set(re.findall(r"\w+", detail["msg"])) & names.get(location, set())
        ]
        return findings_of(fresh, mended)
    return []


def _is_home(location: Location) -> bool:
    return len(location) == 2 and location[0] == "homes"


def _is_written(location: Location, document: Mapping[str, object]) -> bool:
    """Whether a table stands in the file: what was only put in to mend it may not be blamed on its author."""
    part: object = document
    try:
        for step in location:
            part = part[step]  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _mend(document: dict[str, object], location: Location, kind: str) -> None:
    """Take a wrong field away, or put something right in its place where it has to be there."""
    node = node_at(location, document)
    owner: object = document
    for part in location[:-1]:
        if not isinstance(owner, dict | list):
            return
        owner = owner[part]  # type: ignore[index]
    last = location[-1]
    if isinstance(owner, dict):
        if kind == "extra_forbidden":
            owner.pop(last, None)
        else:
            owner[last] = _something(node)
    elif isinstance(owner, list) and isinstance(last, int):
        owner[last] = _something(node)


def _something(node: Node) -> object:
    """Any value that the schema allows."""
    node = resolved(node)
    for key in ("default", "const"):
        if key in node:
            return node[key]
    for key in ("enum", "examples", "oneOf"):
        choices = node.get(key)
        if isinstance(choices, list):
            return _something(choices[-1]) if key == "oneOf" else choices[0]
    match node.get("type"):
        case "number" | "integer":
            return _some_number(node)
        case "boolean":
            return False
        case "array":
            items = node.get("items")
            return [_something(items)] if isinstance(items, Mapping) and node.get("minItems") else []
        case "object":
            fields = node.get("properties")
            assert isinstance(fields, Mapping)
            required = [*_names(node.get("required")), *(name for name in ("kind", "type") if name in fields)]
            return {name: _something(fields[name]) for name in required}
    return "2000-01-01" if node.get("format") == "date" else "x"


def _some_number(node: Node) -> object:
    """Much of a rating and nothing of a content, so that what is right elsewhere fits into it."""
    least = node.get("minimum", 0)
    return least if least == 0 else node.get("maximum", least)


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []

"""What pydantic found wrong, in the user's words: the path to the field, what was found and expected."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import available_timezones

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mas2tering.domain.errors import InputProblem
from mas2tering.files.published import Location, kinds_of, node_at, properties_at
from mas2tering.files.wording import described, found, listed, one_of, suggestion

# A message that begins with the field: "capacity_kwh 9 is above …", "stays[0].departure_energy_kwh 40 is …".
_FIELD_FIRST = re.compile(
    r"(?P<field>\w+)(\[(?P<at>\d+)\])?(\.(?P<inner>\w+))? (?P<value>\S+( next day)?) (?P<rest>(is|lies) .*)$"
)
_NAMES_A_FIELD = frozenset({"extra_forbidden", "missing"})


@dataclass(frozen=True)
class Finding:
    """A problem with its location in the raw document (field names and positions in lists)."""

    location: Location
    found: str
    expected: str

    def problem(self, file: str, document: object) -> InputProblem:
        """The problem as the user reads it."""
        return InputProblem(file, path_text(self.location, document), self.found, self.expected)


def path_text(location: Location, document: object) -> str:
    """A location as text, with the ids on the way: ``homes[3] (house_7).devices[1] (battery).capacity_kwh``.

    Positions count from 0.
    """
    text, value = "", document
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
            value = value[part] if isinstance(value, Sequence) and part < len(value) else None
            name = _name(value)
            text += f" ({name})" if name else ""
        else:
            text += f".{part}" if text else part
            value = value.get(part) if isinstance(value, Mapping) else None
    return text


def _name(value: object) -> str:
    if not isinstance(value, Mapping):
        return ""
    names = (value.get("id"), value.get("kind"), value.get("buyer"))
    return next((name for name in names if isinstance(name, str) and 0 < len(name) <= 60), "")


Fields = list[tuple[Location, ErrorDetails]]


def fields_of(error: ValidationError, document: object) -> Fields:
    """The errors of a failed validation of the whole document, each with its location in the file."""
    details = error.errors(include_url=False, include_context=True)
    # A list whose entries are all wrong counts as empty, which nobody needs to hear.
    said = (detail for detail in details if not (detail["type"] == "too_short" and detail["input"]))
    return [(_field_location(detail, document), detail) for detail in said]


def findings_of(fields: Fields, document: object) -> list[Finding]:
    """What the errors mean."""
    findings = [finding for location, detail in fields for finding in _findings(location, detail, document)]
    # A misspelt field is one mistake, not a field too many and one too few.
    meant = {
        (*location[:-1], _meant(location, document))
        for location, detail in fields
        if detail["type"] == "extra_forbidden"
    }
    missing = {location for location, detail in fields if detail["type"] == "missing"}
    return [f for f in findings if not (f.location in missing and f.location in meant)]


def _field_location(detail: ErrorDetails, document: object) -> Location:
    """Pydantic's location without the branches of unions, which are no part of the file."""
    parts, value, at_branch = detail["loc"], document, True
    location: list[str | int] = []
    for k, part in enumerate(parts):
        names_a_field = k == len(parts) - 1 and detail["type"] in _NAMES_A_FIELD
        if isinstance(part, str) and not names_a_field and _is_branch(part, value, at_branch):
            at_branch = False if " " not in part else at_branch
            continue
        location.append(part)
        at_branch = True
        if isinstance(part, int):
            value = value[part] if isinstance(value, Sequence) and part < len(value) else None
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return tuple(location)


def _is_branch(part: str, value: object, at_branch: bool) -> bool:
    if " " in part:
        return True
    return at_branch and isinstance(value, Mapping) and part in (value.get("kind"), value.get("type"))


def _findings(location: Location, detail: ErrorDetails, document: object) -> list[Finding]:
    kind, value = detail["type"], detail["input"]
    if kind == "value_error":
        message = str(detail.get("ctx", {}).get("error", detail["msg"]))
        return [_said_by_domain(location, message, document)]
    if kind == "extra_forbidden":
        return [
            Finding(
                location, f"an unknown field (its value: {found(value)})", _expected_field(location, document)
            )
        ]
    node = node_at(location, document)
    if kind == "missing":
        return [Finding(location, "nothing", described(node))]
    tag, kinds = kinds_of(node)
    if not isinstance(value, Mapping) or kind not in ("union_tag_invalid", "union_tag_not_found"):
        return [Finding(location, found(value), described(node))]
    if not tag:
        meant = next(filter(None, (suggestion(name, ("file", "daily", "constant")) for name in value)), None)
        hint = f"; is {meant} meant?" if meant else ""
        return [Finding(location, found(value), described(node) + hint)]
    if tag not in value:
        return [Finding((*location, tag), "nothing", one_of(kinds))]
    given = value[tag]
    return [
        Finding(
            (*location, tag),
            found(given),
            one_of(kinds, suggestion(given, kinds) if isinstance(given, str) else None),
        )
    ]


def _said_by_domain(location: Location, message: str, document: object) -> Finding:
    """A message of ``domain``: ``found; expected …``, which often begins with the field that is wrong."""
    seen, _, expected = message.partition("; expected ")
    if location == ("time_zone",) and isinstance(document, Mapping):
        given = str(document["time_zone"])
        return Finding(location, f"{found(given)}, which is no time zone", _zone_meant(given) or expected)
    parts = _FIELD_FIRST.match(seen)
    if parts and parts["field"] in properties_at(location, document):
        deeper = (
            (int(parts["at"]), parts["inner"]) if parts["at"] else (parts["inner"],) if parts["inner"] else ()
        )
        location, seen = (*location, parts["field"], *deeper), f"{parts['value']}, which {parts['rest']}"
    return Finding(location, seen, expected or "something else")


def _zone_meant(given: str) -> str:
    cities = {name.rsplit("/", 1)[-1]: name for name in sorted(available_timezones()) if "/" in name}
    meant = suggestion(given.rsplit("/", 1)[-1].replace(" ", "_"), sorted(cities))
    return f"{found(cities[meant])} (is that meant?), or another name of that form" if meant else ""


def _expected_field(location: Location, document: object) -> str:
    meant = _meant(location, document)
    if meant is None:
        return f"one of {listed(properties_at(location[:-1], document))}"
    return f"{meant} (is that meant?), or no such field"


def _meant(location: Location, document: object) -> str | None:
    return suggestion(str(location[-1]), properties_at(location[:-1], document))

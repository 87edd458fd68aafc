"""What names what: ids that occur twice, and names that lead nowhere.

Works on the raw document, so that a mistake in one part does not hide a wrong reference in another.
"""

from collections.abc import Iterator, Mapping, Sequence

from mas2tering.files.problems import Finding, path_text
from mas2tering.files.published import Location
from mas2tering.files.wording import counted, found, one_of, suggestion

Table = Mapping[str, object]


def reference_findings(document: Table) -> list[Finding]:
    """Duplicate ids and names without an owner, of the whole document."""
    findings = [*_duplicates(document, ("tariffs",)), *_duplicates(document, ("homes",))]
    tariffs = _ids(document.get("tariffs"))
    for location, request in tables(document, ("flexibility_requests",)):
        if request.get("dates") == []:
            expected = "at least one date, or no dates at all where every day is meant"
            findings.append(Finding((*location, "dates"), "an empty list", expected))
    for location, home in tables(document, ("homes",)):
        findings += _duplicates(document, (*location, "devices"))
        findings += _supply(location, home, tariffs)
        findings += _contract(location, home)
        findings += _order_of_programmes(location, home)
        findings += _phases(location, home)
    return findings


def tables(document: object, location: Location) -> Iterator[tuple[Location, Table]]:
    """The tables in the list at a place, each with its location; nothing if there is no list of tables."""
    value = document
    for part in location:
        if isinstance(part, int):
            value = value[part] if isinstance(value, Sequence) else None
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, list):
        for k, item in enumerate(value):
            if isinstance(item, Mapping):
                yield (*location, k), item


def _ids(items: object) -> list[str]:
    ids = (item.get("id") for item in items if isinstance(item, Mapping)) if isinstance(items, list) else ()
    return [name for name in ids if isinstance(name, str)]


def _duplicates(document: Table, location: Location) -> Iterator[Finding]:
    first: dict[str, Location] = {}
    for place, item in tables(document, location):
        name = item.get("id")
        if not isinstance(name, str):
            continue
        if name in first:
            where = path_text(first[name], document)
            yield Finding((*place, "id"), f"{found(name)}, which {where} has already", "an id of its own")
        else:
            first[name] = place


def _named(location: Location, name: object, owners: list[str], what: str) -> Iterator[Finding]:
    if isinstance(name, str) and name not in owners:
        expected = (
            one_of(dict.fromkeys(owners), suggestion(name, owners))
            if owners
            else f"a {what}, of which there is none"
        )
        yield Finding(location, f"{found(name)}, which is no {what}", expected)


def _supply(location: Location, home: Table, tariffs: list[str]) -> Iterator[Finding]:
    supply = home.get("supply")
    if isinstance(supply, Mapping) and tariffs:
        yield from _named(
            (*location, "supply", "tariff"), supply.get("tariff"), tariffs, "tariff of this file"
        )


def _contract(location: Location, home: Table) -> Iterator[Finding]:
    contract = home.get("aggregation")
    assets = contract.get("assets") if isinstance(contract, Mapping) else None
    if isinstance(contract, Mapping):
        for name, without in (("assets", "all devices are meant"), ("hours", "any time is meant")):
            if contract.get(name) == []:
                # None or all? The one who wrote it knows.
                place = (*location, "aggregation", name)
                yield Finding(
                    place, "an empty list", f"at least one entry, or no {name} at all where {without}"
                )
    if not isinstance(assets, list):
        return
    devices = _ids(home.get("devices"))
    for k, name in enumerate(assets):
        place = (*location, "aggregation", "assets", k)
        if name in assets[:k]:
            yield Finding(place, f"{found(name)} a second time", "each device once")
        else:
            yield from _named(place, name, devices, "device of this home")


def _order_of_programmes(location: Location, home: Table) -> Iterator[Finding]:
    places = {
        str(device["id"]): (place, device.get("after"))
        for place, device in tables({"devices": home.get("devices")}, ("devices",))
        if device.get("kind") == "programme" and isinstance(device.get("id"), str)
    }
    followers: dict[str, str] = {}
    for name, (place, after) in places.items():
        if not isinstance(after, str):
            continue
        at = (*location, *place, "after")
        yield from _named(at, after, list(places), "programme of this home")
        if after in followers:
            yield Finding(
                at,
                f"{found(after)}, after which {found(followers[after])} comes already",
                "one programme at most after each",
            )
        followers.setdefault(after, name)
        if _leads_back(name, places):
            yield Finding(
                at,
                f"{found(after)}, which leads back to {found(name)} itself",
                "an order with a first programme",
            )


def _leads_back(name: str, places: Mapping[str, tuple[Location, object]]) -> bool:
    current: object = places[name][1]
    for _ in range(len(places)):
        if current == name:
            return True
        if not isinstance(current, str) or current not in places:
            return False
        current = places[current][1]
    return False


def _phases(location: Location, home: Table) -> Iterator[Finding]:
    connection = home.get("connection")
    phases = connection.get("phases", "A") if isinstance(connection, Mapping) else None
    if phases not in ("A", "B", "C", "ABC"):
        return
    for place, device in tables({"devices": home.get("devices")}, ("devices",)):
        phase = device.get("phase")
        if phase in ("A", "B", "C") and phase not in phases:
            expected = one_of([*phases]) + f" ({counted(len(phases), 'phase')} at this home's connection)"
            yield Finding((*location, *place, "phase"), found(phase), expected)

"""Reading a community file: all of its mistakes at once, those of the profiles beside it too."""

import codecs
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import available_timezones

from pydantic import TypeAdapter, ValidationError

from mas2tering.domain.community import Community, SiteWeather
from mas2tering.domain.devices import Device
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.network import Network
from mas2tering.domain.profiles import FileProfile, ProfileReader
from mas2tering.domain.tariffs import Tariff
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.files.network_beside import NetworkByName, by_path, network_beside
from mas2tering.files.problems import Finding, fields_of, findings_of
from mas2tering.files.profiles import FileProfiles
from mas2tering.files.published import Location
from mas2tering.files.references import reference_findings, tables
from mas2tering.files.second_look import second_look
from mas2tering.files.uses import Use, check_use, device_uses, tariff_uses, weather_uses
from mas2tering.files.wishes import community_notes, overlapping_stays
from mas2tering.files.wording import counted, found, listed

FORMAT = "mas2tering-community/1"
_DEVICE: TypeAdapter[Device] = TypeAdapter(Device)
_TARIFF: TypeAdapter[Tariff] = TypeAdapter(Tariff)


@dataclass(frozen=True)
class LoadedCommunity:
    """A community that was read and found right; ``profiles`` reads the files that it names.

    ``notes`` say what is legal but worth a word: gaps that a rule fills, wishes that cannot be
    met, a tariff that nobody has. ``network`` is the one that the file names, if it names one.
    """

    community: Community
    profiles: ProfileReader
    path: Path
    notes: tuple[str, ...] = ()
    network: Network | None = None


@dataclass(frozen=True)
class Examination:
    """What reading a file gave: a community if it is right, and every problem and note."""

    community: Community | None
    profiles: FileProfiles
    problems: tuple[InputProblem, ...]
    notes: tuple[str, ...]
    network: Network | None = None


def read_community(path: Path, network_by_name: NetworkByName = by_path) -> LoadedCommunity:
    """A community from its file, with every profile and the network that it names read and checked.

    Args:
        path: the file.
        network_by_name: reads the network; unless said otherwise, a folder or a file alone.

    Raises:
        InputError: with every problem in the file, the profiles and the network beside it.
    """
    seen = examine(path, network_by_name)
    if seen.problems or seen.community is None:
        raise InputError(seen.problems)
    return LoadedCommunity(seen.community, seen.profiles, path, seen.notes, seen.network)


def examine(path: Path, network_by_name: NetworkByName = by_path) -> Examination:
    """Read and check a community file; mistakes in one part do not keep the others from being checked."""
    try:
        document = _document(path)
    except InputError as error:
        return Examination(None, FileProfiles(path.parent), error.problems, ())
    community, findings = _structure(document)
    zone = document.get("time_zone")
    zone = zone if isinstance(zone, str) and zone in available_timezones() else None
    uses = list(_uses(document, community, findings))
    profiles = FileProfiles(
        path.parent, zone, (use.source for use in uses if isinstance(use.source, FileProfile))
    )
    axis = _first_day(document, zone)
    checked = [(use, check_use(use, profiles, zone, axis)) for use in uses]
    findings += _once([finding for _, check in checked for finding in check.findings])
    beside = network_beside(document, path.parent, network_by_name)
    findings += beside.findings
    notes = dict.fromkeys(note for _, check in checked for note in check.notes)
    if community is not None:
        notes |= dict.fromkeys(community_notes(community))
    if beside.network is not None:
        notes |= dict.fromkeys(f"network: {note}" for note in beside.network.assumptions)
    problems = tuple(finding.problem(str(path), document) for finding in sorted(findings, key=_order))
    return Examination(community, profiles, (*problems, *beside.problems), tuple(notes), beside.network)


def _document(path: Path) -> Mapping[str, object]:
    """The raw content of a file that is TOML and means to be a community.

    Raises:
        InputError: it is neither.
    """

    def refuse(seen: str, expected: str) -> InputError:
        return InputError([InputProblem(str(path), "", seen, expected)])

    if path.is_char_device() or path.is_block_device():
        raise refuse("a device", "a community file")
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
        document = tomllib.loads(text)
    except FileNotFoundError:
        raise refuse("no such file", "a community file") from None
    except IsADirectoryError:
        raise refuse("a folder", "a community file") from None
    except OSError as error:
        raise refuse(f"a file that cannot be read ({error.strerror})", "a community file") from None
    except UnicodeDecodeError:
        raise refuse(_not_utf8(content), "a community file: TOML in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise refuse(*_not_toml(text, str(error))) from None
    except ValueError:
        raise refuse("a number with more digits than can be read", "a community file") from None
    except RecursionError:
        raise refuse("tables nested too deeply to read", "a community file") from None
    if not document:
        raise refuse("an empty file", f'a community file, which begins with format = "{FORMAT}"')
    if not {"homes", "tariffs", "format"} & document.keys():
        raise refuse(
            f"a file with {listed(document)}",
            "a community file, with name, currency, time_zone, tariffs and homes",
        )
    if document.get("format", FORMAT) != FORMAT:
        raise refuse(
            f"format = {found(document['format'])}", f'format = "{FORMAT}", which this version reads'
        )
    return document


def _not_utf8(content: bytes) -> str:
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "text in UTF-16, by its first bytes"
    return "a file that is no text in UTF-8"


def _not_toml(text: str, message: str) -> tuple[str, str]:
    if text.lstrip()[:1] == "{":
        return "JSON, by its first character", "a community file in TOML"
    reason = message[:1].lower() + message[1:]
    line = re.search(r"at line (\d+)", message)
    if line is None:
        return f"text that is not TOML: {reason}", "TOML"
    shown = text.splitlines()[int(line[1]) - 1].strip()
    return (
        f"text that is not TOML: {reason}: {found(shown)}",
        "TOML, such as: capacity_kwh = 8.0, with texts and times in quotes",
    )


def _structure(document: Mapping[str, object]) -> tuple[Community | None, list[Finding]]:
    """The community if all is right, and what is wrong with fields and references."""
    findings = reference_findings(document)
    try:
        return Community.model_validate(document), findings
    except ValidationError as error:
        fields = fields_of(error, document)
        found_in_fields = findings_of(fields, document)
        found_in_fields += second_look(fields, document)
        # A home's own check of its references comes second to ours, which says where.
        wrong_homes = {finding.location[:2] for finding in findings}
        return None, findings + [
            f for f in found_in_fields if len(f.location) != 2 or f.location not in wrong_homes
        ]


def _uses(
    document: Mapping[str, object], community: Community | None, findings: list[Finding]
) -> Iterator[Use]:
    """The profiles of weather, tariffs and devices that are right; adds where a device contradicts itself."""
    weather = _weather(document, community)
    if weather is not None:
        yield from weather_uses(weather)
    for location, tariff in _tariffs(document, community):
        yield from tariff_uses(location, tariff)
    for location, device in _devices(document, community):
        findings += overlapping_stays(location, device)
        yield from device_uses(location, device)


def _weather(document: Mapping[str, object], community: Community | None) -> SiteWeather | None:
    if community is not None:
        return community.weather
    raw = document.get("weather")
    try:
        return None if raw is None else SiteWeather.model_validate(raw)
    except ValidationError:
        return None  # said already


def _tariffs(
    document: Mapping[str, object], community: Community | None
) -> Iterator[tuple[Location, Tariff]]:
    if community is not None:
        yield from ((("tariffs", k), tariff) for k, tariff in enumerate(community.tariffs))
        return
    for location, raw in tables(document, ("tariffs",)):
        try:
            yield location, _TARIFF.validate_python(raw)
        except ValidationError:
            continue  # said already


def _devices(
    document: Mapping[str, object], community: Community | None
) -> Iterator[tuple[Location, Device]]:
    if community is not None:
        for k, home in enumerate(community.homes):
            yield from ((("homes", k, "devices", j), device) for j, device in enumerate(home.devices))
        return
    for place, _ in tables(document, ("homes",)):
        for location, raw in tables(document, (*place, "devices")):
            try:
                yield location, _DEVICE.validate_python(raw)
            except ValidationError:
                continue  # said already


def _first_day(document: Mapping[str, object], zone: str | None) -> TimeAxis | None:
    """The day that the file names itself, which its profiles have to cover."""
    day, begin = document.get("first_day"), document.get("day_starts_at", "06:00")
    if type(day) is not date or zone is None:
        return None
    try:
        # The longest step that fits every day: clocks of Lord Howe change by half an hour.
        return TimeAxis.of_days(day, zone, 30, day_starts_at=str(begin)[:5])
    except (ValueError, OverflowError):
        return None


def _once(findings: list[Finding]) -> list[Finding]:
    """One finding for each mistake, with the number of places: a file that is missing is missing once."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.found, finding.expected), []).append(finding)
    return [
        Finding(
            first.location,
            first.found + (f" (and so at {counted(len(more), 'more place')})" if more else ""),
            first.expected,
        )
        for first, *more in alike.values()
    ]


def _order(finding: Finding) -> tuple[int, list[tuple[int, str]]]:
    """The head of the file first, then tariffs, homes and requests; positions as numbers."""
    section = (
        {"tariffs": 1, "homes": 2, "flexibility_requests": 3}.get(str(finding.location[0]), 0)
        if len(finding.location) > 1
        else 0
    )
    return section, [(part, "") if isinstance(part, int) else (-1, part) for part in finding.location]

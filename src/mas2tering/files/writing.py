"""Writing a community file and the profiles beside it: whole, or not at all."""

import csv
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

import numpy as np
import tomli_w
from numpy.typing import NDArray
from pydantic import BaseModel

from mas2tering.domain.community import Community
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.profiles import FileProfile, Series
from mas2tering.files.uses import community_uses
from mas2tering.files.wording import counted, found

_HEADER = """\
# A community for Mas2tering: where and when, its tariffs, its homes and what stands in them.  Units stand in
# the names: _kw is kW (mean over a step), _kwh is kWh, _per_kwh is `currency` per kWh. Consumption and import
# are positive. Profiles of pv and wind are positive too: they say what is available. Times are on the local
# clock of `time_zone`; "06:00 next day" lies beyond midnight. What is left out has its default. Format:
# docs/reference/community-file.md; its JSON schema: docs/reference/community.schema.json (mas2tering schema).

"""
# What tells a format or a kind of table from another is written even where it is the default.
_ALWAYS = frozenset({"format", "kind", "type"})
_WIDTH = 100
_SCALAR = r'(?:"(?:[^"\\\n]|\\.)*"|[-+0-9.eE_infa]+|true|false)'
_FLAT_LIST = re.compile(rf"\[\n((?: +{_SCALAR},\n)+) *\]")

Writer = Callable[[Path], None]
SeriesByColumn = Mapping[tuple[str, str], Series]


def write_community(path: Path, community: Community, series: SeriesByColumn) -> None:
    """Write a community file and the profile files that it names.

    ``series`` holds, by file and column, what the community's file profiles name; a file of which nothing is
    in ``series`` must be there already. All is written under other names first and then renamed, the
    community file last, so a failure leaves what was there. Series of one file share their steps; times are
    written in UTC, or in local time where the clock is local.

    Raises:
        InputError: the series do not fit what the community names.
        OSError: a file cannot be written.
    """
    profiles = _named_files(path, community, series)
    contents: dict[Path, Writer] = {}
    for file, sources in profiles.items():
        columns = {source.column: series[file, source.column] for source in sources}
        contents[path.parent / file] = _writer(file, sources[0].time_column, columns)
    text = community_text(community).encode()

    def write_text(target: Path) -> None:
        target.write_bytes(text)

    contents[path] = write_text
    _write_all(contents)


def community_text(community: Community) -> str:
    """The community file's text: defaults left out, short lists on one line."""
    table = _plain(community)
    assert isinstance(table, dict)
    text = tomli_w.dumps(table)
    return _HEADER + _FLAT_LIST.sub(_wrapped, text)


def _wrapped(match: re.Match[str]) -> str:
    items = [line.strip().removesuffix(",") for line in match[1].splitlines()]
    lines, width = [""], 0
    for item in items:
        if width and width + len(item) + 2 > _WIDTH:
            lines.append("")
            width = 0
        lines[-1] += (", " if width else "") + item
        width = len(lines[-1])
    return f"[{lines[0]}]" if len(lines) == 1 else "[\n" + "".join(f"    {line},\n" for line in lines) + "]"


def _plain(value: object) -> object:
    """Words as TOML has them: what is absent or at its default left out."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if not isinstance(value, BaseModel):
        return value
    table = {}
    for name, field in type(value).model_fields.items():
        item = getattr(value, name)
        if item is None or (name not in _ALWAYS and item == field.get_default(call_default_factory=True)):
            continue
        table[name] = _plain(item)
    return table


# ---- the files that a community names ----------------------------------------------------------------------


def _named_files(path: Path, community: Community, series: SeriesByColumn) -> dict[str, list[FileProfile]]:
    """The file profiles of a community by file, for the files that are to be written.

    Raises:
        InputError: a series is missing, or does not fit the profile that names it or the others of its file.
    """
    by_file: dict[str, list[FileProfile]] = {}
    for use in community_uses(community):
        if isinstance(use.source, FileProfile):
            by_file.setdefault(use.source.file, []).append(use.source)
    given = {file for file, _ in series}
    problems: list[InputProblem] = []
    for file, sources in by_file.items():
        findings = _file_faults(path, file) if file in given else _absent(path, file)
        if file in given and not findings:
            findings = [fault for source in sources for fault in _series_faults(source, series)]
            findings = findings or _shared_faults(sources, series)
        problems += [
            InputProblem(str(path), file, seen, expected) for seen, expected in dict.fromkeys(findings)
        ]
    if problems:
        raise InputError(problems)
    return {file: sources for file, sources in by_file.items() if file in given}


Fault = tuple[str, str]


def _absent(path: Path, file: str) -> list[Fault]:
    if (path.parent / file).is_file():
        return []
    return [("neither series to write nor such a file", "one of the two")]


def _file_faults(path: Path, file: str) -> list[Fault]:
    name = PurePosixPath(file)
    if name.is_absolute() or ".." in name.parts or "\\" in file or ":" in file:
        return [(f"the file name {found(file)}", "a file in the folder of the community file, to write to")]
    if name.suffix not in (".csv", ".parquet"):
        return [(f"the file name {found(file)}", "one that ends in .csv or .parquet")]
    return (
        [(f"the file name {found(file)}", "another one than the community's")]
        if name == PurePosixPath(path.name)
        else []
    )


def _series_faults(source: FileProfile, series: SeriesByColumn) -> list[Fault]:
    what = series.get((source.file, source.column))
    if what is None:
        return [
            (
                f"no series for the column {found(source.column)}",
                "one for each column that the community names",
            )
        ]
    faults = [
        (
            f"{name} {found(getattr(what, name))} of {what.name}",
            f"{name} {found(getattr(source, name))}, as the community says",
        )
        for name in ("unit", "clock")
        if getattr(what, name) != getattr(source, name)
    ]
    if (what.start.tzinfo is None) != (what.clock == "local"):
        faults.append(
            (
                f"the start {what.start} of {what.name}",
                "a time in UTC, or without zone where the clock is local",
            )
        )
    minutes = what.start.hour * 60 + what.start.minute
    if 1440 % what.step_minutes or minutes % what.step_minutes or what.start.second or what.start.microsecond:
        faults.append(
            (
                f"steps of {what.step_minutes} min from {what.start:%H:%M:%S} on",
                "whole steps that divide the day",
            )
        )
    if len(what.values) < 2 or what.values.shape != what.known.shape:
        faults.append(
            (f"{counted(len(what.values), 'value')} in {what.name}", "two or more, each known or not")
        )
    elif not np.isfinite(what.values[what.known]).all():
        faults.append((f"values of {what.name} that are known but not finite", "finite numbers"))
    if source.column == source.time_column:
        faults.append((f"the column {found(source.column)} for values and for times", "two columns"))
    return faults


def _shared_faults(sources: list[FileProfile], series: SeriesByColumn) -> list[Fault]:
    first = series[sources[0].file, sources[0].column]
    faults = []
    for source in sources:
        other = series[source.file, source.column]
        alike = (other.start, other.step_minutes, len(other.values), other.clock)
        if alike != (first.start, first.step_minutes, len(first.values), first.clock):
            faults.append(
                (f"other times in {other.name} than in {first.name}", "series of one file on the same steps")
            )
        if source.time_column != sources[0].time_column:
            faults.append(
                (
                    f"the time columns {source.time_column} and {sources[0].time_column}",
                    "one time column in a file",
                )
            )
    return faults


# ---- writing -----------------------------------------------------------------------------------------------


def _writer(file: str, time_column: str, columns: Mapping[str, Series]) -> Writer:
    write = _write_csv if file.endswith(".csv") else _write_parquet
    return lambda target: write(target, time_column, columns)


def _times(series: Series) -> NDArray[np.datetime64]:
    first = np.datetime64(series.start.replace(tzinfo=None), "m")
    return first + np.arange(len(series.values)) * np.timedelta64(series.step_minutes, "m")


def _write_parquet(target: Path, time_column: str, columns: Mapping[str, Series]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    first = next(iter(columns.values()))
    zone = "UTC" if first.clock == "utc" else None
    data = {
        time_column: pa.array(
            _times(first).astype("datetime64[ms]").astype(np.int64), pa.timestamp("ms", zone)
        )
    }
    for name, series in columns.items():
        data[name] = pa.array(series.values, pa.float64(), mask=~series.known)
    pq.write_table(pa.table(data), target, compression="zstd")


def _write_csv(target: Path, time_column: str, columns: Mapping[str, Series]) -> None:
    first = next(iter(columns.values()))
    ending = "Z" if first.clock == "utc" else ""
    cells = [
        [
            repr(float(value)) if known else ""
            for value, known in zip(series.values, series.known, strict=True)
        ]
        for series in columns.values()
    ]
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([time_column, *columns])
        writer.writerows(zip((f"{time}{ending}" for time in _times(first)), *cells, strict=True))


def _write_all(contents: Mapping[Path, Writer]) -> None:
    """Write each under another name, then rename all; what was written stays nowhere if one fails."""
    waiting = {target: target.with_name(f".{target.name}.{os.getpid()}.partial") for target in contents}
    try:
        for target, write in contents.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            write(waiting[target])
        for target, written in waiting.items():
            written.replace(target)
    finally:
        for written in waiting.values():
            written.unlink(missing_ok=True)

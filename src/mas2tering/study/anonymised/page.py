"""The page beside an anonymised data set: what privacy each level gives, and what it costs. No home's own readings are on it."""

import html
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mas2tering.study.report.page import chart_library, embedded

_SLOT = re.compile(r"<!--slot:(\w+)-->|/\*slot:(\w+)\*/")
_MOST_GROUPS = 12


def write_page(
    path: Path,
    summary: Mapping[str, object],
    group_profiles_kw: NDArray[np.float64] | None = None,
    group_sizes: Sequence[int] = (),
) -> None:
    """Write the page: one file that needs nothing else, neither beside it nor from a network.

    Args:
        path: of the page.
        summary: what ``summary.json`` holds.
        group_profiles_kw: typical workday and weekend of each released group, shape (groups, 2, steps).
        group_sizes: homes of each.

    Raises:
        OSError: it cannot be written.
    """
    groups: list[dict[str, object]] = []
    if group_profiles_kw is not None:
        for profile, size in list(zip(group_profiles_kw, group_sizes, strict=True))[:_MOST_GROUPS]:
            groups.append({"homes": size, "kw": np.round(profile, 3).tolist()})
    slots = {
        "title": html.escape(f"Anonymised: {summary['data']}"),
        "style": _template("page.css"),
        "library": chart_library(),
        "data": embedded({"summary": summary, "groups": groups, "of": len(group_sizes)}),
        "script": _template("page.js"),
    }
    # One pass over the template alone: what is filled in is not searched for slots again.
    text = _SLOT.sub(lambda match: slots[match[1] or match[2]], _template("page.html"))
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _template(name: str) -> str:
    return (
        resources.files("mas2tering.study.anonymised").joinpath("template", name).read_text(encoding="utf-8")
    )

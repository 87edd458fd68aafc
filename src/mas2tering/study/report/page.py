"""The page: the data, the template's parts and the chart library, put into one file."""

import html
import importlib.util
import json
import re
from importlib import resources
from pathlib import Path

from mas2tering.study.report.data import ReportData, report_data
from mas2tering.study.results import RunResult

_STYLES = ("report.css",)
_SCRIPTS = (
    "format.js",
    "charts.js",
    "community.js",
    "homes.js",
    "home.js",
    "market.js",
    "grid.js",
    "lived.js",
    "turns.js",
    "season.js",
    "start.js",
)
_SLOT = re.compile(r"<!--slot:(\w+)-->|/\*slot:(\w+)\*/")


def write_report(path: Path, run: RunResult) -> None:
    """Write the report of a run to ``path``: one file that needs nothing else, neither beside it nor from a
    network.

    The file appears whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    page = page_of(report_data(run))
    partial = path.with_name(path.name + ".partial")
    partial.write_text(page, encoding="utf-8")
    partial.replace(path)


def page_of(data: ReportData) -> str:
    """The page of a report's data."""
    slots = {
        "title": html.escape(f"{data.community}: report"),
        "styles": "".join(map(_template, _STYLES)),
        "library": chart_library(),
        "data": embedded(data),
        "scripts": "".join(map(_template, _SCRIPTS)),
    }
    # One pass over the template alone: what is filled in is not searched for slots again.
    return _SLOT.sub(lambda match: slots[match[1] or match[2]], _template("report.html"))


def embedded(data: object) -> str:
    """The data as JSON that can stand inside a script element whatever names its homes have."""
    text = json.dumps(data, default=vars, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _template(name: str) -> str:
    return resources.files("mas2tering.study.report").joinpath("template", name).read_text(encoding="utf-8")


def chart_library() -> str:
    """The chart library's one file. It is found without importing the package around it, which takes long."""
    package = importlib.util.find_spec("plotly")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("the report needs plotly, which is installed with mas2tering")
    return (
        Path(package.origin).with_name("package_data").joinpath("plotly.min.js").read_text(encoding="utf-8")
    )

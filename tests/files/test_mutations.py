"""Files made wrong at random: never anything but a problem in words, and what is accepted can be planned."""

import copy
import math
import os
import random
import shutil
import tomllib
from datetime import date, time
from pathlib import Path

import pytest
import tomli_w

from mas2tering.files.community_file import examine
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
VILLAGE = tomllib.loads((EXAMPLES / "village.toml").read_text(encoding="utf-8"))
VALUES = (
    0, 1, -1, 0.5, 1e308, -1e308, 1e-308, math.nan, math.inf, 2**63, 10**30, True, False, "", "x", "ü" * 5000, "\0", "24:00",
    "23:59 next day", "battery", "washing_machine", "ABC", "Pacific/Apia", [], [1.0], ["x"], [[]], {}, {"kind": "flat"},
    {"constant": 1.0, "unit": "kW"}, {"daily": [1.0] * 24, "unit": "kWh"}, date(1, 1, 1), date(9999, 12, 31), date(2013, 3, 31), time(12),
)  # fmt: skip


def places(part, path=()):
    parts = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, inner in parts:
        yield (*path, key)
        yield from places(inner, (*path, key))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def mutate(document, draw):
    """Delete, replace, copy elsewhere, scale, repeat, or write as text one thing of a document."""
    everywhere = list(places(document))
    path = draw.choice(everywhere)
    owner, key = at(document, path[:-1]), path[-1]
    value = owner[key]
    match draw.choice(("delete", "replace", "copy", "scale", "repeat", "text")):
        case "delete":
            del owner[key]
        case "replace":
            owner[key] = copy.deepcopy(draw.choice(VALUES))
        case "copy":
            owner[key] = copy.deepcopy(at(document, draw.choice(everywhere)))
        case "scale" if isinstance(value, int | float):
            owner[key] = value * draw.choice((0, -1, 0.1, 10, 1e6))
        case "repeat" if isinstance(owner, list):
            owner.append(copy.deepcopy(value))
        case _:
            owner[key] = str(value)


@pytest.mark.parametrize("seed", range(8))
def test_a_mutated_village_is_refused_in_words_or_planned(seed, tmp_path):
    for name in ("village_homes.csv", "village_prices.csv"):
        shutil.copy(EXAMPLES / name, tmp_path)
    file = tmp_path / "village.toml"
    draw, planned = random.Random(seed), 0
    for _ in range(20):
        document = copy.deepcopy(VILLAGE)
        for _ in range(draw.choice((1, 1, 2))):
            mutate(document, draw)
        file.write_text(tomli_w.dumps(document), encoding="utf-8")
        seen = examine(file)
        assert all(problem.found and problem.expected for problem in seen.problems)
        if seen.problems or planned == 2:
            continue
        assert seen.community is not None
        planned += 1
        options = RunOptions(seen.community.first_day or date(2013, 4, 17), step_minutes=60)
        for plans in run_community(seen.community, seen.profiles, options).days[0].plans.values():
            assert all(math.isfinite(plan.costs.cost) for plan in plans)


def test_what_never_ends_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    text = (EXAMPLES / "smallest.toml").read_text(encoding="utf-8")
    source = '{ file = "pipe.csv", column = "load", unit = "kW" }'
    file = tmp_path / "community.toml"
    file.write_text(text.replace('{ constant = 0.3, unit = "kW" }', source), encoding="utf-8")
    assert [problem.found for problem in examine(file).problems] == ['"pipe.csv", which is no file']
    assert [problem.found for problem in examine(Path("/dev/zero")).problems] == ["a device"]


def test_ten_thousand_mistakes_are_all_told(tmp_path):
    head = (EXAMPLES / "smallest.toml").read_text(encoding="utf-8").split("[[homes]]")[0]
    home = '[[homes]]\nid = "h{}"\nconnection = {{ fuse_kw = -{}.0 }}\nsupply = {{ tariff = "flat" }}\n'
    file = tmp_path / "many.toml"
    file.write_text(head + "".join(home.format(k, k + 1) for k in range(10_000)), encoding="utf-8")
    problems = examine(file).problems
    assert [problem.found for problem in problems] == [f"-{k + 1}" for k in range(10_000)]

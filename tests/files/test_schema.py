"""The published schema: up to date, valid, and of one mind with the reader."""

import json
import tomllib
from datetime import date, time
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from mas2tering.files import community_schema
from mas2tering.files.schema import schema_text

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))
BAD = Path(__file__).parent / "bad"
# Wrong in a single field, which is what a schema can see.
SEEN_BY_A_SCHEMA = (
    "head", "missing_head", "negative_capacity", "neither_homes_nor_tariffs", "newer_format", "no_homes",
    "unknown_device", "unknown_field", "wrong_types",
)  # fmt: skip


def as_json(value: object) -> object:
    """TOML as a schema sees it: times and dates as text."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return value.isoformat() if isinstance(value, date) else value


def load(path: Path) -> object:
    return as_json(tomllib.loads(path.read_text(encoding="utf-8")))


def test_published_copies_are_up_to_date() -> None:
    """If not: mas2tering schema > docs/reference/community.schema.json, and the same into src/mas2tering/files."""
    assert (ROOT / "docs/reference/community.schema.json").read_text(encoding="utf-8") == schema_text()
    shipped = files("mas2tering.files").joinpath("community.schema.json").read_text(encoding="utf-8")
    assert shipped == schema_text()


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(community_schema())


def test_who_changes_the_answer_does_not_change_the_schema() -> None:
    community_schema().clear()
    assert json.loads(schema_text()) == community_schema() != {}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_follow_the_schema(path: Path) -> None:
    jsonschema.validate(load(path), community_schema())


@pytest.mark.parametrize("name", SEEN_BY_A_SCHEMA)
def test_wrong_files_do_not(name: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(load(BAD / f"{name}.toml"), community_schema())


def test_every_quantity_says_its_unit() -> None:
    schema = community_schema()
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    fields = {
        (table, name): node
        for table, node in definitions.items()
        for name, node in node["properties"].items()
    }
    for (table, name), node in fields.items():
        if node.get("type") == "number" and name.endswith(
            ("_kw", "_kwh", "_per_kwh", "_c", "_kw_per_k", "_per_hour")
        ):
            assert node["unit"], f"{table}.{name}"
            assert node["unit"] in node["description"], f"{table}.{name}"

"""The published JSON schema of the community file, made from the classes that read it."""

import json
from functools import lru_cache

from mas2tering.domain.community import Community

_TITLE = "Mas2tering community file"


def community_schema() -> dict[str, object]:
    """The JSON schema (draft 2020-12) of a community file, with units and examples, to do with as one likes.

    A field's ``unit`` stands in a keyword of that name and in its description. Times and dates may also be
    TOML's own (``21:30:00``, ``2013-04-17``); the schema sees both as text.
    """
    schema = json.loads(_schema_text())
    assert isinstance(schema, dict)
    return schema


@lru_cache(maxsize=1)
def _schema_text() -> str:
    schema: dict[str, object] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema.update(Community.model_json_schema())
    schema["title"] = _TITLE
    tidy = _tidy(schema)
    return json.dumps(tidy, indent=2) + "\n"


def schema_text() -> str:
    """The schema as it is published, byte for byte: ``mas2tering schema`` prints it."""
    return _schema_text()


def _tidy(node: object) -> object:
    """Say what pydantic leaves out: units, the field that tells kinds apart, that TOML has no null."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _tidy(value) for key, value in node.items()}
    choices = node.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [choice for choice in choices if choice != {"type": "null"}]
        del node["anyOf"]
        node |= rest[0] if len(rest) == 1 else {"anyOf": rest}
        if node.get("default", 0) is None:
            del node["default"]
    discriminator, options = node.get("discriminator"), node.get("oneOf")
    if isinstance(discriminator, dict) and "propertyName" in discriminator and isinstance(options, list):
        # That name is OpenAPI's; JSON schema needs the field to be required wherever it decides.
        node["oneOf"] = [option | {"required": [discriminator["propertyName"]]} for option in options]
    unit, description = node.get("unit"), node.get("description")
    if isinstance(unit, str) and description is None:
        node["description"] = f"in {unit}"
    if isinstance(description, str):
        node["description"] = description.replace("``", "`")
    return node

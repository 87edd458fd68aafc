"""The published schema as something to ask: what does it say about this place of this document?"""

from collections.abc import Mapping
from functools import lru_cache

from mas2tering.files.schema import community_schema

Node = Mapping[str, object]
Location = tuple[str | int, ...]
"""Field names and positions in lists, from the root of the document to a place in it."""


@lru_cache(maxsize=1)
def _schema() -> Node:
    return community_schema()


def resolved(node: Node) -> Node:
    """The node itself, or the definition that it refers to."""
    reference = node.get("$ref")
    return (
        _mapping(_mapping(_schema()["$defs"])[reference.rsplit("/", 1)[-1]])
        if isinstance(reference, str)
        else node
    )


def node_at(location: Location, document: object) -> Node:
    """What the schema says about a place; of several kinds of table, the one that the document chose."""
    node, value = _schema(), document
    for part in location:
        node = _chosen(resolved(node), value)
        if isinstance(part, int):
            node = _mapping(node.get("items"))
            value = value[part] if isinstance(value, list) and part < len(value) else None
        else:
            node = _mapping(_mapping(node.get("properties")).get(part))
            value = value.get(part) if isinstance(value, Mapping) else None
    return node


def properties_at(location: Location, document: object) -> Mapping[str, object]:
    """The fields that a table at this place may have."""
    value = document
    for part in location:
        value = value[part] if isinstance(value, list | Mapping) else None  # type: ignore[index]
    return _mapping(_chosen(resolved(node_at(location, document)), value).get("properties"))


def kinds_of(node: Node) -> tuple[str, list[str]]:
    """The field that tells kinds of a table apart, and the kinds; nothing where there is one kind."""
    discriminator = _mapping(node.get("discriminator"))
    return str(discriminator.get("propertyName", "")), list(_mapping(discriminator.get("mapping")))


def _chosen(node: Node, value: object) -> Node:
    options = node.get("oneOf")
    if not isinstance(options, list):
        return node
    given = _mapping(value)
    tag, _ = kinds_of(node)
    for option in options:
        branch = _chosen(resolved(option), value)
        fields = _mapping(branch.get("properties"))
        if tag and _mapping(fields.get(tag)).get("const") == given.get(tag):
            return branch
        if not tag and any(name in given and name in fields for name in ("file", "daily", "constant")):
            return branch
    return {}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}

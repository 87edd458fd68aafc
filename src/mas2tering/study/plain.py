"""Plain values, as they go into JSON."""

from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | int | bool | None"

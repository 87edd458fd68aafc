"""Plain values, as ``summary.json`` holds them."""

from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | int | bool | None"

"""Amounts, counts and lists as the report puts them; numbers, shares and dates are worded as in statements."""

from collections.abc import Sequence

from mas2tering.settlement.wording import NO_BREAK, signed

DASH = "\N{EN DASH}"


def amount(value: float, symbol: str, decimals: int = 2) -> str:
    """An amount of money before whose sign, already found, the minus stands."""
    return signed(value, symbol, "", decimals)


def count(many: int, one: str, more: str | None = None) -> str:
    """``0 homes``, ``1 home``, ``3 homes``."""
    return f"{many:,}{NO_BREAK}{one if many == 1 else more or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""

"""Amounts, shares and times as the report puts them."""

from collections.abc import Sequence
from datetime import date

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "INR": "₹", "AUD": "A$", "CAD": "C$", "NZD": "NZ$"}
NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"


def symbol_of(currency: str) -> str:
    """The sign before an amount; a currency that has none of its own is named by its code."""
    return SYMBOLS.get(currency, currency + NO_BREAK)


def amount(value: float, symbol: str, decimals: int = 2) -> str:
    """An amount of money, the minus before the sign, nothing negative about zero."""
    text = f"{abs(value):,.{decimals}f}"
    negative = value < 0 and text.strip("0.,") != ""
    return f"{MINUS if negative else ''}{symbol}{text}"


def number(value: float, unit: str = "", decimals: int | None = None) -> str:
    """A number with thousands separators and its unit; three digits or so unless told otherwise."""
    if decimals is None:
        size = abs(value)
        decimals = 0 if size >= 100 else 1 if size >= 1 else 2
    text = f"{abs(value):,.{decimals}f}"
    negative = value < 0 and text.strip("0.,") != ""
    return f"{MINUS if negative else ''}{text}{NO_BREAK + unit if unit else ''}"


def percent(share: float, decimals: int | None = None) -> str:
    """A fraction in per cent; small ones keep two digits."""
    value = 100 * share
    if decimals is None:
        decimals = 0 if abs(value) >= 10 else 1 if abs(value) >= 1 else 2
    return number(value, "%", decimals)


def count(many: int, one: str, more: str | None = None) -> str:
    """``1 home``, ``3 homes``."""
    return f"{many:,}{NO_BREAK}{one if many == 1 else more or one + 's'}"


def long_date(day: date) -> str:
    """``Wed 17 April 2013``."""
    return f"{day:%a} {day.day} {day:%B %Y}"


def listed(words: Sequence[str]) -> str:
    """``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""

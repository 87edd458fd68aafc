"""Amounts and numbers in the words of statements and ledger entries."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "INR": "₹", "AUD": "A$", "CAD": "C$", "NZD": "NZ$"}
NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def symbol_of(currency: str) -> str:
    """The sign before an amount; a currency that has none of its own is named by its code."""
    return SYMBOLS.get(currency, currency + NO_BREAK)


def amount(value: Decimal | float, currency: str, decimals: int = 2) -> str:
    """An amount of money with its sign, the minus in front: ``€1.20``, ``CHF 1.20``.

    >>> amount(-0.004, "EUR"), amount(-1234.5, "EUR")
    ('€0.00', '−€1,234.50')
    """
    return signed(value, symbol_of(currency), "", decimals)


def number(value: float, unit: str = "", decimals: int | None = None) -> str:
    """A number with thousands separators and its unit; three digits or so unless told otherwise."""
    if decimals is None:
        decimals = _digits(value, ((100.0, 0), (1.0, 1)), 2)
    return signed(value, "", NO_BREAK + unit if unit else "", decimals)


def percent(share: float, decimals: int | None = None) -> str:
    """A fraction in per cent; small ones keep two digits, counted after rounding.

    >>> percent(0.0999), percent(0.0994), percent(0.00996)
    ('10\xa0%', '9.9\xa0%', '1.0\xa0%')
    """
    value = 100 * share
    if decimals is None:
        decimals = _digits(value, ((10.0, 0), (1.0, 1)), 2)
    return number(value, "%", decimals)


def _digits(value: float, from_on: Sequence[tuple[float, int]], otherwise: int) -> int:
    """How many decimals a value has as it will be read: ``from_on`` are sizes and the decimals from there on, the largest
    first. 9.99 with one decimal reads as 10.0, and is as large as 10."""
    finer = [*(decimals for _, decimals in from_on[1:]), otherwise]
    for (size, decimals), next_finer in zip(from_on, finer, strict=True):
        if round(abs(value), next_finer) >= size:
            return decimals
    return otherwise


def signed(value: Decimal | float, before: str, after: str, decimals: int) -> str:
    """A number between words, the minus in front of all, nothing negative about zero."""
    text = f"{abs(value):,.{decimals}f}"
    negative = value < 0 and text.strip("0.,") != ""
    return f"{MINUS if negative else ''}{before}{text}{after}"


def energy(value_kwh: float) -> str:
    """An energy in kWh: three digits or so."""
    decimals = _digits(value_kwh, ((100.0, 0), (10.0, 1)), 2)
    return f"{value_kwh:,.{decimals}f}{NO_BREAK}kWh"


def count(many: int, one: str, more: str | None = None) -> str:
    """``no members``, ``1 member``, ``3 members``."""
    return f"{many or 'no'}{NO_BREAK}{one if many == 1 else more or one + 's'}"


def steps_in_words(many: int, step_minutes: int) -> str:
    """How many steps, by the name that a step of this length has."""
    names = {15: "quarter-hour", 30: "half-hour", 60: "hour"}
    if step_minutes in names:
        return count(many, names[step_minutes])
    return f"{count(many, 'step')} of {step_minutes}{NO_BREAK}min"


def pays(value: Decimal | float, currency: str) -> str:
    """What you do with an amount, after ``you``: ``pay €1.20``, ``get €1.20`` (below zero), ``pay nothing``."""
    text = amount(abs(float(value)), currency)
    if text == amount(0, currency):
        return "pay nothing"
    return f"pay {text}" if value > 0 else f"get {text}"


def less_or_more(difference: float, currency: str) -> str:
    """How two amounts compare, by the second less the first: ``€0.39 less``, ``€0.39 more``, ``the same``."""
    text = amount(abs(difference), currency)
    if text == amount(0, currency):
        return "the same"
    return f"{text} {'less' if difference > 0 else 'more'}"


def long_date(day: date) -> str:
    """``Wed 17 April 2013``."""
    return f"{day:%a} {day.day} {day:%B %Y}"

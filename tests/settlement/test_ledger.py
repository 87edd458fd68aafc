"""The ledger: whole cents, both sides, and rounding that loses nothing."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas2tering.settlement.ledger import (
    CENT,
    POT,
    Account,
    AccountKind,
    Entry,
    EntryKind,
    Ledger,
    apportioned,
    transfer,
)

DAY = date(2013, 4, 17)
ANNA, BEN = (Account(AccountKind.MEMBER, name) for name in ("Anna", "Ben"))
amounts = st.lists(st.decimals(-5, 5, places=5), min_size=1, max_size=9)


def paid(payer: Account, payee: Account, amount: str, day: date = DAY, currency: str = "EUR"):
    return transfer(day, EntryKind.LOCAL_PURCHASE, payer, payee, Decimal(amount), currency, "for the test")


@given(exact=amounts, more=st.integers(-3, 3))
def test_apportioned_cents_sum_to_the_total_and_stay_near(exact, more):
    total = sum(exact, Decimal(0)).quantize(CENT) + more * CENT
    found = apportioned(exact, total)
    assert sum(found) == total
    assert all(x % CENT == 0 for x in found)
    off = [x - y for x, y in zip(found, exact, strict=True)]
    assert max(off) - min(off) <= CENT * (1 + abs(more))
    if more == 0:
        assert max(map(abs, off)) < CENT


@given(exact=amounts, room=st.lists(st.decimals(-1, 1, places=4), min_size=9, max_size=9))
def test_limits_hold_as_long_as_others_can_take_the_cents(exact, room):
    limits = [x + y for x, y in zip(exact, room, strict=False)]
    total = sum(exact, Decimal(0)).quantize(CENT)
    found = apportioned(exact, total, limits)
    assert sum(found) == total
    floors = sum(
        (x // CENT * CENT if x >= 0 else -((-x + CENT - Decimal("1e-9")) // CENT) * CENT) for x in limits
    )
    if floors >= total:
        assert all(x <= y for x, y in zip(found, limits, strict=True))


def test_the_largest_remainder_has_the_cent_and_equal_ones_are_served_in_order():
    thirds = [Decimal("0.33333")] * 3
    assert apportioned(thirds, Decimal("1.00")) == (Decimal("0.34"), Decimal("0.33"), Decimal("0.33"))
    some = [Decimal("0.001"), Decimal("0.009"), Decimal("-0.004")]
    assert apportioned(some, Decimal("0.01")) == (Decimal("0"), Decimal("0.01"), Decimal("0"))
    held = apportioned(some, Decimal("0.01"), [Decimal("9"), Decimal("0.009"), Decimal("-0.004")])
    assert held == (Decimal("0.02"), Decimal("0"), Decimal("-0.01"))


def test_an_amount_below_zero_is_paid_the_other_way_round_and_nothing_is_no_entry():
    (entry,) = paid(ANNA, POT, "-1.25")
    assert (entry.debit, entry.credit, entry.amount) == (POT, ANNA, Decimal("1.25"))
    assert paid(ANNA, POT, "0") == ()


@pytest.mark.parametrize("amount", ["0", "-1", "0.005"])
def test_an_entry_is_in_whole_cents_above_zero(amount):
    with pytest.raises(ValueError, match="whole cents above zero"):
        Entry(DAY, EntryKind.SUPPLY, ANNA, POT, Decimal(amount), "EUR", "for the test")


def test_nobody_pays_themselves():
    with pytest.raises(ValueError, match="pays itself"):
        paid(ANNA, ANNA, "1")


def test_what_stays_in_the_pot_of_any_day_or_currency_shows():
    closed = Ledger(paid(ANNA, POT, "2.00") + paid(POT, BEN, "2.00"))
    assert closed.imbalance == 0
    assert closed.balance(ANNA, "EUR") == Decimal("-2.00")
    next_day = Ledger(paid(ANNA, POT, "2.00") + paid(POT, BEN, "2.00", date(2013, 4, 18)))
    assert next_day.imbalance == Decimal("2.00")
    mixed = Ledger(paid(ANNA, POT, "2.00") + paid(POT, BEN, "2.00", currency="GBP"))
    assert mixed.imbalance == Decimal("2.00")


def test_equal_remainders_are_served_by_name_where_there_are_names():
    thirds = [Decimal("0.33333")] * 3
    found = apportioned(thirds, Decimal("1.00"), names=["c", "a", "b"])
    assert found == (Decimal("0.33"), Decimal("0.34"), Decimal("0.33"))

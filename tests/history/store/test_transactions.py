"""Contracts, orders, settlements, ledger, receipts and look-ups: the same on every back end."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mas2tering.history.store import (
    Document,
    History,
    KeptReceipt,
    LedgerEntry,
    LookUp,
    StoreError,
    open_history,
)

DAY = date(2024, 5, 1)
AT = datetime(2024, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)
ENTRY = LedgerEntry(DAY, "supply", "member:a", "supplier:s", Decimal("12.34"), "EUR", "energy of the day")


@pytest.fixture
def history(location: str) -> Iterator[History]:
    opened = open_history(location)
    yield opened
    opened.close()


def test_documents_are_kept_once_and_never_changed(history: History) -> None:
    kept = history.transactions
    contract = Document("c1", "member:a", DAY, '{"fee": "0.10"}')
    kept.keep_contract(contract)
    kept.keep_contract(contract)
    with pytest.raises(ValueError, match="another one of the contracts has the id c1"):
        kept.keep_contract(replace(contract, text="{}"))
    kept.keep_contract(Document("c0", "member:b", DAY, "{}"))
    assert kept.contracts("member:a") == (contract,)
    assert [found.id for found in kept.contracts()] == ["c0", "c1"]
    kept.keep_order(Document("o1", "member:a", DAY, "é"))
    assert kept.orders(DAY, "member:a")[0].text == "é"
    assert kept.orders(DAY + timedelta(days=1)) == ()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(
        st.decimals("0.00000001", "99999999999", places=8, allow_nan=False, allow_infinity=False), max_size=12
    )
)
def test_money_is_exact_and_sums_to_zero(history: History, amounts: list[Decimal]) -> None:
    kept = history.transactions
    before = len(kept.entries())
    entries = [
        replace(ENTRY, amount=amount, debit=f"member:{k % 3}", credit=f"member:{k % 3 + 1}")
        for k, amount in enumerate(amounts)
    ]
    settlement = Document(f"s{before}-{'-'.join(map(str, amounts))}"[:190], "village", DAY, "{}")
    kept.settle(settlement, entries)
    kept.settle(settlement, entries)
    assert kept.settlement(settlement.id) == settlement
    if before == 0 and amounts:
        assert list(kept.entries(DAY, DAY)) == entries
    assert kept.entries(DAY + timedelta(days=1)) == ()
    assert sum(kept.balances().values(), Decimal(0)) == 0


def test_settlement_is_posted_whole_or_not_at_all(history: History) -> None:
    kept = history.transactions
    settlement = Document("s1", "village", DAY, "{}")
    with pytest.raises(StoreError):
        kept.settle(settlement, [ENTRY, replace(ENTRY, day=None)])
    assert kept.settlement("s1") is None
    assert kept.entries() == ()
    kept.settle(settlement, [ENTRY])
    with pytest.raises(ValueError, match="another one"):
        kept.settle(replace(settlement, text="other"), [ENTRY])
    assert kept.entries() == (ENTRY,)
    assert kept.balances(DAY) == {
        ("member:a", "EUR"): Decimal("-12.34"),
        ("supplier:s", "EUR"): Decimal("12.34"),
    }
    with pytest.raises(ValueError, match="more than zero"):
        replace(ENTRY, amount=Decimal(0))
    with pytest.raises(ValueError, match="eight digits"):
        replace(ENTRY, amount=Decimal("0.123456789"))


def test_receipts_are_kept_and_forgotten(history: History) -> None:
    book = history.transactions
    receipt = KeptReceipt("r1", "p1", "2013-01", "key-3", AT, bytes(range(256)))
    older = replace(receipt, id="r2", issued_at=AT - timedelta(days=1))
    for one in (receipt, receipt, older):
        book.keep_receipts([one])
    with pytest.raises(ValueError, match="receipts has the id r1"):
        book.keep_receipts([replace(receipt, sealed=b"")])
    assert book.receipts("p1") == (older, receipt)
    assert book.forget_receipts("p1") == 2
    assert book.receipts("p1") == ()


def test_look_ups_are_numbered_and_the_database_refuses_to_change_them(location: str) -> None:
    history = open_history(location)
    log = history.transactions
    look_up = LookUp(
        AT, "svc:forecast", "forecaster", "home of a pseudonym", "p1", "training", answered=False
    )
    later = replace(look_up, at=AT + timedelta(hours=1), subject="p2", answered=True)
    assert log.record_look_ups([look_up, later]) == (1, 2)
    assert log.look_ups() == (look_up, later)
    assert log.look_ups(since=later.at) == (later,)
    assert log.look_ups(subject="p1") == (look_up,)
    history.transactions.settle(Document("s1", "village", DAY, "{}"), [ENTRY])
    for statement in ("DELETE FROM look_ups", "UPDATE look_ups SET who = 'x'", "DELETE FROM ledger"):
        with pytest.raises(Exception, match="can only be added to"):
            _direct(location, statement)
    assert len(log.look_ups()) == 2
    history.close()


def _direct(location: str, statement: str) -> None:
    """Somebody with the database's own means."""
    if location.startswith("postgresql"):
        import psycopg

        with psycopg.connect(location, autocommit=True) as connection:
            connection.execute(statement.encode())
        return
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(f"{location.split(':', 1)[1]}/transactions.sqlite")) as connection:
        connection.execute(statement)

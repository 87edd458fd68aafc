"""The season's ledger in a database: exact, closed, each batch once, and nothing that was acknowledged is lost to kill -9.

MAS2TERING_KILLS says how often each back end is killed.
"""

import importlib.util
import os
import random
import subprocess
import sys
import time
import uuid
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas2tering.settlement.ledger import Account, AccountKind, Entry, EntryKind, Ledger, transfer
from mas2tering.study.season.stored import opened_ledger

KILLS = int(os.environ.get("MAS2TERING_KILLS", "5"))
SCRIPT = Path(__file__).with_name("season_writing_process.py")
DAY = date(2013, 5, 31)


def beside(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


writing = beside(SCRIPT, "season_writing_process")
servers = beside(Path(__file__).parents[1] / "history" / "store" / "servers.py", "season_servers")


@pytest.fixture(scope="module")
def server():
    if servers.binaries() is None:
        pytest.skip("no PostgreSQL server on this machine (Debian: apt install postgresql)")
    own = servers.OwnServer()
    yield own
    own.close()


@pytest.fixture(params=["sqlite", "postgres"])
def location(request, tmp_path):
    if request.param == "sqlite":
        return str(tmp_path / "ledger.sqlite")
    import psycopg

    own, name = request.getfixturevalue("server"), f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(own.location, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return f"{own.location}?options=-csearch_path%3D{name}"


def passed_on(home, cents, day=DAY):
    operator, aggregator = Account(AccountKind.DSO, "dso"), Account(AccountKind.AGGREGATOR, "a:b")
    member, amount = Account(AccountKind.MEMBER, home), Decimal(cents) / 100
    kind = EntryKind.FLEXIBILITY_PROVISIONAL
    return (
        *transfer(day, kind, operator, aggregator, amount, "EUR", f"for {home}"),
        *transfer(day, kind, aggregator, member, amount, "EUR", f"for {home}, passed on"),
    )


def test_entries_come_back_as_they_were_and_close(location):
    kept = passed_on("x", 1) + passed_on("y: the second", 123456789) + passed_on("z", -7)
    with opened_ledger(location, "s") as ledger:
        ledger.append(kept)
    with opened_ledger(location, "s") as ledger:
        found = ledger.entries()
    assert tuple(found) == kept
    book = Ledger(tuple(found))
    assert book.imbalance == 0
    assert book.balance(Account(AccountKind.MEMBER, "y: the second"), "EUR") == Decimal("1234567.89")
    assert book.balance(Account(AccountKind.AGGREGATOR, "a:b"), "EUR") == 0


def test_a_batch_that_is_handed_in_again_is_there_once(location):
    with opened_ledger(location, "s") as ledger:
        for _ in range(3):
            ledger.append(passed_on("x", 5))
        ledger.append(())
        ledger.append(passed_on("x", 5, date(2013, 6, 30)))
        assert len(ledger.entries()) == 4


def test_seasons_do_not_see_one_another(location):
    for name, cents in (("s", 5), ("t", 6)):
        with opened_ledger(location, name) as ledger:
            ledger.append(passed_on("x", cents))
    for name, cents in (("s", 5), ("t", 6)):
        with opened_ledger(location, name) as ledger:
            assert [entry.amount for entry in ledger.entries()] == [Decimal(cents) / 100] * 2
    with pytest.raises(ValueError, match="1 to 80 letters"), opened_ledger(location, ""):
        pass


def test_a_batch_is_kept_whole_or_not_at_all(location):
    good = passed_on("x", 5)
    far = Entry(DAY, EntryKind.FEE, good[0].debit, good[0].credit, Decimal("0.01"), "EURO", "no currency")
    with opened_ledger(location, "s") as ledger:
        ledger.append(good)
        if location.startswith("postgres"):
            # A currency of four letters does not fit its column.
            with pytest.raises(OSError, match=r"."):
                ledger.append((*passed_on("y", 6), far))
        else:
            object.__setattr__(far, "reason", None)
            with pytest.raises(OSError, match=r"."):
                ledger.append((*passed_on("y", 6), far))
        assert tuple(ledger.entries()) == good


@given(cents=st.lists(st.integers(-(10**11), 10**11), min_size=1, max_size=12))
def test_money_is_exact_to_the_cent(tmp_path_factory, cents):
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    entries = tuple(own for k, amount in enumerate(cents) for own in passed_on(f"h{k}", amount))
    with opened_ledger(str(path), "s") as ledger:
        ledger.append(entries)
        book = Ledger(tuple(ledger.entries()))
    assert book.imbalance == 0
    for k, amount in enumerate(cents):
        assert book.balance(Account(AccountKind.MEMBER, f"h{k}"), "EUR") == Decimal(amount) / 100


def expected_entries(months):
    booked = []
    for month in range(months):
        booked += writing.entries_of_month(month, booked)
    return booked


def held(location, acknowledged):
    """Nothing acknowledged is missing, nothing is there twice, at most the month under way came on top; the last month that is paid for."""
    with opened_ledger(location, writing.SEASON) as ledger:
        found = list(ledger.entries())
    # At the first month's end nothing is paid: a month is held back.
    last = len({entry.day for entry in found})
    assert last in (max(acknowledged, 0), acknowledged + 1)
    assert found == expected_entries(last + 1)
    assert Ledger(tuple(found)).imbalance == 0
    return last


def kill_and_hold(location, seed, own=None):
    luck, first, acknowledged = random.Random(seed), 0, -1
    for _ in range(KILLS):
        command = [sys.executable, str(SCRIPT), location, str(first)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            lines = [process.stdout.readline()]
            # How long it writes before it is killed is luck; nothing that is asserted depends on it.
            time.sleep(luck.uniform(0.0, 0.15))
            if own is not None:
                own.kill()
            process.kill()
            lines += process.stdout.read().splitlines()
        if own is not None:
            own.start()
        said = [int(line.split()[1]) for line in lines if line.startswith("month ") and line[6:].strip()]
        acknowledged = max([acknowledged, *said])
        # Whoever resumes hands the last month in again.
        first = held(location, acknowledged)
    assert acknowledged > 0


def test_nothing_acknowledged_is_lost_or_doubled_by_a_killed_writer(tmp_path):
    kill_and_hold(str(tmp_path / "ledger.sqlite"), 1)


def test_nothing_acknowledged_is_lost_or_doubled_by_a_killed_server(server):
    kill_and_hold(f"{server.location}", 2, server)

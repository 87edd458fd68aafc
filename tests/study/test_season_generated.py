"""A generated season: the ledger closes, pays what accounts come to and no more, is the same however often it is settled, and
finds who lies."""

import csv
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from mas2tering.cli.app import app
from mas2tering.domain.errors import InputError
from mas2tering.settlement.season import SeasonRule
from mas2tering.study.season.generated import SeasonAsked, generated_season, paid_by_home
from mas2tering.study.season.written import generated_summary, write_generated

ASKED = SeasonAsked(days=60, homes=12, recorded=2, liars=2)


class InMemory:
    """Entries, kept for as long as the test runs; ``most`` batches, then the machine is gone."""

    def __init__(self, most=10**6):
        self.kept, self.left = [], most

    def append(self, entries):
        if not self.left:
            raise ConnectionAbortedError
        self.left -= 1
        self.kept.extend(entries)

    def entries(self):
        return tuple(self.kept)


@pytest.fixture(scope="module")
def season():
    return generated_season(ASKED, InMemory())


def test_the_ledger_closes_and_each_home_gets_what_its_account_comes_to(season):
    assert season.imbalance == 0
    paid = paid_by_home(season)
    for home, account in season.accounts.items():
        assert abs(float(paid[home]) - account.payment) < 0.02
        assert account.losses == pytest.approx(sum(day.loss for day in season.days[home]))
        assert season.statements[home].paid == paid[home]
    total = sum(account.payment for account in season.accounts.values())
    assert -0.02 < float(sum(paid.values(), Decimal(0))) - total <= 1e-9


def test_nothing_is_paid_for_a_day_held_out(season):
    held_out = [day for own in season.days.values() for day in own if day.held_out]
    assert len(held_out) > 10
    assert all(day.loss == 0.0 for day in held_out)


def test_who_lies_is_flagged_with_reasons_and_paid_less_than_it_invented(season):
    for liar in season.liars:
        account, called = season.accounts[liar], sum(day.called for day in season.days[liar])
        held_out = sum(day.held_out for day in season.days[liar])
        if held_out:
            assert liar in season.flagged
            assert "days without an order cost more" in season.verdicts[liar].reasons[0]
            assert account.payment < 0.5 * 0.2 * called
    assert any(liar in season.flagged for liar in season.liars)


def test_without_days_held_out_the_lie_would_pay(season):
    # The rule broken on purpose: what is found on a day held out counts for nothing.
    blind = generated_season(ASKED, InMemory(), SeasonRule(hold_out=1e-9))
    for liar in season.liars:
        called = sum(day.called for day in blind.days[liar])
        assert blind.accounts[liar].payment > 0.9 * 0.2 * called


@pytest.mark.parametrize("batches", [0, 1, 3])
def test_a_season_that_was_cut_off_is_settled_to_the_same_ledger(season, batches):
    store = InMemory(batches)
    try:
        generated_season(ASKED, store)
    except ConnectionAbortedError:
        store.left = 10**6
    again = generated_season(ASKED, store)
    assert again.entries == season.entries
    assert generated_season(ASKED, store).entries == season.entries


def test_a_ledger_of_something_else_is_refused(season):
    store = InMemory()
    store.append([replace(season.entries[0], amount=season.entries[0].amount + 1)])
    with pytest.raises(ValueError, match="other entries"):
        generated_season(ASKED, store)


def test_with_a_meter_alone_nothing_is_deducted():
    by_meter = generated_season(replace(ASKED, by_meter=True, homes=8), InMemory())
    assert all(account.deducted == 0.0 for account in by_meter.accounts.values())
    assert by_meter.flagged == ()
    assert by_meter.imbalance == 0


def test_its_files_say_the_same(season, tmp_path):
    write_generated(tmp_path, season)
    told = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert told["paid"] == pytest.approx(float(sum(paid_by_home(season).values(), Decimal(0))))
    assert told["ledger_imbalance"] in ("0", "0.00")
    rows = list(csv.DictReader((tmp_path / "ledger.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == len(season.entries) == told["ledger_entries"]
    balances: dict[str, Decimal] = {}
    for row in rows:
        balances[row["debit"]] = balances.get(row["debit"], Decimal(0)) - Decimal(row["amount"])
        balances[row["credit"]] = balances.get(row["credit"], Decimal(0)) + Decimal(row["amount"])
    assert balances["aggregator:the aggregator"] == 0
    for home, paid in paid_by_home(season).items():
        assert balances.get(f"member:{home}", Decimal(0)) == paid
    days = pq.read_table(tmp_path / "days.parquet").to_pylist()
    assert len(days) == 60 * 12
    assert sum(row["loss"] for row in days) == pytest.approx(told["losses"])
    page = (tmp_path / "season.html").read_text(encoding="utf-8")
    for flagged in told["flagged"]:
        assert flagged["reasons"][0].split(":")[0] in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_same_season_twice_is_the_same(season):
    other = generated_season(ASKED, InMemory())
    one, two = generated_summary(season), generated_summary(other)
    for figures in (one, two):
        del figures["planning_cpu_s"], figures["settling_cpu_s"]
    assert one == two


def test_the_command_settles_and_refuses(tmp_path):
    options = ["dso", "season", "--homes", "6", "--recorded", "1", "--days", "8", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, options)
    assert done.exit_code == 0, done.output
    first = (tmp_path / "ledger.csv").read_text(encoding="utf-8")
    assert CliRunner().invoke(app, options).exit_code == 0
    assert (tmp_path / "ledger.csv").read_text(encoding="utf-8") == first
    assert date.fromisoformat(json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["ends"])


def test_a_home_that_is_not_there_is_refused_before_anything_is_settled(tmp_path):
    asked = [
        "--days",
        "2",
        "--homes",
        "6",
        "--recorded",
        "1",
        "--home",
        "nobody",
        "--out",
        str(tmp_path / "out"),
    ]
    result = CliRunner().invoke(app, ["dso", "season", *asked])
    assert isinstance(result.exception, InputError)
    assert "--home: found nobody" in str(result.exception)
    assert not (tmp_path / "out").exists()

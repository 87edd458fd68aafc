"""A run settles its congested days by the season's rule: what is published is enough to work all of it out again, nothing is paid
to homes that were held out, and no box is believed about its order."""

import hashlib
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from mas2tering.domain.plans import bill_of
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.compile import Carry
from mas2tering.home.optimise import Budget
from mas2tering.settlement.season import JudgedDay, Parties, SeasonRule, paid_so_far, sealed
from mas2tering.study.agreed_days import planned_alone, relieved_day, traded
from mas2tering.study.compiled_homes import models_on, tariffs_on
from mas2tering.study.gaming.homes import uncontrolled_kw
from mas2tering.study.minimal import minimal_community, minimal_network
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions
from mas2tering.study.season.account import month_ends, provisional_entries, run_season
from mas2tering.study.season.agreed import lived_as_planned
from mas2tering.study.season.gate import Keyring
from mas2tering.study.season.judge import judged_day
from mas2tering.study.season.publish import season_document
from mas2tering.study.season.wording import learned_by_the_rule, season_sentences, statement_of
from mas2tering.study.summary import summary_of

DAY = date(2013, 4, 17)
OUT_OFTEN = SeasonRule(hold_out=0.999)


def agreed_on(community, reader, network):
    options = RunOptions(DAY, step_minutes=60, use_cases=("1", "2", "3"), network=network)
    axis = TimeAxis.of_days(DAY, community.time_zone, 60, day_starts_at=community.day_starts_at)
    carries = [Carry() for _ in community.homes]
    models = models_on(community, tariffs_on(community, axis, reader), reader, carries)
    alone = planned_alone(models, (), carries, Budget(), lambda *_: None, "")
    market = traded(community, models, alone, options, lambda *_: None, "")
    grid = relieved_day(community, models, market, alone, options, lambda *_: None, "")
    return lived_as_planned(grid, models, [own for _, own in alone])


@pytest.fixture(scope="module")
def village():
    made = minimal_community(DAY)
    return made.community, agreed_on(made.community, made.profiles, minimal_network())


def season_of(village, rule=None, agreed=None, community=None):
    return run_season([agreed or village[1]], community or village[0], DAY, 1, lambda _: None, rule)


@pytest.fixture(scope="module")
def lived_run():
    made = minimal_community(DAY)
    options = RunOptions(
        DAY, step_minutes=60, use_cases=("none", "1", "2", "3"), forecast="naive", network=minimal_network()
    )
    return run_community(made.community, made.profiles, options)


def number_of(seed, home):
    return int.from_bytes(hashlib.sha256(seed + b"|" + home.encode()).digest()[:8], "big") / 2**64


def bill(home, kw, hours):
    kw = np.array(kw)
    bought = hours * np.maximum(kw, 0.0) @ np.array(home["import_price_per_kwh"])
    sold = hours * np.maximum(-kw, 0.0) @ np.array(home["export_price_per_kwh"])
    return bought - sold + home["standing_charge_per_day"]


def delivered(home, rule):
    bound, ordered = np.array(home["bound_kw"]), np.array(home["ordered_kw"])
    by = np.array(home["metered_kw"])
    if home["devices_kw"] is not None:
        by = np.array(home["forecast_kw"]) + np.array(home["devices_kw"])
    moves = ordered - bound
    wanted = np.where(np.abs(moves) > 1e-6, np.abs(moves), 0.0)
    came = np.clip(np.sign(moves) * (by - bound), 0.0, wanted)
    within = wanted - came <= rule["tolerance_kw"] + rule["tolerance_share"] * wanted
    return float(np.where(within, wanted, came).sum() / wanted.sum())


def verified(document):
    """Work out draw, losses, payments and ledger again from the document alone; what the homes are due."""
    rule, due = document["rule"], {}
    for day in document["days"]:
        secrets = [bytes.fromhex(text) for text in day["secrets"]]
        iso = day["day"].encode()
        for secret, seal in zip(secrets, day["seals"], strict=True):
            assert hashlib.sha256(b"seal|" + iso + b"|" + secret).hexdigest() == seal
        seed = hashlib.sha256(b"draw|" + iso + b"|" + secrets[0] + b"|" + secrets[1]).digest()
        for home in day["homes"]:
            drawn = number_of(seed, home["id"]) < home["probability"]
            assert home["held_out"] == (drawn and "bound_kw" in home)
            if not home["called"]:
                assert home["due"] == 0.0
                continue
            hours = 24 / len(home["bound_kw"])
            cost = [
                bill(home, home[f"{name}_kw"], hours) + home[f"beside_bill_{name}"]
                for name in ("bound", "ordered")
            ]
            loss = max(0.0, cost[1] - cost[0])
            assert home["loss"] == pytest.approx(loss, abs=1e-6)
            assert home["due"] == pytest.approx(loss * delivered(home, rule), abs=1e-6)
            due[home["id"]] = due.get(home["id"], 0.0) + home["due"]
    balances = {}
    for entry in document["entries"]:
        amount = Decimal(entry["amount"])
        balances[entry["debit"]] = balances.get(entry["debit"], Decimal(0)) - amount
        balances[entry["credit"]] = balances.get(entry["credit"], Decimal(0)) + amount
    assert sum(balances.values(), Decimal(0)) == 0
    assert all(own == 0 for account, own in balances.items() if account.startswith("aggregator:"))
    for home in document["homes"]:
        got = balances.get(f"member:{home['id']}", Decimal(0))
        assert got == Decimal(home["paid"]) + Decimal(home["held_back"])
        assert 0.0 <= due.get(home["id"], 0.0) - float(got) < 0.01
    return due


def test_what_is_published_is_enough_to_work_payments_out_again(lived_run):
    document = json.loads(json.dumps(season_document(lived_run.season)))
    due = verified(document)
    assert sum(due.values()) > 0.05
    told = summary_of(lived_run)["settlement"]["season"]
    assert told["losses"] == pytest.approx(sum(due.values()))
    assert told["lived"] == "as it turned out"
    assert told["ledger_imbalance_cents"] == 0
    # A cent more in one entry is seen.
    document["entries"][0]["amount"] = str(Decimal(document["entries"][0]["amount"]) + Decimal("0.01"))
    with pytest.raises(AssertionError):
        verified(document)


def test_a_day_without_a_forecast_is_settled_as_planned_and_says_so(village):
    season = season_of(village)
    payments = village[1].grid.settled.payments
    for row in payments.rows:
        assert season.accounts[row.home.id].losses == pytest.approx(row.loss.amount)
    assert "as if it were lived as planned" in " ".join(season_sentences(season))
    for own in season.days[0].homes:
        assert own.judged.dearer == pytest.approx(0.0, abs=1e-9)


def test_homes_that_are_held_out_live_their_bound_plan_and_get_nothing(village):
    season = season_of(village, OUT_OFTEN)
    bound = village[1].lived_bound
    for k, own in enumerate(season.days[0].homes):
        assert own.judged.held_out
        assert own.opened == "held out"
        np.testing.assert_array_equal(season.days[0].lived[k].net_kw, bound[k].net_kw)
        assert "the lot fell on you" in " ".join(statement_of(season, own.home))
    assert season.losses == 0.0
    assert season.entries == ()
    assert not any(account.is_flagged for account in season.accounts.values())


def test_a_home_that_was_held_out_and_lived_something_dearer_is_flagged(village):
    agreed = village[1]
    dearer = [
        replace(plan, net_kw=plan.net_kw + 1.0, costs=bill_of(model.tariff, plan.net_kw + 1.0))
        for plan, model in zip(agreed.lived_bound, agreed.models, strict=True)
    ]
    season = season_of(village, OUT_OFTEN, replace(agreed, lived_bound=tuple(dearer)))
    for account in season.accounts.values():
        assert account.held_out.beyond > 0.0
        assert account.is_flagged


def test_an_order_that_the_declared_home_would_not_answer_is_worked_out_again(village):
    community, agreed = village
    honest = season_of(village, OUT_OFTEN)
    for own in honest.days[0].homes:
        assert own.recomputed is not None
        assert -1e-6 < own.recomputed.costs_more <= own.recomputed.at_most
        assert own.recomputed.stands
    # Boxes that answer as if they were pushed far harder: the order is a plan that no price asked for.
    settled = agreed.grid.settled
    rows = []
    for row in settled.payments.rows:
        kw = row.home.ordered.net_kw + np.where(np.arange(24) % 2, 3.0, -3.0)
        wild = replace(row.home.ordered, net_kw=kw)
        bound_costs = row.loss.bound
        costs = replace(bill_of(row.home.tariff, kw), wear=5.0)
        rows.append(
            replace(
                row,
                home=replace(row.home, ordered=wild),
                order=replace(row.order, ordered_kw=kw),
                loss=replace(row.loss, bound=bound_costs, ordered=costs),
            )
        )
    grid = replace(agreed.grid, settled=replace(settled, rows=tuple(rows)))
    day = judged_day(
        replace(agreed, grid=grid), community, 1, Keyring(1), SeasonRule(), frozenset({"north", "south"})
    )
    for own, lied in zip(day.homes, rows, strict=True):
        assert own.opened == "flagged"
        assert not own.recomputed.stands
        assert own.known.loss.amount < 0.2 * lied.loss.amount


def test_seals_hide_what_is_in_them_and_open_to_nothing_else(village):
    day = season_of(village).days[0]
    for home, opening in day.gate.openings.items():
        commitment, said = day.gate.commitments[home], opening.declaration
        assert sealed(said, opening.salt) == commitment.seal
        moved = said.bound_kw.copy()
        moved[0] += 1e-3
        assert sealed(replace(said, bound_kw=moved), opening.salt) != commitment.seal
        assert Keyring(1).is_signed_by(home, commitment.signed_text, commitment.signature)
        assert not Keyring(2).is_signed_by(home, commitment.signed_text, commitment.signature)
    # One home's salt says nothing about another's.
    assert len({opening.salt for opening in day.gate.openings.values()}) == 2


def test_only_drawn_and_flagged_homes_are_opened(village):
    nobody = season_of(village)
    assert [own.opened for own in nobody.days[0].homes] == [None, None]
    assert "of no" in learned_by_the_rule(nobody)["settlement, of openings"]
    everybody = season_of(village, OUT_OFTEN)
    said = learned_by_the_rule(everybody)["settlement, of openings"]
    assert "2 held out" in said
    assert sum(len(o.declaration.text()) + 32 for o in everybody.days[0].gate.openings.values()) == int(
        said.split("(")[-1].split(" ")[0].replace(",", "")
    )


def test_without_device_records_the_loss_of_the_bill_alone_is_paid(village):
    community, agreed = village
    blind = community.model_copy(
        update={"homes": tuple(h.model_copy(update={"device_records": False}) for h in community.homes)}
    )
    season = season_of(village, community=blind)
    for row, own in zip(agreed.grid.settled.payments.rows, season.days[0].homes, strict=True):
        bills = [bill_of(row.home.tariff, plan.net_kw).cost for plan in (row.home.bound, row.plan)]
        assert own.judged.loss == pytest.approx(max(0.0, bills[1] - bills[0]))
        assert not own.judged.may_deduct
        words = " ".join(statement_of(season, own.home))
        assert "Your devices keep no records: the loss is that of the bill alone" in words
        assert "By your meter" in words
    assert "without device records" in " ".join(season_sentences(season))
    held_out = season_of(village, OUT_OFTEN, community=blind)
    assert all(account.deducted == 0.0 for account in held_out.accounts.values())


def test_comfort_beyond_three_times_its_standard_binds_nobody_and_pays_nothing(village, monkeypatch):
    monkeypatch.setattr("mas2tering.study.season.gate.discomfort_of", lambda home: {"kelvin_hour": 1.6})
    season = season_of(village, OUT_OFTEN)
    for own in season.days[0].homes:
        assert "expected 0 to 3 times the standard of 0.5" in own.reasons[0]
        assert own.judged.loss == 0.0
    called = judged_day(village[1], village[0], 1, Keyring(1), SeasonRule(), frozenset({"north", "south"}))
    ordered = [own for own in called.homes if own.judged.called]
    assert ordered
    for own in ordered:
        assert own.judged.loss == 0.0
        assert own.delivered_share == 1.0
    # What is not opened cannot be seen.
    assert not any(own.reasons for own in season_of(village).days[0].homes)


def test_what_is_not_delivered_is_not_paid(village):
    agreed = village[1]
    lazy = season_of(village, agreed=replace(agreed, lived_ordered=agreed.lived_bound))
    full = season_of(village)
    for own, before in zip(lazy.days[0].homes, full.days[0].homes, strict=True):
        assert own.judged.called
        assert own.delivered_share < 0.5
        assert own.judged.loss == pytest.approx(own.delivered_share * before.judged.loss)
        assert own.judged.short_kwh > 0.0
        account = lazy.accounts[own.home]
        assert account.short_charge == pytest.approx(0.5 * own.judged.short_kwh)
        assert f"You did not deliver {account.short_kwh:.2f}"[:24] in " ".join(statement_of(lazy, own.home))
    assert lazy.entries == ()


def test_what_the_forecasting_service_did_not_know_is_held_against_nobody(lived_run):
    for own in lived_run.season.days[0].homes:
        assert not np.array_equal(own.lived.metered_kw, own.known.ordered.net_kw)
        np.testing.assert_allclose(
            own.lived.record.devices_kw, own.known.ordered.net_kw - own.known.uncontrolled_kw, atol=1e-9
        )
        assert own.judged.dearer == pytest.approx(0.0, abs=1e-6)
        assert own.delivered_share == pytest.approx(1.0)


def test_months_are_paid_one_after_another():
    assert month_ends(date(2013, 4, 17), 1) == (date(2013, 4, 30), date(2013, 5, 31))
    assert month_ends(date(2013, 12, 31), 1, date(2013, 11, 2)) == (
        date(2013, 11, 30),
        date(2013, 12, 31),
        date(2014, 1, 31),
    )


def test_a_month_is_paid_at_the_end_of_the_next_and_the_rest_is_held_back():
    parties = Parties("operator", {"a": "aggregator", "b": "aggregator"}, "EUR")
    called = [
        JudgedDay(
            day,
            held_out=False,
            called=True,
            probability=0.1,
            loss=0.504,
            short_kwh=0.0,
            dearer=0.0,
            deviation=1.0,
        )
        for day in (date(2013, 4, 17), date(2013, 4, 18), date(2013, 5, 2))
    ]
    last_day = date(2013, 5, 31)
    entries = provisional_entries({"a": called, "b": called[:1]}, last_day, SeasonRule(), parties)
    paid = paid_so_far([own for own in entries if own.day <= last_day])
    later = paid_so_far([own for own in entries if own.day > last_day])
    # Less than a cent stays in the account: two days bring 1.008, three 1.512.
    assert paid == {"a": Decimal("1.00"), "b": Decimal("0.50")}
    assert later == {"a": Decimal("0.51")}
    assert {own.day for own in entries} == {date(2013, 5, 31), date(2013, 6, 30)}


def test_several_days_are_one_season():
    made = minimal_community(DAY)
    options = RunOptions(DAY, days=2, step_minutes=60, use_cases=("1", "2", "3"), network=minimal_network())
    run = run_community(made.community, made.profiles, options)
    assert [day.gate.draw.day for day in run.season.days] == [DAY, date(2013, 4, 18)]
    secrets = [day.gate.secrets for day in run.season.days]
    assert len({*secrets[0], *secrets[1]}) == 4
    verified(json.loads(json.dumps(season_document(run.season))))
    told = summary_of(run)["settlement"]["season"]
    assert told["lived"] == "as planned"
    assert told["days_congested"] == 2


def test_a_day_without_congestion_says_that_nobody_is_paid():
    made = minimal_community(DAY)
    network = minimal_network()
    wide = replace(
        network,
        transformer=replace(network.transformer, rating_kva=1000.0),
        cables=tuple(replace(cable, rating_a=None) for cable in network.cables),
        voltage_limits=replace(network.voltage_limits, low_pu=0.5, high_pu=1.5),
    )
    options = RunOptions(DAY, step_minutes=60, use_cases=("1", "2", "3"), network=wide)
    run = run_community(made.community, made.profiles, options)
    assert run.season is None
    assert summary_of(run)["settlement"]["season"] == {"days_congested": 0}
    assert "settlement, of seals" not in summary_of(run)["privacy"]


def test_a_run_is_settled_the_same_to_the_bit_for_a_seed(village):
    one, other = (json.dumps(season_document(season_of(village))) for _ in range(2))
    assert one == other


def test_models_as_they_were_declared_add_up(village):
    agreed = village[1]
    for model, expected in zip(agreed.models, agreed.expected, strict=True):
        np.testing.assert_array_equal(expected.uncontrolled_kw, uncontrolled_kw(model))

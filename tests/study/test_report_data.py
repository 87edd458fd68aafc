"""What the report says is what the run holds: figures, balances, shares of savings, times on the clock, names."""

import base64
import json
from datetime import UTC, date, datetime
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from report_fixture import HOSTILE, example_run

from mas2tering.domain.local_market import TwoPrices
from mas2tering.domain.plans import Costs, DevicePlan, HomePlan
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.settlement.wording import MINUS, number, percent, symbol_of
from mas2tering.study.figures import figures_of, savings
from mas2tering.study.report import readings, write_report
from mas2tering.study.report.activity import Move, activity, when
from mas2tering.study.report.attribution import attribution_of, mean_price
from mas2tering.study.report.balance import balance_of
from mas2tering.study.report.data import axis_data, report_data
from mas2tering.study.report.packing import NO_VALUE, packed
from mas2tering.study.report.page import embedded, page_of
from mas2tering.study.report.wording import amount


def unpacked(text):
    """What the page makes of a packed series: whole numbers, None for a gap."""
    numbers, number, place = [], 0, 0
    for byte in base64.b64decode(text):
        number, place = number + (byte % 128 << place), place + 7
        if byte < 128:
            numbers.append(number)
            number, place = 0, 0
    values, value, rest = [], 0, iter(numbers)
    for number in rest:
        value += -(number + 1) // 2 if number % 2 else number // 2
        values += [None if value == NO_VALUE else value] * (1 if number else next(rest))
    return values


AXIS = TimeAxis(datetime(2024, 6, 12, 4, tzinfo=UTC), 15, 96, "Europe/Brussels")


class Page(HTMLParser):
    """What a browser would see of a page: elements, what they load or link to, the text of scripts and title."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.links, self.text, self.open = [], [], {}, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.links += [(name, value) for name, value in attrs if name in ("src", "href", "srcset", "action")]
        self.open = dict(attrs).get("id") or tag

    def handle_endtag(self, tag):
        self.open = ""

    def handle_data(self, data):
        self.text[self.open] = self.text.get(self.open, "") + data


@cache
def _run():
    return example_run()


@cache
def _page():
    return Page(page_of(report_data(_run())))


def _embedded():
    return json.loads(_page().text["data"])


def test_figures_are_those_of_the_run():
    for use_case in _run().use_cases:
        figures = figures_of(_run(), use_case)
        shown = _embedded()["figures"][use_case]
        assert shown["cost"] == pytest.approx(figures.costs.cost, abs=1e-4)
        assert shown["energy_bought"] == pytest.approx(figures.costs.energy_bought, abs=1e-4)
        for name in ("import_kwh", "export_kwh", "generation_kwh", "self_consumption", "peak_import_kw"):
            assert shown[name] == pytest.approx(getattr(figures, name), abs=1e-4)


def test_every_home_is_there_with_its_saving():
    homes = _embedded()["homes"]
    assert [home["id"] for home in homes] == [home.id for home in _run().community.homes]
    assert [home["saving"] for home in homes] == pytest.approx(list(savings(_run(), "1")), abs=1e-4)


def test_the_page_loads_nothing_and_is_kept_from_loading():
    assert all(name == "href" and value.startswith("#") for name, value in _page().links)
    assert "link" not in _page().elements
    assert "img" not in _page().elements
    assert "default-src 'none'" in page_of(report_data(_run()))


def test_hostile_names_are_names():
    # The scripts of the template, and no more: data, drawing, library, start.
    assert _page().elements.count("script") == 4
    assert _page().text["title"] == "Try-out & <b>Lane</b>: report"
    assert _embedded()["homes"][-1]["id"] == HOSTILE
    assert not set("<>&\u2028\u2029") & set(embedded(report_data(_run())))


def test_headings_are_in_order():
    levels = [int(tag[1]) for tag in _page().elements if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_sources_and_uses_balance_in_every_step():
    for use_case in _run().use_cases:
        balance = balance_of(_run(), use_case)
        assert sum(balance.sources_kw.values()) == pytest.approx(sum(balance.uses_kw.values()), abs=1e-9)
        assert all(values.min() >= 0 for values in (*balance.sources_kw.values(), *balance.uses_kw.values()))
        net_kw = balance.sources_kw["grid"] - balance.uses_kw.get("export", 0.0)
        assert net_kw == pytest.approx(_run().net_kw(use_case), abs=1e-9)


def test_shares_and_what_stands_apart_sum_to_the_saving():
    for run in (_run(), example_run(days=2, step=60)):
        for k, saved in enumerate(savings(run, "1")):
            shares = attribution_of(
                run.plans("none", k),
                run.plans("1", k),
                [day.tariffs[k] for day in run.days],
                [None] * len(run.days),
            )
            assert shares.total == pytest.approx(saved, abs=1e-9)
    for home in _embedded()["homes"]:
        assert set(home["rest"]) <= {"Peak charge", "Standing charge"}
        parts = [device["saves"] for device in home["devices"]] + list(home["rest"].values())
        assert sum(parts) == pytest.approx(home["saving"], abs=1e-3)


def test_a_device_that_does_as_before_has_no_share():
    unchanged = [d for home in _embedded()["homes"] for d in home["devices"] if not d["changed"]]
    assert unchanged
    assert all(device["saves"] == 0 and device["moved_kwh"] == 0 for device in unchanged)


KW = arrays(float, 96, elements=st.floats(-10, 10))
PRICE = arrays(float, 96, elements=st.floats(-0.5, 1))


@given(KW, KW, KW, KW, PRICE, PRICE)
def test_any_change_is_shared_out_whole_at_prices_between_those_of_the_tariff(a, b, c, d, bought, sold):
    tariff = TariffOnAxis("t", AXIS, bought, sold, None, 0.0)

    def plan(first, second):
        net = first + second
        cost = (np.maximum(net, 0) @ bought - np.maximum(-net, 0) @ sold) / 4
        devices = (DevicePlan("one", "ev", first), DevicePlan("two", "battery", second))
        return HomePlan("home", AXIS, net, devices, Costs(energy_bought=float(cost)), "optimal")

    before, after = plan(a, b), plan(c, d)
    shares = attribution_of([before], [after], [tariff], [None])
    assert shares.total == pytest.approx(before.costs.cost - after.costs.cost, abs=1e-6)
    price = mean_price(before.net_kw, after.net_kw, TwoPrices(bought, sold))
    clear = np.abs(before.net_kw - after.net_kw) > 1e-3
    assert np.all(price[clear] >= np.minimum(bought, sold)[clear] - 1e-9)
    assert np.all(price[clear] <= np.maximum(bought, sold)[clear] + 1e-9)


@pytest.mark.parametrize(
    ("day", "steps"), [(date(2024, 3, 30), 92), (date(2024, 10, 26), 100), (date(2024, 6, 12), 96)]
)
def test_labels_are_distinct_times_of_the_local_clock(day, steps):
    axis = axis_data([TimeAxis.of_days(day, "Europe/Brussels", 15, day_starts_at="06:00")])
    assert len(axis.labels) == steps + 1
    assert len(set(axis.labels[:-1])) == steps
    assert axis.labels[0].startswith("06:00")
    assert all(axis.labels[step][:5] == f"{hour:02d}:00" for step, hour in axis.marks)


def test_days_follow_one_another():
    run = example_run(date(2024, 10, 26), days=2, use_cases=("none", "1"), step=30)
    data = report_data(run)
    assert data.axis.day_steps == [0, 50]
    assert len(data.axis.labels) == 50 + 48 + 1
    assert all(len(unpacked(device.before)) == 98 for home in data.homes for device in home.devices)
    assert all(len(unpacked(tariff.import_price)) == 98 for tariff in data.tariffs)
    moves = next(d.moves for d in data.homes[2].devices if d.id == "washing_machine")
    assert [move.day for move in moves] == ["Sat 26 Oct", "Sun 27 Oct"]
    assert moves[0].before == "starts 18:30"


def test_a_device_that_nobody_may_touch_is_told_by_its_starts():
    washer = next(d for d in report_data(_run()).homes[-1].devices if d.id == "old_washer")
    assert not washer.changed
    assert {(move.before, move.after) for move in washer.moves} == {("starts 18:00", "starts 18:00")}


def test_one_use_case_alone_makes_a_report(tmp_path):
    run = example_run(use_cases=("none",), step=60)
    data = report_data(run)
    assert data.before == data.after == "none"
    write_report(tmp_path / "report.html", run)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_report_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match="missing"):
        write_report(tmp_path / "missing" / "report.html", _run())
    assert not list(tmp_path.iterdir())


def test_wishes_that_clash_are_told_in_the_users_words():
    clashes = [clash for home in _embedded()["homes"] for clash in home["clashes"]]
    assert [(clash["home"], clash["device"]) for clash in clashes] == [("house_004", "dishwasher")]
    assert "21:00" in clashes[0]["reason"]
    assert _embedded()["readings"]["relaxed"].startswith("1\u00a0wish of 1\u00a0home could not")
    assert readings.relaxed([0, 0]) == "Every wish of every home is met."


def test_a_home_is_told_which_device_moved_where():
    move = Move("", "starts 18:00", "starts 20:00")
    shares, moves = {"dish_washer": 0.4, "base": 0.0}, {"dish_washer": move}
    assert readings.home(2.0, 1.6, shares, 0.0, 0.0, "€", 1, moves) == (
        "Costs €1.60 a day instead of €2.00: €0.40 (20\u00a0%) less. "
        "It comes from the dish washer (€0.40): starts 20:00 instead of 18:00."
    )
    assert (
        readings.home(2.0, 2.0, shares, 0.0, 0.0, "€", 1, moves)
        == "Costs €2.00 a day, as without the platform."
    )
    assert "dish" not in readings.home(2.0, 1.6, shares, 0.5, 0.0, "€", 1, moves)


def test_notes_name_the_homes_that_they_concern():
    noted = dict(_embedded()["notes"])
    for k, plan in enumerate(_run().days[0].plans["1"]):
        assert all(k in noted[note] for note in plan.notes)


def _power(*spans, kw=2.0):
    values = np.zeros(96)
    for first, last in spans:
        values[first:last] = kw
    return values


def test_times_of_a_device_in_words():
    assert when(_power(), AXIS) == ""
    assert when(_power((0, 96)), AXIS) == "all day"
    assert when(_power((50, 57)), AXIS) == "18:30–20:15"
    assert when(_power((50, 57), (58, 60)), AXIS) == "18:30–21:00"
    many = _power((0, 1), (10, 11), (20, 21), (30, 31), (40, 60))
    assert when(many, AXIS).startswith("mainly")
    assert when(_power(*((k, k + 1) for k in range(0, 96, 5))), AXIS).startswith("20 times a day")
    assert (
        activity(DevicePlan("b", "battery", _power((20, 40)) - _power((60, 70))), AXIS)
        == "charges 11:00–16:00; gives 21:00–23:30"
    )
    assert activity(DevicePlan("w", "programme", _power((29, 35)), starts=(29,)), AXIS) == "starts 13:15"
    assert activity(DevicePlan("w", "programme", _power()), AXIS) == "left out"


def test_sentences_follow_the_figures():
    saved = np.array([1.0, 0.0005, -0.5])
    assert readings.who_gains(readings.Gains.of(saved)) == "1 of 3\u00a0homes pays less, 1 the same, 1 more."
    low, high = np.array([1.0, 2.0]), np.array([5.0, 2.0])
    labels = ["06:00", "06:15"]
    assert readings.net_load(low, high, labels).startswith(
        "Peak import rises from 2.0\u00a0kW (06:15) to 5.0\u00a0kW (06:00)"
    )
    assert "falls" in readings.net_load(high, low, labels)
    assert (
        readings.headline(10.0, 8.0, "€", 2)
        == "Planning each home’s day saves €1.00 a day, 20\u00a0% of what it costs."
    )
    assert "costs €1.00 more a day" in readings.headline(8.0, 10.0, "€", 2)
    assert "saves nothing" in readings.headline(8.0, 8.0, "€", 1)
    assert "same at all times" in readings.dear_hours(low, high, np.array([0.2, 0.2]), 0.25)


@given(st.lists(st.sampled_from([0.0, 1.0, -3.5, np.nan]) | st.floats(-5000, 5000), max_size=200))
def test_packed_series_are_read_as_they_were_to_a_hundredth(values):
    read = unpacked(packed(np.array(values)))
    assert [value is None for value in read] == [bool(np.isnan(value)) for value in values]
    known = [
        (value, hundredths) for value, hundredths in zip(values, read, strict=True) if hundredths is not None
    ]
    assert all(abs(100 * value - hundredths) <= 0.5000001 for value, hundredths in known)


def test_a_device_that_rests_all_day_takes_four_characters():
    assert packed(np.zeros(96)) == "AGA="
    assert packed(np.tile(0.25, 96), per_unit=10_000) == "iCcAXw=="


def test_devices_of_a_home_sum_to_its_load():
    run, data = _run(), report_data(_run())
    for k, home in enumerate(data.homes):
        series = [np.array(unpacked(d.before if d.after is None else d.after)) for d in home.devices]
        net_kw = np.concatenate([plan.net_kw for plan in run.plans("1", k)])
        assert sum(series) / 100 == pytest.approx(net_kw, abs=0.005 * len(series))


@given(st.floats(-1e6, 1e6))
def test_amounts_carry_their_sign_and_nothing_is_negative_about_zero(value):
    text = amount(value, "€")
    assert float(text.replace("€", "").replace(",", "").replace(MINUS, "-")) == pytest.approx(
        value, abs=0.00501
    )
    assert MINUS not in amount(-0.001, "€")


def test_numbers_have_separators_and_units():
    assert number(12345.6, "kWh") == "12,346\u00a0kWh"
    assert percent(0.1234) == "12\u00a0%"
    assert percent(0.00123) == "0.12\u00a0%"
    assert symbol_of("GBP") == "£"
    assert symbol_of("CHF") == "CHF\u00a0"

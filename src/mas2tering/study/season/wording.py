"""The season's rule in words: what a run came to by it, each home's statement, and what was opened to whom."""

from collections import Counter
from decimal import Decimal

from mas2tering.settlement.flexibility import FlexOrder
from mas2tering.settlement.season import weight_of
from mas2tering.settlement.wording import amount, count, energy, long_date, percent
from mas2tering.study.season.account import RunSeason
from mas2tering.study.season.judge import HomeDay, opened_homes

_SMALL = 4
"""Losses of a day are often below a cent: they are said with so many digits."""
_NO_MONEY = 5e-5
_PRICE_BYTES = 4
NOBODY_PAID = (
    "Season's rule: no day is congested, so that nobody is ordered to do anything, held out, or paid."
)


def season_sentences(season: RunSeason) -> tuple[str, ...]:
    """What the days of a run came to by the season's rule, for a person."""
    days = [own for day in season.days for own in day.homes]
    called = sum(own.judged.called for own in days)
    held_out = sum(own.judged.held_out for own in days)
    many = len(season.days)
    plan_words = ", who live the plan that they are bound to" if held_out else ""
    sentences = [
        f"Season's rule, {count(many, 'congested day')}: orders to {count(called, 'home') if many == 1 else count(called, 'home-day')}, "
        f"{held_out or 'nobody'} held out by lot{plan_words}.",
        f"Losses as far as they were delivered: {amount(season.losses, season.currency, _SMALL)}; {_due(season)}. That is what "
        "is paid; the payment for the plans is what it comes to if nobody is held out and days turn out as planned.",
    ]
    if season.lived_as == "as planned":
        sentences.append("No day was forecast and lived: it is settled as if it were lived as planned.")
    if season.broken is not None and season.broken_without is not None:
        instead = f"; with nobody held out, {season.broken_without or 'none'}" if held_out else ""
        sentences.append(
            f"As lived, {count(season.broken, 'limit')} of the network {'is' if season.broken == 1 else 'are'} broken{instead}."
        )
    return (*sentences, *_exceptions(days))


def _due(season: RunSeason) -> str:
    """What is paid of the losses, and when."""
    if season.losses < _NO_MONEY:
        return "no order that was carried out costs its home anything"
    paid, held_back = (
        sum((of_home(home) for home in season.homes), Decimal(0))
        for of_home in (season.paid, season.held_back)
    )
    when = f"is held back and due by {long_date(season.due_on)}, unless a day until then speaks against it"
    parts = [
        f"{amount(part, season.currency)} {words}"
        for part, words in ((paid, "is paid by the end of the run"), (held_back, when))
        if part
    ]
    return "; ".join(parts) or "nothing reaches a whole cent yet, and stays in the accounts"


def _exceptions(days: list[HomeDay]) -> tuple[str, ...]:
    """Orders that did not stand, commitments that do not count, homes without records."""
    replaced = [own.home for own in days if own.recomputed is not None and not own.recomputed.stands]
    refused = list(dict.fromkeys(own.home for own in days if own.reasons))
    by_meter = list(dict.fromkeys(own.home for own in days if own.lived.record is None))
    found = []
    if replaced:
        found.append(
            f"{count(len(replaced), 'order')} {'is' if len(replaced) == 1 else 'are'} not what the declared home answers to the negotiated "
            f"prices, and settled as worked out again: {_some(replaced)}."
        )
    if refused:
        found.append(f"The commitments of {_some(refused)} do not count, and nothing is paid for them.")
    if by_meter:
        found.append(
            f"{count(len(by_meter), 'home')} without device records: the loss of the bill alone counts, and nothing is deducted."
        )
    return tuple(found)


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


def statement_of(season: RunSeason, home: str) -> tuple[str, ...]:
    """A home's statement for the run, in sentences that it can check with its own data."""
    account, currency = season.accounts[home], season.currency
    days = [sentence for own in season.days_of(home) for sentence in _day(own, season)]
    deducted = (
        (
            f"{amount(account.deducted, currency, _SMALL)} is deducted: days that you lived do not agree with your plans beyond chance.",
        )
        if account.deducted
        else ()
    )
    short = (
        (
            f"You did not deliver {energy(account.short_kwh)} of what was ordered, and pay {amount(account.short_charge, currency)} for it.",
        )
        if account.short_kwh
        else ()
    )
    check = (
        (
            f"To check it: prices, your plan, your order and what your meter showed stand by step in season.json, under {home}.",
        )
        if any(own.known.order is not None for own in season.days_of(home))
        else ()
    )
    return (*days, *deducted, *short, *_money(season, home), *check)


def _day(own: HomeDay, season: RunSeason) -> tuple[str, ...]:
    known, currency, when = own.known, season.currency, long_date(own.known.day)
    if known.order is None:
        return (f"{when}: you got no order, and keep your plan.",)
    if own.judged.held_out:
        dearer = own.judged.dearer or 0.0
        weight = weight_of(own.judged.probability)
        return (
            f"{when}: the lot fell on you. You got no order, are paid nothing, and lived the plan that you were bound to; your declaration "
            "was opened, to hold the day against it.",
            f"The day cost {_difference(dearer, currency)} your plan. It stands for {weight:.0f} other days, and chance explains "
            f"{amount(season.rule.dead_band * own.judged.deviation, currency, _SMALL)} of it.",
        )
    loss = known.loss
    sentences = [
        f"{when}: you were asked to draw {_asked(known.order)} than planned. At your own supplier, without local trades, your plan costs "
        f"{amount(loss.bound.cost, currency, _SMALL)}, with the order {amount(loss.ordered.cost, currency, _SMALL)}: "
        + (f"a loss of {amount(loss.amount, currency, _SMALL)}." if loss.amount > _NO_MONEY else "no loss."),
        f"By {'your meter' if own.lived.record is None else 'the records of your devices'} you delivered "
        f"{percent(own.delivered_share or 0.0)} of it; {amount(own.judged.loss, currency, _SMALL)} is due.",
    ]
    if own.lived.record is None:
        sentences.append(
            "Your devices keep no records: the loss is that of the bill alone, and nothing is deducted."
        )
    if own.opened is not None:
        sentences.append(
            f"You were drawn to be opened ({own.opened}): what you sealed was compared with what you were ordered."
        )
    if own.recomputed is not None and not own.recomputed.stands:
        sentences.append(
            "The order is not what your declared devices answer to the negotiated prices: it was worked out again."
        )
    return (*sentences, *(f"Nothing is paid: {reason}." for reason in own.reasons))


def _asked(order: FlexOrder) -> str:
    parts = [
        f"{energy(kwh)} {word}"
        for kwh, word in ((order.reduced_kwh, "less"), (order.increased_kwh, "more"))
        if kwh > 1e-6
    ]
    return " and ".join(parts) or "otherwise"


def _difference(dearer: float, currency: str) -> str:
    if abs(dearer) < _NO_MONEY:
        return "as much as"
    return f"{amount(abs(dearer), currency, _SMALL)} {'more' if dearer > 0 else 'less'} than"


def _money(season: RunSeason, home: str) -> tuple[str, ...]:
    currency, paid, held_back = season.currency, season.paid(home), season.held_back(home)
    sentences = []
    if paid:
        sentences.append(
            f"Paid provisionally: {amount(paid, currency)}, through {season.parties.aggregator_of[home]}."
        )
    if held_back:
        sentences.append(
            f"{amount(held_back, currency)} {'more ' if paid else ''}is held back for a month and due by {long_date(season.due_on)}; days until then can "
            "take from it, with reasons that you may appeal against."
        )
    if not paid and not held_back and season.accounts[home].payment > 0.0:
        sentences.append("That is less than a cent, and stays in your account until more comes to it.")
    return tuple(sentences)


def learned_by_the_rule(season: RunSeason) -> dict[str, str]:
    """By party: what settling by the season's rule opened to it, and how many bytes that took."""
    opened = opened_homes(season.days)
    why = Counter(opened.values())
    openings = [
        own_day.gate.openings[own.home] for own_day in season.days for own in own_day.homes if own.opened
    ]
    declared = sum(len(own.declaration.text()) + len(own.salt) for own in openings)
    homes, days = len(season.accounts), len(season.days)
    commitments = sum(
        len(seal.signed_text) + len(seal.signature)
        for day in season.days
        for seal in day.gate.commitments.values()
    )
    asked = 2 * _PRICE_BYTES * season.days[0].homes[0].known.bound.axis.steps
    meters = sum(
        asked for day in season.days for own in day.homes if own.judged.called or own.judged.held_out
    )
    reasons = ", ".join(f"{many} {reason}" for reason, many in sorted(why.items())) or "nobody"
    return {
        "settlement, of seals": (
            f"of {homes} homes a seal for each of {count(days, 'congested day')}, signed and with its time ({commitments:,} bytes): nothing of what is in it"
        ),
        "settlement, of openings": (
            f"bound plan, devices, windows and prices of comfort of {count(len(opened), 'home')} ({reasons}) on the days on which they were drawn "
            f"({declared:,} bytes); those of the other {homes - len(opened)} stay sealed, and their boxes work out what they are due"
        ),
        "settlement, of meters": (
            f"what the meter and the devices' records show of homes with an order, or held out, by step ({meters:,} bytes)"
        ),
        "everybody, of the lot": (
            f"two seals before the gate and two secrets after it ({128 * days:,} bytes), from which anybody can draw again who is held out"
        ),
    }

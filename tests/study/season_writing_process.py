"""A process that pays a season month by month without end, and says what was acknowledged; the tests kill it.

python season_writing_process.py LOCATION FIRST_MONTH
"""

import sys
from datetime import date

from mas2tering.settlement.ledger import Entry
from mas2tering.settlement.season import JudgedDay, Parties, SeasonRule, monthly_entries
from mas2tering.study.season.account import month_ends
from mas2tering.study.season.stored import opened_ledger

SEASON, HOMES = "season 2000", [f"home {k}" for k in range(5)]
PARTIES = Parties("operator", dict.fromkeys(HOMES, "aggregator"), "EUR")


def judged_day(home: int, month: int) -> JudgedDay:
    """A called day in the middle of a month, with a loss of its own."""
    day = date(2000 + month // 12, month % 12 + 1, 15)
    loss = 0.5 + 0.013 * ((home + 3 * month) % 7)
    return JudgedDay(
        day, held_out=False, called=True, probability=0.1, loss=loss, short_kwh=0.0, dearer=0.0, deviation=1.0
    )


def entries_of_month(month: int, booked: list[Entry]) -> tuple[Entry, ...]:
    """What is paid at a month's end, after what is booked."""
    days = {home: [judged_day(k, m) for m in range(month + 1)] for k, home in enumerate(HOMES)}
    [ends] = month_ends(date(2000 + month // 12, month % 12 + 1, 1), 0)
    return monthly_entries(days, ends, SeasonRule(), {}, PARTIES, booked)


def main() -> None:
    location, month = sys.argv[1], int(sys.argv[2])
    with opened_ledger(location, SEASON) as ledger:
        booked = list(ledger.entries())
        while True:
            entries = entries_of_month(month, booked)
            ledger.append(entries)
            sys.stdout.write(f"month {month}\n")
            sys.stdout.flush()
            booked += entries
            month += 1


if __name__ == "__main__":
    main()

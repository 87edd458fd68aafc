"""``mas2tering generate``: a community file made from statistics."""

from pathlib import Path

from mas2tering.cli.run import parsed_date
from mas2tering.cli.terminal import messages
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.files import write_community
from mas2tering.study.generator import SCENARIOS, generate_community
from mas2tering.study.generator.sites import SITES


def generate_command(
    out: Path, homes: int, scenario: str, seed: int, site: str, date: str, days: int
) -> None:
    """Generate and write.

    Raises:
        InputError: with everything that is wrong with what was asked.
    """
    first_day = parsed_date(date)
    problems = []
    if scenario not in SCENARIOS:
        problems.append(InputProblem("generate", "--scenario", scenario, f"one of {', '.join(SCENARIOS)}"))
    if site not in SITES:
        problems.append(InputProblem("generate", "--site", site, f"one of {', '.join(SITES)}"))
    if first_day is None:
        problems.append(InputProblem("generate", "--date", date, "a date such as 2013-04-17"))
    if out.is_dir():
        problems.append(InputProblem("generate", "--out", f"{out}, which is a folder", "the name of a file"))
    if problems or first_day is None:
        raise InputError(problems)
    made = generate_community(site, homes, SCENARIOS[scenario], seed, first_day, days)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_community(out, made.community, made.profiles.table)
    messages.print(
        f"Wrote {out}, profiles beside it. Next: mas2tering run {out}", soft_wrap=True, highlight=False
    )

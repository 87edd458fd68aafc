"""The report holds what the run holds, stands alone, and keeps hostile names harmless."""

import re
from datetime import date

from mas2tering.study.figures import figures_of
from mas2tering.study.minimal import minimal_community
from mas2tering.study.report import write_report
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions


def _run(name: str = "north"):
    made = minimal_community(date(2013, 4, 17))
    homes = tuple(h.model_copy(update={"id": name}) if h.id == "north" else h for h in made.community.homes)
    community = made.community.model_copy(update={"homes": homes})
    return run_community(community, made.profiles, RunOptions(date(2013, 4, 17), step_minutes=30))


def test_a_report_loads_nothing_from_elsewhere(tmp_path):
    write_report(tmp_path / "report.html", _run())
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|img)[^>]+(src|href)\s*=\s*[\"']?https?:", page)
    assert "north" in page
    assert "south" in page


def test_a_hostile_name_stays_a_name(tmp_path):
    write_report(tmp_path / "report.html", _run("</script><script>alert(1)</script>"))
    assert "<script>alert(1)" not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_energy_is_balanced_in_the_figures():
    run = _run()
    for use_case in run.use_cases:
        figures = figures_of(run, use_case)
        used = figures.import_kwh - figures.export_kwh + figures.generation_kwh
        assert abs(used - figures.consumption_kwh) < 1e-6

"""What all tests share: one thread for linear algebra, example settings, measured data, no silent skips."""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import settings

# Before numpy is imported: the processes that run the tests already use every core.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

# No deadlines: the first call of a compiled function takes seconds, the next ones microseconds.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("long", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of measured data: MAS2TERING_DATA, or ../shared/data beside the checkout."""
    folder = Path(os.environ.get("MAS2TERING_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no measured data at {folder} (MAS2TERING_DATA names the folder)")
    return folder


def _skipped(config: pytest.Config) -> list[pytest.TestReport | pytest.CollectReport]:
    """What this run skipped, where skips count as failures (MAS2TERING_NO_SKIPS=1, as in CI)."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or os.environ.get("MAS2TERING_NO_SKIPS", "0") in ("", "0"):
        return []
    reports: Iterable[pytest.TestReport | pytest.CollectReport] = reporter.stats.get("skipped", [])
    return list(reports)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    is_worker = hasattr(session.config, "workerinput")
    if not is_worker and session.exitstatus == pytest.ExitCode.OK and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = _skipped(terminalreporter.config)
    if not skipped:
        return
    terminalreporter.section("skipped, which counts as failed here (MAS2TERING_NO_SKIPS)", red=True)
    for report in skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.line(f"{report.nodeid}: {str(reason).removeprefix('Skipped: ')}")

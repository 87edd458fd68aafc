"""The released data set: means of groups of homes, by their groups only."""

from dataclasses import dataclass

import numpy as np

from mas2tering.history.anonymise import (
    Groups,
    HomePanel,
    group_means,
    grouped,
    sensitive_bands,
    typical_days,
)
from mas2tering.study.anonymised.inputs import Inputs, Request
from mas2tering.study.anonymised.measures import Level, levels_of, measured
from mas2tering.study.anonymised.page import write_page
from mas2tering.study.anonymised.summary import STUDY_SEED, summary_of, warnings_of, write_summary

PROFILES, GROUPS = "profiles.parquet", "groups.parquet"


@dataclass(frozen=True)
class _Release:
    size: int
    groups: Groups
    means_kw: np.ndarray[tuple[int, int, int], np.dtype[np.float64]]
    level: Level


def write_released(request: Request, inputs: Inputs) -> dict[str, object]:
    """Make, attack and write the data set, its summary and its page into ``request.out``; the summary.

    No identity and no pseudonym goes into it, and who is in which group is written nowhere.

    Raises:
        OSError: it cannot be written.
    """
    seed = STUDY_SEED if request.seed is None else request.seed
    panel = inputs.panel
    made = _release(panel, request, seed)
    levels = levels_of(panel, made.size, request.diversity, seed)
    summary = summary_of(request, inputs, made.level, (made.groups.k, made.groups.diversity), levels)
    summary |= {"groups": len(made.groups.sizes), "group_size_asked": made.size, "guesses": request.guesses}
    warnings = warnings_of(inputs, made.level, request)
    success = made.level.attack.top1 if request.guesses == 1 else made.level.attack.top5
    if success > 1.0 / request.k + 1e-9:
        warnings.append(
            f"In {request.guesses} guesses an attacker is right with a chance of {success:.3f}, more than 1/k: "
            f"{len(panel.homes)} homes are too few to hide among."
        )
    elif request.guesses == 1 and made.level.attack.top5 > 1.0 / request.k:
        warnings.append(
            f"In five guesses an attacker names the home's row with a chance of {made.level.attack.top5:.3f}, more than 1/k: "
            "it finds the group, and five guesses name many of its homes. "
            + (
                "--guesses 5 makes groups so large that this holds too."
                if len(panel.homes) >= 5 * request.k
                else "Five names of so few homes are more than that whatever is published."
            )
        )
    warnings.append(
        "Do not release the same days again with other homes: differences of means give away who left."
    )
    summary["warnings"] = warnings
    request.out.mkdir(parents=True, exist_ok=True)
    _write(request, panel, made)
    write_summary(request.out, summary)
    sizes = made.groups.sizes
    write_page(
        request.out / "anonymisation.html",
        summary,
        typical_days(made.means_kw, panel.weekdays),
        sizes.tolist(),
    )
    return summary


def _release(panel: HomePanel, request: Request, seed: int) -> _Release:
    """Groups of k homes; larger ones where an attacker has five guesses, until it is right with 1/k at most."""
    sensitive = sensitive_bands(panel, request.diversity)
    size = request.k
    while True:
        groups = grouped(panel, sensitive, size, request.diversity)
        means = group_means(panel.load_kw, groups, request.k)
        level = measured(panel, means, groups.of_home, request.k, (groups.k, groups.diversity), seed)
        success = level.attack.top1 if request.guesses == 1 else level.attack.top5
        if success <= 1.0 / request.k + 1e-9 or len(groups.sizes) == 1:
            return _Release(size, groups, means, level)
        size = min(size + request.k, len(panel.homes))


def _write(request: Request, panel: HomePanel, made: _Release) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    count = len(made.groups.sizes)
    names = [f"group_{number + 1:0{len(str(count))}d}" for number in range(count)]
    starts = panel.starts.astype("datetime64[s]")
    kw = made.means_kw.reshape(count, -1)
    table = pa.table(
        {
            "group": pa.array(np.repeat(names, len(starts)).tolist()),
            "time": pa.array(np.tile(starts, count)),
            "mean_load_kw": pa.array(kw.reshape(-1), mask=np.isnan(kw.reshape(-1))),
        }
    )
    for name, written in (
        (PROFILES, table),
        (GROUPS, pa.table({"group": names, "homes": pa.array(made.groups.sizes)})),
    ):
        partial = request.out / f"{name}.partial"
        pq.write_table(written, partial, compression="zstd")
        partial.replace(request.out / name)

"""The summary beside an anonymised data set: the figures that the contract names, and how they came about."""

import json
from collections.abc import Mapping
from pathlib import Path

from mas2tering.history.anonymise import Hits
from mas2tering.study.anonymised.inputs import Inputs, Request
from mas2tering.study.anonymised.measures import Level

_DIGITS = 6
STUDY_SEED = 1


def summary_of(
    request: Request, inputs: Inputs, level: Level, reached: tuple[int, int], levels: tuple[Level, ...]
) -> dict[str, object]:
    """Common figures of both products; ``reached`` is the k and l of what is told of homes."""
    found: dict[str, object] = {
        "data": request.data.name,
        "homes": len(inputs.panel.homes),
        "days": inputs.panel.days,
        "step_minutes": inputs.panel.step_minutes,
        "product": request.product,
        "k": reached[0],
        "l": reached[1],
        "k_asked": request.k,
        "l_asked": request.diversity,
        "attack_top1": _rounded(level.attack.top1),
        "attack_top5": _rounded(level.attack.top5),
        "attack": attack_of(level),
        "profile_rmse_kw": _rounded(level.profile_rmse_kw),
        "levels": [_level(each, levels[0]) for each in levels],
    }
    own = levels[0].ncrps
    if level.ncrps is not None and own is not None:
        found |= {"ncrps": _rounded(level.ncrps), "ncrps_own_history": _rounded(own)}
        found["forecast_skill_lost"] = _rounded(level.ncrps / own - 1.0)
    if request.seed is not None:
        found["seed"] = request.seed
    return found


def attack_of(level: Level) -> dict[str, dict[str, object]]:
    """The best attackers of both kinds, by success in one guess."""
    kinds = {"week_within": level.attack.within, "week_outside": level.attack.across}
    return {name: _best(hits) for name, hits in kinds.items() if hits}


def warnings_of(inputs: Inputs, level: Level, request: Request) -> list[str]:
    """What to know, in the user's words."""
    said = list(inputs.warnings)
    if level.ncrps is None:
        said.append("Forecast skill is not measured: that takes 35 days or more.")
    if not level.attack.across:
        said.append("The attacker whose week is not published is not measured: that takes two weeks or more.")
    if request.k < 5:
        said.append(f"k = {request.k} is less than the 5 homes that are wanted at the least.")
    return said


def write_summary(folder: Path, summary: Mapping[str, object]) -> None:
    """Write ``summary.json``.

    Raises:
        OSError: it cannot be written.
    """
    text = json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")


def _best(hits: tuple[Hits, ...]) -> dict[str, object]:
    best = max(hits, key=lambda hit: (hit.top1, hit.top5))
    return {
        "distance": best.distance,
        "top1": _rounded(best.top1),
        "top5": _rounded(max(hit.top5 for hit in hits)),
        "by_distance": {hit.distance: [_rounded(hit.top1), _rounded(hit.top5)] for hit in hits},
    }


def _level(level: Level, own: Level) -> dict[str, object]:
    found: dict[str, object] = {
        "k_asked": level.asked,
        "k": level.k,
        "l": level.diversity,
        "groups": level.groups,
        "attack_top1": _rounded(level.attack.top1),
        "attack_top5": _rounded(level.attack.top5),
        "attack_top1_week_outside": _rounded(max((hit.top1 for hit in level.attack.across), default=0.0)),
        "profile_rmse_kw": _rounded(level.profile_rmse_kw),
    }
    if level.ncrps is not None and own.ncrps is not None:
        found |= {
            "ncrps": _rounded(level.ncrps),
            "forecast_skill_lost": _rounded(level.ncrps / own.ncrps - 1.0),
        }
    return found


def _rounded(value: float) -> float:
    return round(value, _DIGITS)

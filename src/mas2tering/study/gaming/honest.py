"""A season that all homes live honestly under the season's rule, beside which attacks are played."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mas2tering.settlement.season import JudgedDay, SeasonRule, medians_of
from mas2tering.settlement.season.account import Medians
from mas2tering.study.gaming.play import DayPlay
from mas2tering.study.gaming.rules import Turn
from mas2tering.study.gaming.season import Weather, calendar, judged_season, weather_of
from mas2tering.study.gaming.stage import Stage

RULE = "loss"


@dataclass(frozen=True)
class HonestSeason:
    """By home its days and their weather, its judged days and what they cost it; the medians of all."""

    turns: Mapping[str, list[Turn]]
    weather: Mapping[str, Weather]
    judged: Mapping[str, list[JudgedDay]]
    cost: Mapping[str, float]
    medians: Medians

    def lived(
        self, home: str, plays: Sequence[DayPlay], turns: Sequence[Turn] | None = None
    ) -> tuple[list[JudgedDay], float]:
        """Other plays of a home on the same days, or on some of them: judged days and what they cost it."""
        turns = self.turns[home] if turns is None else turns
        return judged_season(RULE, plays, self.weather[home], turns)


def honest_season(stage: Stage, number: int, rule: SeasonRule) -> HonestSeason:
    """Live the season with this number."""
    asked, homes = stage.asked, list(stage.honest)
    days = calendar(asked.days, len(stage.recorded), homes, asked.seed, number, rule)
    turns = {home: days.turns_of(home, holds_out=True) for home in homes}
    weather = {
        home: weather_of(stage.models[home], k, asked.days, asked.seed, number)
        for k, home in enumerate(homes)
    }
    lived = {home: judged_season(RULE, stage.honest[home], weather[home], turns[home]) for home in homes}
    judged = {home: own for home, (own, _) in lived.items()}
    return HonestSeason(
        turns, weather, judged, {home: cost for home, (_, cost) in lived.items()}, medians_of(judged)
    )

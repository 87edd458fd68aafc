"""The guard that hands a home to the simple rule while steering is dearer."""

from dataclasses import dataclass, field

from mas2tering.coordination.lived_day import lived
from mas2tering.domain.plans import HomePlan
from mas2tering.home.compile import Carry
from mas2tering.home.optimise import Budget
from mas2tering.study.lived.course import Course, carried

_GUARD_DAYS, _GUARD_SURE = (14, 28), 5


@dataclass
class Guard:
    """Whether a home does better by the rule: it keeps in mind what steering alone and the rule alone would have made of the
    days so far, and hands a day over to the rule while steering has cost more over the last weeks."""

    carry: Carry = field(default_factory=Carry)
    differences: list[float] = field(default_factory=list)

    @property
    def prefers_the_rule(self) -> bool:
        """Whether steering has cost more than the rule over the last two weeks, or four; known after a few days."""
        if len(self.differences) < _GUARD_SURE:
            return False
        return any(sum(self.differences[-days:]) > 0 for days in _GUARD_DAYS)

    def watch(
        self, course: Course, every: int, budget: Budget, by_rule: HomePlan, as_lived: HomePlan
    ) -> None:
        """Take note of a day that is over."""
        if self.differences and self.prefers_the_rule:
            day = course.day(self.carry)
            as_lived = lived("steered", day, course.outlook_of(day), every, budget).plan
        self.differences.append(as_lived.costs.cost - by_rule.costs.cost)
        self.carry = carried(as_lived)

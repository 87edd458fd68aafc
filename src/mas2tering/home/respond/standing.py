"""What an agreement leaves in a home for the next one on the same steps."""

from dataclasses import dataclass

from mas2tering.domain.plans import HomePlan
from mas2tering.home.evaluate import plan_of
from mas2tering.home.model import Decision, HomeModel
from mas2tering.home.respond.wholes import Committed, Wholes, committed, still_possible, with_wholes

NO_DECISION = Decision((), (), (), ())
"""Of a home all of whose load is as it is."""


@dataclass(frozen=True)
class HomeStanding:
    """What a home's plan commits it to (starts of programmes, schedules of machines), and its decision; ``stays`` where its
    plan is that of use case 1 instead."""

    committed: Committed
    decision: Decision
    stays: bool

    @staticmethod
    def of(model: HomeModel, decision: Decision, plan: HomePlan, alone: HomePlan) -> "HomeStanding":
        """What a plan leaves; it comes of a decision, or is that of use case 1."""
        stays = plan is alone
        return HomeStanding(committed(model, plan, () if stays else decision.cogeneration), decision, stays)

    def fits(self, model: HomeModel) -> bool:
        """Whether the decision is one of this home."""
        own = self.decision
        return (len(model.generation), len(model.stores), *_runs(model)) == (
            len(own.generation_kw),
            len(own.stores),
            [len(chain) for chain in own.starts],
            len(own.cogeneration),
        )


def as_it_stands(model: HomeModel, decision: Decision, wholes: Wholes | None) -> tuple[Decision, HomePlan]:
    """A standing decision with what the home can generate now, and with what is whole drawn anew (None: as it stands)."""
    found = still_possible(model, decision)
    if wholes is not None:
        found = with_wholes(found, wholes)
    return found, plan_of(model, found, "within_gap")


def _runs(model: HomeModel) -> tuple[list[int], int]:
    return [len(chain.links) for chain in model.chains], len(model.cogeneration)

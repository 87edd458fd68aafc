"""An energy box's side of a negotiation, message by message; its data stay here, and only answers leave."""

import numpy as np

from mas2tering.domain.contract_breaches import contract_breaches
from mas2tering.domain.load_limits import LimitWeights
from mas2tering.domain.local_market import SupplierPrices, prices_at
from mas2tering.domain.negotiation import (
    AcceptProposal,
    CallForPlan,
    CallForProposals,
    CallForStandingPlan,
    CallToPropose,
    Commit,
    Confirm,
    DrawWholes,
    FloatArray,
    FromAggregator,
    FromMember,
    HoldToContract,
    InformAgreement,
    InformLimits,
    Propose,
    Refuse,
    Stage,
)
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.model import Decision, HomeModel
from mas2tering.home.respond.contract import UnderContract, within
from mas2tering.home.respond.crowd import Crowd, CrowdAnswer, Unfit
from mas2tering.home.respond.reply import Replies, replies, replies_of_plans
from mas2tering.home.respond.standing import NO_DECISION, HomeStanding, as_it_stands
from mas2tering.home.respond.wholes import (
    Wholes,
    as_committed,
    as_planned,
    fitting,
    with_wholes,
    without_wholes,
)


class Member:
    """One home, which answers what it is asked and ends with a plan.

    ``place`` is its number among the members, ``one_price`` whether drawing and feeding in have one price here,
    ``is_merged`` whether its class is summed with others: all are said when it joins. Until something better is accepted its
    plan is what stands from an earlier agreement, and without one that of use case 1; with ``settled`` what is whole in
    the former stays. ``under`` is its contract with the aggregator, to which every answer keeps; without one it offers all it
    can do. ``held_to`` is the clause by which it was held when it wanted to leave.
    """

    def __init__(
        self,
        name: str,
        model: HomeModel,
        alone: HomePlan,
        charges: LocalCharges,
        *,
        place: int,
        one_price: bool,
        is_merged: bool = False,
        under: UnderContract | None = None,
        standing: HomeStanding | None = None,
        settled: bool = False,
    ) -> None:
        self._contract = None if under is None else under.contract
        self.held_to: str | None = None
        self._is_merged = np.array([is_merged])
        self.name, self._charges = name, charges
        contracted = model if under is None else within(model, under).model
        self._model = fitting(contracted, alone)
        self._cannot_move = self._model is not contracted
        self._place, self._one_price = place, one_price
        self._supplier = SupplierPrices(
            model.tariff.import_price_per_kwh[None], model.tariff.export_price_per_kwh[None]
        )
        self._alone = alone
        self._standing, self._settled = standing, settled
        self._limits: LimitWeights | None = None
        self._said: FromMember | None = None
        self._turn = -1
        self._begin(-1)

    @property
    def limits(self) -> int:
        """How many limits of the grid it was told of."""
        return 0 if self._limits is None else self._limits.rows

    @property
    def standing(self) -> HomeStanding | None:
        """What stands for the next agreement on the same steps; None where nothing was ever agreed on."""
        if not self.is_bound:
            return self._standing
        return HomeStanding.of(self._model, self._decisions[self._draw], self.plan, self._alone)

    def receive(self, message: FromAggregator) -> FromMember | None:
        """Answer a message; the same message again gets the same answer, one of an older turn gets none."""
        if isinstance(message, HoldToContract):
            self.held_to = message.clause
            return None
        if message.epoch > self._epoch:
            self._begin(message.epoch)
        if message.epoch < self._epoch or message.turn < self._turn:
            return None
        if message.turn == self._turn:
            return self._said
        self._turn = message.turn
        self._said = self._answer(message)
        return self._said

    def _answer(self, message: FromAggregator) -> FromMember | None:
        if isinstance(message, CallForProposals):
            return self._propose(message)
        if isinstance(message, CallForStandingPlan):
            return self._recall(message)
        if isinstance(message, InformLimits):
            return self._hear_of_limits(message)
        if isinstance(message, DrawWholes):
            return self._draw_wholes(message)
        if isinstance(message, AcceptProposal):
            return self._accept(message)
        if isinstance(message, CallForPlan):
            return self._said_in(message, replies_of_plans([self._plan_of(message.draw)], self._is_merged))
        return self._end(message) if isinstance(message, InformAgreement) else None

    def _begin(self, epoch: int) -> None:
        """Forget what was said before: a negotiation begins, or begins anew."""
        self._epoch, self._turn = epoch, -1
        self._said = None
        self._keeps_limits = False
        self._stays = self._cannot_move
        self._mixing = self._crowd(self._model)
        self._rest = self._mixing
        self._wholes = Wholes((), ())
        self._draw = 0
        self._accepted: dict[int, HomePlan] = {}
        self._decisions: dict[int, Decision] = {}
        self._recalled: Decision | None = None
        self.plan, self.is_bound = self._as_it_stands(), False
        if self._standing is not None and self._settled:
            wholes = as_committed(self._model, self._standing.committed)
            self._stays |= self._standing.stays or wholes is None
            self._wholes = wholes or self._wholes
            self._rest = self._crowd_of_rest()

    def _as_it_stands(self) -> HomePlan:
        """The plan of the last agreement with what can be generated now; of none, that of use case 1."""
        stands = self._standing
        if stands is None or stands.stays or not stands.fits(self._model):
            return self._alone
        _, plan = as_it_stands(self._model, stands.decision, None)
        return plan

    def _hear_of_limits(self, told: InformLimits) -> Confirm | Refuse:
        steps, weights = self._model.axis.steps, told.weight
        if weights.shape != told.step.shape or not np.all((told.step >= 0) & (told.step < steps)):
            return Refuse(told.conversation, self.name, f"found limits that are not of {steps} steps")
        if not np.all(np.abs(weights) <= 1.0):
            return Refuse(told.conversation, self.name, "found a weight in a limit beyond 1")
        self._limits = LimitWeights(told.step, weights[:, None])
        return Confirm(told.conversation, told.epoch, told.turn, self.name)

    def _recall(self, asked: CallForStandingPlan) -> Propose | Refuse:
        stands, settling = self._standing, asked.stage == "settling"
        if self._stays if settling else self._cannot_move:
            decision, plan = NO_DECISION, self._alone
        elif stands is None or not stands.fits(self._model):
            return Refuse(asked.conversation, self.name, "what stands is no longer a plan of this home")
        else:
            decision, plan = as_it_stands(self._model, stands.decision, self._wholes if settling else None)
        self._crowd_of(asked.stage).remember([decision], 0)
        self._recalled = decision
        beside = np.array([plan.costs.cost - plan.costs.energy_bought + plan.costs.energy_sold])
        return self._reply(asked, CrowdAnswer(plan.net_kw[None], beside, np.zeros(1)))

    def _propose(self, asked: CallForProposals) -> Propose:
        crowd = self._crowd_of(asked.stage)
        prices = prices_at(asked.price_per_kwh, self._supplier, self._charges)
        added = self._added(asked.limit_price_per_kwh)
        try:
            answer = crowd.answer(prices, asked.number, added)
        except Unfit:
            if asked.stage != "settling":
                raise
            # What was drawn leaves no plan within the fuse.
            self._stays = True
            crowd = self._rest = self._crowd_of_rest()
            if self._recalled is not None:
                crowd.remember([NO_DECISION], 0)
            answer = crowd.answer(prices, asked.number, added)
        crowd.keep_only([*asked.kept, asked.number])
        return self._reply(asked, answer)

    def _added(self, limit_price_per_kwh: FloatArray) -> FloatArray | None:
        """What limits add to the price, shape (1, steps)."""
        if self._limits is None:
            return None
        return self._limits.added_per_kwh(limit_price_per_kwh, self._model.axis.steps)

    def _reply(self, asked: CallForProposals | CallForStandingPlan, answer: CrowdAnswer) -> Propose:
        said = replies(
            answer,
            self._model.axis.step_hours,
            asked.price_per_kwh,
            prices_at(asked.price_per_kwh, self._supplier, self._charges),
            self._charges,
            self._is_merged,
            self._limits,
        )
        return self._said_in(asked, said)

    def _said_in(self, asked: CallToPropose, said: Replies) -> Propose:
        return Propose(
            asked.conversation,
            asked.epoch,
            asked.turn,
            self.name,
            said.net_units[0],
            int(said.beside_units[0]),
            int(said.bound_units[0]),
            said.limit_units[0],
        )

    def _draw_wholes(self, asked: DrawWholes) -> Confirm:
        self._draw, self._stays = asked.draw, self._cannot_move
        (self._wholes,) = self._mixing.draw(asked.numbers, asked.weights, asked.seed + asked.draw)
        self._recalled = None
        self._rest = self._crowd_of_rest()
        return Confirm(asked.conversation, asked.epoch, asked.turn, self.name)

    def _accept(self, asked: AcceptProposal) -> Confirm:
        (mixed,) = self._rest.mixed(asked.numbers, asked.weights)
        decision = with_wholes(mixed, self._wholes)
        plan = self._alone if self._stays else self._plan(decision)
        broken = self._stays or bool(breaches(self._model, decision)) or self._breaks_contract(plan)
        refuses = broken and not self._keeps_limits and not self._stays
        if refuses:
            self._keeps_limits = True
            self._rest = self._crowd_of_rest()
        self._decisions[self._draw] = decision
        self._accepted[self._draw] = self._alone if broken else plan
        return Confirm(asked.conversation, asked.epoch, asked.turn, self.name, refuses)

    def _end(self, message: InformAgreement) -> Commit:
        self.plan = self._plan_of(None if message.keeps_alone else message.draw)
        self.is_bound, self._draw = True, message.draw
        (net_units,) = replies_of_plans([self.plan], self._is_merged).net_units
        return Commit(message.conversation, message.epoch, message.turn, self.name, net_units)

    def _plan_of(self, draw: int | None) -> HomePlan:
        # What was never accepted binds nobody.
        return self._alone if draw is None else self._accepted.get(draw, self._alone)

    def _breaks_contract(self, plan: HomePlan) -> bool:
        """A second look, at the plan itself: whatever came before, the home does nothing that it did not agree to."""
        return self._contract is not None and bool(contract_breaches(self._contract, self._alone, plan))

    def _plan(self, decision: Decision) -> HomePlan:
        return plan_of(self._model, decision, "within_gap")

    def _crowd_of(self, stage: Stage) -> Crowd:
        return self._rest if stage == "settling" else self._mixing

    def _crowd_of_rest(self) -> Crowd:
        stays = self._stays
        return self._crowd(
            as_planned(self._model, self._alone) if stays else without_wholes(self._model, self._wholes)
        )

    def _crowd(self, model: HomeModel) -> Crowd:
        keeps: frozenset[int] = frozenset({0} if self._keeps_limits else ())
        return Crowd(
            [model],
            np.zeros(1, dtype=np.int64),
            one_price=self._one_price,
            at_the_fuse=keeps,
            first_place=self._place,
        )

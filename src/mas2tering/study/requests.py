"""What wholesale market aggregators asked the community for, were delivered, and paid."""

from dataclasses import dataclass

from mas2tering.study.results import RunResult


@dataclass(frozen=True)
class BuyerFigures:
    """A buyer's requests over all days: energy in kWh, what it paid in the community's currency, local charges counted in."""

    buyer: str
    asked_kwh: float
    delivered_kwh: float
    paid: float

    @property
    def price_per_kwh(self) -> float | None:
        """What a kWh cost the buyer on average; None where nothing was delivered."""
        return self.paid / self.delivered_kwh if self.delivered_kwh else None


@dataclass(frozen=True)
class RequestFigures:
    """All buyers of a run, in order of the file; what the members gained by them together against the same days without
    any request; and the days on which nothing was delivered, each with its reason."""

    buyers: tuple[BuyerFigures, ...]
    members_gain: float
    not_met: tuple[str, ...]


def request_figures(run: RunResult) -> RequestFigures | None:
    """The figures of a run; None where nobody asked for anything, or use case 2 was not run."""
    days = [(day.day, day.market.requests) for day in run.days if day.market is not None]
    names = dict.fromkeys(request.buyer for request in run.community.flexibility_requests)
    if not days or not names:
        return None
    asked, delivered, paid = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    not_met = []
    for day, met in days:
        for buyer, kwh in zip(met.requested.buyers, met.requested.asked_kwh, strict=True):
            asked[buyer] += float(kwh.sum())
        for delivery in met.deliveries:
            delivered[delivery.buyer] += float(delivery.delivered_kwh.sum())
            paid[delivery.buyer] += float(delivery.paid)
        if met.refusal:
            not_met.append(f"{day}: {met.refusal}")
        elif met.requested.is_nothing:
            not_met.append(f"{day}: no request is for this day")
    return RequestFigures(
        tuple(BuyerFigures(name, asked[name], delivered[name], paid[name]) for name in names),
        sum(met.gain for _, met in days),
        tuple(not_met),
    )

"""Wishes that do not fit together, in the user's words."""

from mas2tering.domain.errors import Clash
from mas2tering.home.limits import Breach
from mas2tering.home.model import HomeModel


def clashes_of(model: HomeModel, found: tuple[Breach, ...]) -> tuple[Clash, ...]:
    """Each breach of a plan as a sentence that names device, time and amount."""
    return tuple(_clash(model, breach) for breach in found)


def _clash(model: HomeModel, breach: Breach) -> Clash:
    at = model.axis.label(breach.step)
    if breach.kind == "fuse":
        fixed = max(abs(float(loads[breach.step])) for loads in model.fixed_by_phase_kw)
        why = (
            f"load that cannot be moved is {fixed:.2f} kW at {at}"
            if fixed > model.fuse_kw
            else f"what must be done by {at} does not fit under it"
        )
        return Clash(
            "fuse", f"{model.fuse_kw:g} kW a phase, and {why}", f"goes beyond it by {breach.amount:.2f} kW"
        )
    if breach.kind == "store":
        due = next((float(s.lower_kwh[-1]) for s in model.stores if s.device == breach.device), 0.0)
        if breach.amount < 0:
            return Clash(
                breach.device,
                f"{due:.1f} kWh by {model.axis.label(breach.step + 1)} do not fit under the fuse of "
                f"{model.fuse_kw:g} kW beside what "
                "else must run",
                f"falls short by {-breach.amount:.2f} kWh",
            )
        return Clash(
            breach.device, f"its limit is exceeded at {at}", f"goes beyond it by {breach.amount:.2f}"
        )
    if breach.kind == "order":
        return Clash(breach.device, f"it cannot run in its order and window ({at})", "breaks the order")
    return Clash(
        breach.device,
        f"its minimum running or standing time is cut at {at}",
        f"is {breach.amount:.0f} steps short",
    )

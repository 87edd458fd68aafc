"""``mas2tering anonymise``: readings in, a data set without names out, with the attack on it measured."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from mas2tering.cli.asked import Asked
from mas2tering.cli.terminal import messages
from mas2tering.study.anonymised import Request, read_inputs, write_released, write_service
from mas2tering.study.anonymised.inputs import Product

_LEAST_DIVERSITY = {"service": 2, "released": 1}
_MOST = 10_000


def anonymise_command(
    data: Path,
    product: str,
    k: int,
    diversity: int | None,
    guesses: int,
    seed: int | None,
    unit: str | None,
    attributes: Path | None,
    box_keys: Path | None,
    out: Path,
) -> None:
    """Read, anonymise, attack and write.

    Raises:
        InputError: with everything that is wrong with what was asked.
    """
    asked = Asked("anonymise")
    if product not in _LEAST_DIVERSITY:
        asked.wrong("--product", product, "service or released")
    asked.whole_number("-k", k, 2, _MOST)
    asked.whole_number("-l", diversity, 1, _MOST)
    if guesses not in (1, 5):
        asked.wrong("--guesses", f"{guesses}", "1 or 5")
    asked.whole_number("--seed", seed, 0)
    if unit is not None and unit not in ("kWh", "kW", "W"):
        asked.wrong("--unit", unit, "kWh, kW or W")
    asked.folder("--out", out)
    asked.refuse()
    request = Request(
        data=data,
        product=cast("Product", product),
        k=k,
        diversity=_LEAST_DIVERSITY[product] if diversity is None else diversity,
        guesses=guesses,
        seed=seed,
        out=out,
        unit=unit,
        attributes=attributes,
        box_keys=box_keys,
    )
    inputs = read_inputs(request)
    if product == "service":
        summary = write_service(request, inputs, datetime.now(UTC))
    else:
        summary = write_released(request, inputs)
    _say(summary, out)


def _say(summary: Mapping[str, object], out: Path) -> None:
    def line(text: str) -> None:
        messages.print(text, soft_wrap=True, highlight=False, markup=False)

    line(
        f"{summary['homes']} homes, {summary['days']} days: k = {summary['k']}, l = {summary['l']}; an attacker who knows a week "
        f"finds {100 * float(str(summary['attack_top1'])):.1f} % of homes in one guess, "
        f"{100 * float(str(summary['attack_top5'])):.1f} % in five; load-shape error {summary['profile_rmse_kw']} kW"
    )
    for warning in cast("list[str]", summary["warnings"]):
        line(f"note: {warning}")
    line(f"Wrote {out}; open {out / 'anonymisation.html'}")

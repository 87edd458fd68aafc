"""``mas2tering dso hosting``: how many more roofs, cars and heat pumps fit, with and without the platform."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mas2tering.cli.asked import Asked
from mas2tering.cli.run import RunRequest, prepared
from mas2tering.cli.terminal import messages, progress_of_homes
from mas2tering.domain.errors import InputError, InputProblem, printable
from mas2tering.domain.network import Network
from mas2tering.files import read_devices, read_plans
from mas2tering.grid import PowerFlow
from mas2tering.study.networks import network_of
from mas2tering.study.operator.hosting import HOSTED_KINDS
from mas2tering.study.operator.hosting_draws import drawn_capacity, drawn_of_run
from mas2tering.study.operator.hosting_negotiated import NegotiatedCapacity, negotiated_capacity
from mas2tering.study.operator.hosting_shown import (
    WORDS,
    HostingFound,
    hosting_document,
    page_of,
    sentences_of,
)
from mas2tering.study.run import run_community


@dataclass(frozen=True)
class HostingRequest:
    """The command's options as they were typed."""

    subject: str
    scenario: str | None
    date: str | None
    seed: int
    kinds: str
    draws: int
    negotiated: int
    plans: Path | None
    devices: Path | None
    out: Path | None


def dso_hosting_command(request: HostingRequest) -> None:
    """Draw placements, print what fits, write JSON and a page.

    Raises:
        InputError: with everything that is wrong with what was asked.
    """
    kinds = _checked(request)
    found = _of_plans(request, kinds) if request.plans is not None else _of_community(request, kinds)
    for line in sentences_of(found):
        print(printable(line))
    for note in found.notes:
        print(printable(f"note: {note}"))
    if request.out is not None:
        request.out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(hosting_document(found, request.draws, request.seed), indent=2, ensure_ascii=False)
        (request.out / "hosting.json").write_text(text + "\n", encoding="utf-8")
        page_of(found, request.draws, request.seed).write(request.out / "hosting.html")
        messages.print(f"Page: {request.out / 'hosting.html'}", soft_wrap=True, highlight=False, markup=False)


def _checked(request: HostingRequest) -> list[str]:
    """The kinds asked for.

    Raises:
        InputError: with every option that is wrong.
    """
    asked = Asked("dso hosting")
    kinds = [kind.strip() for kind in request.kinds.split(",")]
    for kind in kinds:
        if kind not in HOSTED_KINDS:
            asked.wrong("--kinds", kind, f"some of {', '.join(HOSTED_KINDS)}")
    asked.whole_number("--draws", request.draws, 1, 1000)
    asked.whole_number("--negotiated", request.negotiated, 0, 100)
    asked.whole_number("--seed", request.seed, 0)
    asked.day("--date", request.date)
    if request.out is not None:
        asked.folder("--out", request.out)
    if (request.plans is None) != (request.devices is None):
        missing = "--devices" if request.devices is None else "--plans"
        asked.wrong(missing, "nothing", "both --plans and --devices, or neither and a community")
    if request.plans is not None and request.negotiated:
        asked.wrong("--negotiated", f"{request.negotiated}", "a community: plans in a table cannot negotiate")
    asked.refuse()
    return list(dict.fromkeys(kinds))


def _of_plans(request: HostingRequest, kinds: Sequence[str]) -> HostingFound:
    """From tables: what customers draw now, and what a device of each kind adds."""
    if request.plans is None or request.devices is None:
        raise AssertionError("both tables were asked for")
    network = network_of(request.subject)
    plans = read_plans(request.plans, [customer.id for customer in network.customers])
    devices = read_devices(request.devices, kinds, plans.load_kw.shape[1])
    flow, everybody = PowerFlow(network), range(len(network.customers))
    drawn = {
        kind: drawn_capacity(
            flow, plans.load_kw, power_kw, everybody, kind, draws=request.draws, seed=request.seed
        )
        for kind, power_kw in devices.items()
    }
    return HostingFound(
        network.name, str(request.plans), {"plans": drawn}, {}, (*plans.notes, *network.assumptions)
    )


def _of_community(request: HostingRequest, kinds: Sequence[str]) -> HostingFound:
    asked = RunRequest(
        request.subject, request.scenario, request.date, 1, "1", "perfect", 15, None, request.seed
    )
    community, reader, options = prepared(asked)
    network = _network(options.network, request.subject)
    with progress_of_homes() as progress:
        run = run_community(community, reader, options, progress)
        drawn = drawn_of_run(run, network, ("none", "1"), kinds, request.draws, request.seed)
        bargained: dict[str, list[NegotiatedCapacity]] = {}
        for kind in kinds:
            for number in range(request.negotiated):
                one = negotiated_capacity(
                    community, reader, replace(options, network=network), kind, number, request.seed, _told
                )
                if one is not None:
                    bargained.setdefault(kind, []).append(one)
    missing = [WORDS[kind] for kind in kinds if kind not in drawn["none"]]
    notes = tuple(f"No home has any {word} to go by." for word in missing)
    day = run.days[0].day
    return HostingFound(
        network.name,
        f"{community.name}, {day}",
        {str(case): own for case, own in drawn.items()},
        bargained,
        (*notes, *network.assumptions),
    )


def _network(network: Network | None, subject: str) -> Network:
    if network is None:
        expected = "a community with a network, or a network with --plans and --devices"
        raise InputError([InputProblem("dso hosting", "COMMUNITY", f"{subject}, and no network", expected)])
    return network


def _told(what: str) -> None:
    if messages.is_terminal:
        messages.print(f"negotiating: {what}", markup=False)

"""Communities by name: what ``run`` takes besides a file."""

from dataclasses import dataclass
from datetime import date, timedelta

from mas2tering.domain.network import Network
from mas2tering.domain.profiles import ProfileReader
from mas2tering.domain.time_axis import FIRST_YEAR
from mas2tering.study.generator import SCENARIOS, GeneratedCommunity, generate_community
from mas2tering.study.measured import dutch_homes, london_on_real_network, measured_from
from mas2tering.study.minimal import minimal_community, minimal_network
from mas2tering.study.networks import RATING_KVA, network_of

BUILT_IN: dict[str, str] = {
    "minimal": "two homes with an electric vehicle each, at the end of a rural line",
    "cardiff": "184 generated homes on British tariffs",
    "belgium": "36 generated homes on Belgian tariffs, two-rate and dynamic with capacity charge",
    "enwl:22": "184 measured London homes on the real network of 184 customers (needs the measured data)",
    "dutch": "40 measured Dutch homes (needs the measured data)",
}
DEFAULT_DAY = date(2013, 4, 17)
DEFAULT_SCENARIO = "S5"
DEFAULT_SEED = 1
_CARDIFF_HOMES, _BELGIAN_HOMES = 184, 36


@dataclass(frozen=True)
class BuiltIn:
    """A built-in community for some days, with its profiles, and the network behind it, where there is one."""

    community: GeneratedCommunity
    scenario: str | None
    seed: int | None
    network: Network | None = None


def built_in_community(name: str, scenario: str, seed: int, first_day: date, days: int) -> BuiltIn:
    """A community by its built-in name.

    Raises:
        InputError: the measured data that it needs is not there.
        KeyError: no such name.
    """
    if name not in BUILT_IN:
        raise KeyError(name)
    if name == "minimal":
        return BuiltIn(minimal_community(first_day), None, None, minimal_network())
    shares = SCENARIOS[scenario]
    if name == "enwl:22":
        made = london_on_real_network(shares, seed, first_day, days)
    elif name == "dutch":
        made = dutch_homes(shares, seed, first_day, days)
    else:
        homes = _CARDIFF_HOMES if name == "cardiff" else _BELGIAN_HOMES
        made = generate_community(name, homes, shares, seed, first_day, days)
    network = network_of(name, RATING_KVA[scenario]) if name in ("cardiff", "enwl:22") else None
    return BuiltIn(made, scenario, seed, network)


def weeks_before(name: str, scenario: str, seed: int, first_day: date, days: int) -> ProfileReader:
    """Profiles of a built-in community on the days before its first, as far as there are any: what forecasts learn from.

    Raises:
        InputError: the measured data that it needs is not there.
    """
    # Before the first year there are no clocks to plan by, and so there is nothing to learn from.
    begin = max(first_day - timedelta(days=days), measured_from(name), date(FIRST_YEAR, 1, 1))
    length = (first_day - begin).days
    if length < 1:
        return built_in_community(name, scenario, seed, first_day, 1).community.profiles
    return built_in_community(name, scenario, seed, begin, length).community.profiles

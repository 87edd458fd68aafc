"""Homes of a community on a day: their tariffs and their models, and every profile or price that is missing."""

from collections.abc import Sequence

from mas2tering.domain.community import Community, Home
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.profiles import ProfileError, ProfileReader
from mas2tering.domain.tariffs import TariffOnAxis, tariff_on
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.compile import Carry, compile_home
from mas2tering.home.model import HomeModel


def tariffs_on(community: Community, axis: TimeAxis, reader: ProfileReader) -> tuple[TariffOnAxis, ...]:
    """Each home's tariff on an axis, in the order of the homes.

    Raises:
        InputError: market prices are missing; every such tariff is named.
    """
    used = {home.supply.tariff for home in community.homes}
    found: dict[str, TariffOnAxis] = {}
    problems = []
    for k, tariff in enumerate(community.tariffs):
        if tariff.id not in used:
            continue
        try:
            found[tariff.id] = tariff_on(axis, tariff, reader)
        except ProfileError as error:
            problems.append(
                InputProblem(community.name, f"tariffs[{k}] ({tariff.id})", error.found, error.expected)
            )
    if problems:
        raise InputError(problems)
    return tuple(found[home.supply.tariff] for home in community.homes)


def models_on(
    community: Community, tariffs: Sequence[TariffOnAxis], reader: ProfileReader, carries: Sequence[Carry]
) -> list[HomeModel]:
    """The models of all homes, in order, each in the state that a day before has left it in.

    Raises:
        InputError: profiles are missing; every one is named with its device.
    """
    models, problems = [], []
    for k, (home, tariff, carry) in enumerate(zip(community.homes, tariffs, carries, strict=True)):
        try:
            models.append(compile_home(home, tariff, reader, carry))
        except ProfileError:
            problems.extend(_profile_problems(community, k, home, tariff, reader))
    if problems:
        raise InputError(problems)
    return models


def _profile_problems(
    community: Community, index: int, home: Home, tariff: TariffOnAxis, reader: ProfileReader
) -> list[InputProblem]:
    """Each device of a home by itself, so that all its problems are found and each is named with its
    device."""
    problems = []
    for position, device in enumerate(home.devices):
        alone = home.model_copy(update={"devices": (device,)})
        try:
            compile_home(alone, tariff, reader)
        except ProfileError as error:
            path = f"homes[{index}] ({home.id}).devices[{position}] ({device.id})"
            problems.append(InputProblem(community.name, path, error.found, error.expected))
        except KeyError:
            # A dryer without its washing machine; it needs no profile.
            continue
    return problems

"""Networks of SimBench (https://simbench.de, ODbL) by their code, where the extra ``simbench`` is installed."""

import json

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.network import FOUR_EQUAL_CORES, Network
from mas2tering.files.network.pandapower_json import network_of_pandapower


def read_simbench(code: str) -> Network:
    """A low-voltage network such as ``1-LV-rural1--0-sw``; its zero-sequence impedances are assumed.

    Raises:
        InputError: SimBench is not installed, knows no such code, or the network is none that can be computed.
    """
    name = f"simbench:{code}"
    try:
        import pandapower
        import simbench
    except ImportError:
        raise InputError(
            [
                InputProblem(
                    name,
                    "",
                    "no SimBench",
                    "the extra: pip install simbench (it brings pandapower and SciPy)",
                )
            ]
        ) from None
    try:
        net = simbench.get_simbench_net(code)
    except (KeyError, ValueError, IndexError):
        raise InputError(
            [InputProblem(name, "", f'"{code}"', "a code of SimBench such as 1-LV-rural1--0-sw")]
        ) from None
    document = json.loads(pandapower.to_json(net))
    return network_of_pandapower(document, name, name, FOUR_EQUAL_CORES)

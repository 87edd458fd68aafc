"""Networks are right by construction: what is wrong with their parts is said, all of it, with path and field."""

from dataclasses import replace

import pytest

from mas2tering.domain.network import (
    PHASES,
    Bus,
    Cable,
    Customer,
    Network,
    NetworkError,
    Phase,
    Source,
    Terminal,
    Transformer,
)


def _cable(name: str, begin: str, end: str, *phases: Phase) -> Cable:
    return Cable(name, begin, end, 0.1, 0.02, 0.3, 0.05, 100.0, phases=phases or PHASES)


def _network(*customers: Customer, cables: tuple[Cable, ...]) -> Network:
    buses = dict.fromkeys(bus for cable in cables for bus in (cable.from_bus, cable.to_bus))
    return Network("test", tuple(map(Bus, buses)), cables, customers, Source("LV", 0.416))


def _problems(*customers: Customer, cables: tuple[Cable, ...]) -> list[str]:
    with pytest.raises(NetworkError) as caught:
        _network(*customers, cables=cables)
    return [str(problem) for problem in caught.value.problems]


def test_a_phase_has_to_be_there_all_the_way_from_the_substation() -> None:
    way = (_cable("one", "LV", "1", "A", "B"), _cable("two", "1", "2", "A", "C"), _cable("three", "2", "3"))
    _network(Customer("a", "3", ("A",)), Customer("b", "1", ("B",)), cables=way)
    told = _problems(Customer("b", "3", ("B",)), Customer("all", "3", PHASES), cables=way)
    assert told == [
        "customers[0] (b).phases: found phase B, which cable two on its way lacks; expected a phase of that cable: A, C",
        "customers[1] (all).phases: found phase B, which cable two on its way lacks; expected a phase of that cable: A, C",
        "customers[1] (all).phases: found phase C, which cable one on its way lacks; expected a phase of that cable: A, B",
    ]


def test_cables_in_either_direction_make_a_tree_and_doubles_are_loops() -> None:
    customer = Customer("a", "2", ("A",))
    network = _network(customer, cables=(_cable("one", "1", "LV"), _cable("two", "2", "1")))
    assert network.tree.path(network.bus_at["2"]) == [1, 0]
    told = _problems(
        customer, cables=(_cable("one", "1", "LV"), _cable("two", "2", "1"), _cable("three", "1", "2"))
    )
    assert len(told) == 1
    assert told[0].startswith("cables[2] (three): found a loop that closes between 1 and 2")


def test_many_islands_are_one_sentence() -> None:
    cables = (_cable("one", "LV", "1"), *(_cable(f"i{k}", f"x{k}", f"y{k}") for k in range(5)))
    (told,) = _problems(Customer("a", "1", ("A",)), cables=cables)
    assert (
        told
        == "network: found no way from LV to x0, y0, x1, y1, x2, y2 and 4 more; expected a connected network"
    )


def test_terminals_are_the_phases_of_customers_in_order() -> None:
    network = _network(
        Customer("a", "1", ("C",)), Customer("b", "1", PHASES), cables=(_cable("one", "LV", "1"),)
    )
    assert network.terminals == (Terminal(0, "C"), Terminal(1, "A"), Terminal(1, "B"), Terminal(1, "C"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rating_kva", 0.0),
        ("impedance", 4.75),
        ("load_loss_kw", 40.0),
        ("load_loss_kw", -1.0),
        ("no_load_loss_kw", 700.0),
        ("tap", 2.5),
        ("clock", 6),
        ("hv_bus", "elsewhere"),
        ("lv_kv", float("nan")),
    ],
)
def test_figures_of_a_transformer_that_cannot_be_are_said_by_field(field: str, value: float | str) -> None:
    transformer = Transformer("TR", "HV", "LV", 11.0, 0.416, 400.0, 0.0475, 4.6, 0.7)
    network = _network(Customer("a", "1", ("A",)), cables=(_cable("one", "LV", "1"),))
    behind = network.behind(transformer, Source("HV", 11.0))
    assert behind.held_at_busbar(0.416) == network
    with pytest.raises(NetworkError) as caught:
        replace(behind, transformer=replace(transformer, **{field: value}))
    assert f"transformer (TR).{field}" in {problem.path for problem in caught.value.problems}


def test_what_is_assumed_or_unknown_is_said() -> None:
    network = _network(Customer("a", "2", ("A",)), cables=(_cable("one", "LV", "1"), _cable("two", "1", "2")))
    assert network.assumptions == ("2 of 2 cables have no rating: their loading is not judged.",)
    assert network.with_ratings([100.0, None]).assumptions == (
        "The ratings of 1 of 2 cables are assumed.",
        "1 of 2 cables have no rating: their loading is not judged.",
    )

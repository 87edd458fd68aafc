"""Each agreement is a call, and contracts bound them; beyond that, a home is not called, and told why."""

import pytest

from mas2tering.community.calls import Calls
from mas2tering.domain.contracts import AggregationContract

CALLS = Calls.of(
    {
        "never": AggregationContract(aggregator="a", calls_per_day=0),
        "once": AggregationContract(aggregator="a"),
        "twice": AggregationContract(aggregator="a", calls_per_day=2),
    }
)


def test_calls_are_counted_and_refused_with_the_clause():
    assert str(CALLS.refusal("never")) == (
        "calls_per_day: this would be call 1 of the day; the contract allows none"
    )
    first = CALLS.after(["once", "twice", "no contract"])
    assert CALLS.made == {}, "a ledger does not change"
    assert str(first.refusal("once")) == (
        "calls_per_day: this would be call 2 of the day; the contract allows 1"
    )
    assert first.refusal("twice") is None
    second = first.after(["twice", "no contract"])
    assert second.refusal("twice") is not None
    assert second.refusal("no contract") is None
    assert second.made == {"once": 1, "twice": 2, "no contract": 2}


def test_a_call_too_many_is_not_entered():
    with pytest.raises(ValueError, match="never: calls_per_day"):
        CALLS.after(["twice", "never"])

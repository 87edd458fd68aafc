"""Sums over members of which the aggregator learns nothing but the sum.

Each member hides its vector under masks: one for each neighbour in a sparse random graph, which the neighbour subtracts
again, and one of its own, which the aggregator takes out with the help of enough of the neighbours. A member that falls
silent is left out of the sum, and what it sent, or still sends, stays unreadable. After Bonawitz et al. 2017
(doi:10.1145/3133956.3133982) on the graph of Bell et al. 2020 (doi:10.1145/3372297.3417885); what it protects against, and
what it does not, is in ``docs/decisions/0011-secure-sums.md``.

* ``fixed_point``  numbers to integers and back; overflow refused
* ``classes``      small classes of suppliers merged before anything is summed
* ``graph``        who is whose neighbour, how many must stay, and the odds that it goes wrong
* ``shares``       secrets shared among neighbours (Shamir)
* ``keys``         key agreement and the streams that masks are cut from
* ``messages``     what is sent, byte by byte
* ``member``       a member's side, ``setup`` and ``summation`` the aggregator's
* ``batch``        all members at once, for studies; the same bytes
"""
